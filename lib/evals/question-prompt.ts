import type { Question } from "./question.ts";

/** How a question is put to a model. */
export interface QuestionPrompt {
  /** Results are compared under one name alone. */
  readonly name: string;
  /** The text before the answer, which follows after one space. */
  readonly write: (question: Question) => string | Promise<string>;
  /**
   * What stands before the answer whatever is asked, as in "The correct answer is:"; how likely an answer is after it
   * alone is what the normalisation `pmi` takes off. Without it there is none.
   */
  readonly unconditional?: string;
}
