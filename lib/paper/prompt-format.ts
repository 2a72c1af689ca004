import { checkFields } from "../core/arguments.ts";

/** A question or task for the model, as the paper's format has it. */
export interface RolePrompt {
  /** What the model is to be: "You are a biomedical expert. ..." */
  readonly system: string;
  /** What is asked. */
  readonly prompter: string;
}

/** The keywords of section 3.2, written as plain text; the vocabulary has no tokens of its own for them. */
export const roleKeywords = {
  system: "<|system|>",
  prompter: "<|prompter|>",
  assistant: "<|assistant|>",
} as const;

/** What Figures 4 and 5 say around a multiple-choice question. Their lines are broken to fit the column alone. */
export const multipleChoiceWords = {
  place: "Appendix A.2, Figures 4 and 5",
  system: "You are a biomedical expert. Select the correct option for the following question:",
  /** Figure 4: before the right option. */
  answer: "The correct answer is: ",
  /** Figure 5: before the reasoning, and between it and the right option. */
  reasoning: "Let's think step-by-step. ",
  reasonedAnswer: " Therefore, the correct answer is: ",
} as const;

/**
 * What Figures 4 and 5 ask: the question, then each option on a line of its own, without letters.
 *
 * A context, such as PubMedQA's abstract, stands before on lines of its own, which the paper does not show.
 *
 * @example
 * multipleChoiceText({ question: "Which drug?", options: ["Aspirin", "Heparin"] })
 * //=> "Which drug?\nAspirin\nHeparin"
 */
export function multipleChoiceText(question: {
  readonly question: string;
  readonly options: readonly string[];
  readonly context?: string;
}): string {
  checkFields("question", "a question with options", question, ["options"]);
  const { context, question: asked, options } = question;
  return [...(context === undefined ? [] : [context]), asked, ...options].join("\n");
}

/**
 * A prompt in the paper's format (Figures 4 and 5), up to the colon after the assistant's keyword.
 *
 * The response follows after one space, which belongs to the response: tokenizers join it to the response's first
 * word, so a prompt that ended in it would break that word's token.
 *
 * @example
 * rolePrompt({ system: "Be brief.", prompter: "Dose?" })
 * //=> "<|system|>: Be brief.\n<|prompter|>: Dose?\n<|assistant|>:"
 */
export function rolePrompt(prompt: RolePrompt): string {
  checkFields("prompt", "an object with system and prompter", prompt, ["system", "prompter"]);
  const { system, prompter } = prompt;
  const { system: first, prompter: second, assistant } = roleKeywords;
  return `${first}: ${system}\n${second}: ${prompter}\n${assistant}:`;
}
