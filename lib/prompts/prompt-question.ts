import { ArgumentError } from "../core/errors.ts";
import { jaccard, wordShingles } from "../core/shingles.ts";
import { strictest, type Sensitivity } from "../table/sensitivity.ts";

/** A multiple-choice question to be asked, as `loadQuestions` gives it. */
export interface PromptQuestion {
  readonly id: string;
  readonly dataset?: string;
  readonly question: string;
  /** 2 to 10, in the data set's order. */
  readonly options: readonly string[];
  /** Text to answer from, such as an abstract. */
  readonly context?: string;
  readonly split?: string;
  /** A prompt with a restricted text is restricted. @default "public" */
  readonly sensitivity?: Sensitivity;
}

/** A question whose answer is known. */
export interface AnsweredQuestion extends PromptQuestion {
  /** 0-based place of the right option. */
  readonly answerIndex: number;
}

/** A question shown with its answer before the one that is asked. */
export interface PromptExample extends AnsweredQuestion {
  /** What leads to the answer: with it the example is written as Figure 5, without it as Figure 4. */
  readonly reasoning?: string;
}

/** Examples that a later change of the given ones leaves as they are. */
export function copyExamples(examples: readonly PromptExample[]): PromptExample[] {
  return examples.map((example) => ({ ...example, options: [...example.options] }));
}

/** Tells questions apart: ids are unique within a data set alone. */
export function keyOf({ dataset, id }: PromptQuestion): string {
  return JSON.stringify([dataset ?? null, id]);
}

/** Of a text that holds several questions. */
export function sensitivityOf(questions: readonly PromptQuestion[]): Sensitivity {
  return strictest(questions.map(({ sensitivity = "public" }) => sensitivity));
}

/**
 * Refuse what are no questions that can be asked.
 *
 * @throws {ArgumentError} no list, a question without a text, or without 2 to 10 texts as options
 */
export function checkQuestionList(questions: readonly PromptQuestion[], parameter: string): void {
  if (!Array.isArray(questions)) {
    const isSet = Array.isArray((questions as { questions?: unknown } | null | undefined)?.questions);
    const expected = isSet ? 'a list of questions: the set has it as "questions"' : "a list of questions";
    throw new ArgumentError(parameter, expected, questions);
  }
  for (const [index, question] of questions.entries()) {
    if (typeof question !== "object" || question === null)
      throw new ArgumentError(`${parameter}[${index}]`, "a question: { id, question, options }", question);
    if (!isText(question.question))
      throw new ArgumentError(`${parameter}: ${keyOf(question)}.question`, "a text", question.question);
    const { options } = question;
    const isList = Array.isArray(options) && options.every((option) => typeof option === "string");
    if (!isList || options.length < 2 || options.length > 10)
      throw new ArgumentError(`${parameter}: ${keyOf(question)}.options`, "2 to 10 texts", options);
  }
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "";
}

const testSplit = /(?:^|[^a-z])test(?:ing)?(?:$|[^a-z])/iu;

/**
 * Refuse questions that may not be shown with their answers.
 *
 * @throws {ArgumentError} as {@link checkQuestionList}; an answer that is no option; a question whose split, or without one its data set's name, says
 *   that it is of a test split
 */
export function checkExamples(examples: readonly PromptExample[], parameter: string): void {
  checkQuestionList(examples, parameter);
  for (const example of examples) {
    const place = `${parameter}: ${keyOf(example)}`;
    if (example.reasoning !== undefined && !isText(example.reasoning))
      throw new ArgumentError(`${place}.reasoning`, "a text, or left out", example.reasoning);
    if (example.options[example.answerIndex] === undefined) {
      const expected = `answered by a place among its ${example.options.length} options`;
      throw new ArgumentError(place, expected, example.answerIndex);
    }
    const split = example.split ?? example.dataset ?? "";
    if (testSplit.test(split))
      throw new ArgumentError(place, "of another split: examples never come from a test split", split);
  }
}

/** Whether an example would give the question away: itself, or a text that holds it or nearly repeats it. */
export function isCopyOf(question: PromptQuestion, example: PromptQuestion, similarity: number): boolean {
  if (keyOf(question) === keyOf(example)) return true;
  const asked = wordsOf(question.question);
  const shown = wordsOf(example.question);
  if (asked === shown || ` ${shown} `.includes(` ${asked} `)) return true;
  return jaccard(wordShingles(asked), wordShingles(shown)) >= similarity;
}

function wordsOf(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(" ");
}
