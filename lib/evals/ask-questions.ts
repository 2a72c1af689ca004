import { ArgumentError } from "../core/errors.ts";
import { multipleChoiceWords } from "../paper/prompt-format.ts";
import type { RunPrompt, Strategy, StrategyTools } from "../prompts/strategy.ts";
import type { Scoring } from "./question-result.ts";
import { optionLetter, type Question } from "./question.ts";

/** One run of one question, as it is put to the model. */
export interface AskedRun {
  /** Place of the question. */
  readonly place: number;
  /** Before the answer, or before the reasoning; the answer follows after one space. */
  readonly prompt: RunPrompt;
}

/**
 * The prompts of each question, the options with letters where letters are to be answered.
 *
 * Outputs after examples are read without letters, since the examples' answers have none.
 *
 * @throws {ArgumentError} a strategy that does not fit the scoring
 */
export async function askQuestions(
  questions: readonly Question[],
  strategy: Strategy,
  scoring: Scoring,
  tools: StrategyTools,
): Promise<AskedRun[]> {
  const { reasons, writer } = strategy;
  const isChain = scoring === "chain-then-full-text";
  if (scoring !== "generate" && reasons !== isChain) {
    const expected = isChain
      ? "one that asks for reasoning"
      : "one that asks for no reasoning: its answer comes later";
    throw new ArgumentError("strategy", `${expected}, under the scoring ${scoring}`, strategy.name);
  }
  const plain = await strategy.prompts(questions, tools);
  const hasExamples = plain.flat().some(({ exampleIds }) => exampleIds.length > 0);
  if (scoring === "letter" && (hasExamples || !writer.showsOptions)) {
    const expected =
      "one that shows options, and no examples, whose answers have no letters, under the scoring letter";
    throw new ArgumentError("strategy", expected, strategy.name);
  }
  const readsLetters = scoring === "generate" && !hasExamples && writer.showsOptions;
  const lettered = scoring === "letter" || readsLetters;
  const prompts = lettered ? await strategy.prompts(questions.map(withLetters), tools) : plain;
  return prompts.flatMap((held, place) => held.map((prompt): AskedRun => ({ place, prompt })));
}

function withLetters(question: Question): Question {
  const options = question.options.map((option, index) => `${optionLetter(index)}. ${option.trim()}`);
  return { ...question, options };
}

/** What stands before the answer whatever is asked; undefined where nothing does. */
export function unconditionalContext({ text, answerCue }: RunPrompt): string | undefined {
  if (answerCue !== undefined) return answerCue.trim();
  const cue = multipleChoiceWords.answer.trim();
  return text.endsWith(cue) ? cue : undefined;
}
