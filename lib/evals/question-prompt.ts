import { multipleChoiceText, multipleChoiceWords, rolePrompt } from "../paper/prompt-format.ts";
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

/**
 * Prompts without examples or reasoning.
 *
 * `zero-shot` is Figure 4. `no-prompt` is the question alone, for base models: section 6 names such a format and does
 * not show it.
 *
 * @example
 * const { summary } = await scoreQuestions(model, questions, { prompt: questionPrompts["zero-shot"] });
 */
export const questionPrompts = {
  "zero-shot": {
    name: "zero-shot",
    write: (question) => {
      const asked = rolePrompt({
        system: multipleChoiceWords.system,
        prompter: multipleChoiceText(question),
      });
      return `${asked} ${multipleChoiceWords.answer.trim()}`;
    },
    unconditional: multipleChoiceWords.answer.trim(),
  },
  "no-prompt": {
    name: "no-prompt",
    write: ({ context, question }) => [...(context === undefined ? [] : [context]), question].join("\n"),
  },
} as const satisfies Readonly<Record<string, QuestionPrompt>>;
