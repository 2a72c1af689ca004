import { multipleChoiceText, multipleChoiceWords, rolePrompt } from "../paper/prompt-format.ts";
import type { PromptExample, PromptQuestion } from "./prompt-question.ts";

/**
 * What a prompt looks like. Accuracies under different formats are not comparable (section 6 and Figure 2).
 *
 * `no-prompt` is the question alone, `zero-shot` is Figure 4, `chain-of-thought` is Figure 5.
 */
export type PromptFormat = "no-prompt" | "zero-shot" | "chain-of-thought";

const { system } = multipleChoiceWords;
const answerCue = multipleChoiceWords.answer.trimEnd();
const reasoningCue = multipleChoiceWords.reasoning.trimEnd();

/** What a model says between its reasoning and its answer, with the white space before it. */
export const reasonedAnswerCue = multipleChoiceWords.reasonedAnswer.trimEnd();

/**
 * The text up to where the model goes on: before the answer, or before the reasoning of a chain of thought.
 *
 * What follows comes after one space, which belongs to it. Examples stand before the question, each a whole prompt of
 * its own with its answer, a line apart; the paper says that they are prepended, and not how.
 */
export function writePrompt(
  format: PromptFormat,
  question: PromptQuestion,
  examples: readonly PromptExample[] = [],
): string {
  if (format === "no-prompt") {
    const { context, question: asked } = question;
    return [...(context === undefined ? [] : [context]), asked].join("\n");
  }
  const cue = format === "zero-shot" ? answerCue : reasoningCue;
  return [...examples.map(writeExample), `${ask(question)} ${cue}`].join("\n\n");
}

function writeExample(example: PromptExample): string {
  const answer = example.options[example.answerIndex]!;
  const said =
    example.reasoning === undefined
      ? `${answerCue} ${answer}`
      : `${reasoningCue} ${example.reasoning.trim()}${reasonedAnswerCue} ${answer}`;
  return `${ask(example)} ${said}`;
}

function ask(question: PromptQuestion): string {
  return rolePrompt({ system, prompter: multipleChoiceText(question) });
}
