import { checkIterable } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { callbackOption, checkOptions, textOption, type OptionRule } from "../core/options.ts";
import { multipleChoiceText, multipleChoiceWords } from "../paper/prompt-format.ts";
import { strictest, type Sensitivity } from "../table/sensitivity.ts";
import { checkTexts, type InstructSample } from "./instruct-sample.ts";
import { InstructReport, type InstructStream } from "./instruct-stream.ts";

/** A multiple-choice question, as `loadQuestions` gives it. */
export interface ChoiceQuestion {
  readonly id: string;
  readonly dataset: string;
  readonly question: string;
  readonly options: readonly string[];
  /** 0-based place of the right option. */
  readonly answerIndex: number;
  /** Text to answer from, such as an abstract. */
  readonly context?: string;
  /** A restricted question's sample is restricted. @default "public" */
  readonly sensitivity?: Sensitivity;
}

export interface QuestionSamplesOptions {
  /** What the model is told. @default the words of Figure 4 */
  readonly system?: string;
  /**
   * The reasoning that leads to a question's right option; undefined for none. With it the response is Figure 5's,
   * without it Figure 4's. @default no reasoning
   */
  readonly reasoning?: (question: ChoiceQuestion) => string | undefined;
  /** Of the questions: an SPDX expression. @default null, not known */
  readonly licence?: string | null;
  /** Of all the questions; a question's own may be stricter. @default "public" */
  readonly sensitivity?: Sensitivity;
}

const rules = {
  system: textOption(multipleChoiceWords.system),
  reasoning: callbackOption<(question: ChoiceQuestion) => string | undefined>(),
  licence: {
    expected: "a text, or null where it is not known",
    default: null,
    accepts: (value) => value === null || (typeof value === "string" && value !== ""),
  } satisfies OptionRule<null> as OptionRule<string | null>,
  sensitivity: {
    expected: '"public" or "restricted"',
    default: "public",
    accepts: (value) => value === "public" || value === "restricted",
  } satisfies OptionRule<"public"> as OptionRule<Sensitivity>,
};

/**
 * Multiple-choice questions as instruct samples in the paper's words: Figure 4, or Figure 5 with reasoning.
 *
 * A question's context stands before it on a line of its own, which the paper does not show.
 *
 * @throws {ArgumentError} a question whose answer names none of its options
 *
 * @example
 * const { questions } = await loadQuestions("medmcqa-dev");
 * const samples = questionSamples(questions, { licence: "MIT" });
 */
export function questionSamples(
  questions: AsyncIterable<ChoiceQuestion> | Iterable<ChoiceQuestion>,
  options: QuestionSamplesOptions = {},
): InstructStream {
  checkIterable("questions", "questions", questions);
  const { system, reasoning, licence, sensitivity } = checkOptions(options, rules);
  const report = new InstructReport();
  async function* samples(): AsyncGenerator<InstructSample, void, void> {
    report.begin();
    for await (const question of questions) {
      const checked = checkTexts({
        system,
        prompter: multipleChoiceText(question),
        assistant: answerText(question, reasoning?.(question)),
      });
      const { id, dataset: source } = question;
      report.countRow(id, "problem" in checked ? checked.problem : 1);
      if ("texts" in checked) {
        const own = strictest([sensitivity, question.sensitivity ?? "public"]);
        yield { id, ...checked.texts, source, licence, sensitivity: own };
      }
    }
    report.isComplete = true;
  }
  return { report, [Symbol.asyncIterator]: samples };
}

function answerText(question: ChoiceQuestion, reasoning: string | undefined): string {
  const { options, answerIndex, id } = question;
  const option = options[answerIndex];
  if (option === undefined) {
    const place = `questions: answerIndex of ${JSON.stringify(id)}`;
    throw new ArgumentError(place, `a place among the ${options.length} options`, answerIndex);
  }
  const { answer, reasoning: opening, reasonedAnswer } = multipleChoiceWords;
  return reasoning === undefined
    ? `${answer}${option}`
    : `${opening}${reasoning.trim()}${reasonedAnswer}${option}`;
}
