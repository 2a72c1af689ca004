import { multipleChoiceText, multipleChoiceWords, roleKeywords, rolePrompt } from "../paper/prompt-format.ts";
import type { PromptExample, PromptQuestion } from "./prompt-question.ts";

/**
 * What a prompt looks like. Accuracies under different formats are not comparable (section 6 and Figure 2).
 *
 * `no-prompt` is the question alone, `zero-shot` is Figure 4, `chain-of-thought` is Figure 5; a template of one's own
 * is named by its fingerprint.
 */
export type PromptFormat = PaperFormat | `template ${string}`;
export type PaperFormat = "no-prompt" | "zero-shot" | "chain-of-thought";

/** The words around a question. */
export interface PromptWriter {
  readonly format: PromptFormat;
  /** Whether the options are among them. */
  readonly showsOptions: boolean;
  /** Stands between the reasoning that the model writes and its answer; absent where the answer comes at once. */
  readonly answerCue?: string;
  /** Where an output ends: a model that was not taught to end goes on with a next question. */
  readonly stop: readonly string[];
  /** The text up to where the model goes on; what it writes begins with a space. */
  write(question: PromptQuestion, examples: readonly PromptExample[]): string;
}

/** The words of the paper. */
export function paperWriter(format: PaperFormat): PromptWriter {
  return {
    format,
    showsOptions: format !== "no-prompt",
    ...(format === "chain-of-thought" && { answerCue: reasonedAnswerCue }),
    stop: [roleKeywords.system, roleKeywords.prompter],
    write: (question, examples) => writePrompt(format, question, examples),
  };
}

const { system } = multipleChoiceWords;
const answerCue = multipleChoiceWords.answer.trimEnd();
const reasoningCue = multipleChoiceWords.reasoning.trimEnd();

/** What a model says between its reasoning and its answer, with the white space before it. */
const reasonedAnswerCue = multipleChoiceWords.reasonedAnswer.trimEnd();

/**
 * The text up to where the model goes on: before the answer, or before the reasoning of a chain of thought.
 *
 * What follows comes after one space, which belongs to it. Examples stand before the question, each a whole prompt of
 * its own with its answer, a line apart; the paper says that they are prepended, and not how.
 */
export function writePrompt(
  format: PaperFormat,
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
