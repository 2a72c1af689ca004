import { checkIterable, checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { calibration, softmax, type Calibration } from "./calibration.ts";
import { greatestIndex, normalisations, type Normalisation } from "./option-score.ts";
import { questionKey, type QuestionResult } from "./question-result.ts";
import { wilsonInterval, type Interval } from "../core/statistics/wilson-interval.ts";

/** The share of questions answered right, with its interval. */
export interface Accuracy {
  /** Questions. */
  readonly n: number;
  readonly correct: number;
  readonly accuracy: number;
  /** Wilson's, 95 %. */
  readonly interval: Interval;
}

/** The accuracy of a set of results, by normalisation, by subject, and as calibrated. */
export interface ResultsSummary extends Accuracy {
  /** What guessing gets: the mean of one over the number of options. */
  readonly chance: number;
  /** Outputs that name no option; they count as wrong. */
  readonly unparsed: { readonly count: number; readonly share: number; readonly ids: readonly string[] };
  /** Absent of generated answers. */
  readonly byNormalisation?: Readonly<Partial<Record<Normalisation, Accuracy>>>;
  /** By the data's own subjects; empty where it has none. */
  readonly bySubject: readonly (Accuracy & { readonly subject: string })[];
  /** Of the softmax over the options' sums; absent of generated answers. */
  readonly calibration?: Calibration;
  /** Of scored answers or of outputs. */
  readonly tokens: number;
}

/**
 * Accuracy with its interval, over all, by normalisation and by subject.
 *
 * @throws {ArgumentError} no results
 *
 * @example
 * const { accuracy, interval } = summarizeResults(await readResults("results.jsonl"));
 */
export function summarizeResults(results: readonly QuestionResult[]): ResultsSummary {
  checkList("results", "a list of results", results);
  if (results.length === 0) throw new ArgumentError("results", "of at least one question", results);
  const unparsed = results.filter(({ choice }) => choice === null);
  const scored = results.filter(({ options }) => options !== undefined);
  const known = normalisations.filter((name) =>
    results.every(({ choices }) => choices?.[name] !== undefined),
  );
  const subjects = Map.groupBy(
    results.filter(({ subject }) => subject !== undefined),
    ({ subject }) => subject!,
  );
  return {
    ...accuracyOf(results, ({ correct }) => correct),
    chance: results.reduce((sum, { optionCount }) => sum + 1 / optionCount, 0) / results.length,
    unparsed: {
      count: unparsed.length,
      share: unparsed.length / results.length,
      ids: unparsed.map(({ id }) => id),
    },
    ...(known.length > 0 && {
      byNormalisation: Object.fromEntries(
        known.map((name) => [name, accuracyOf(results, ({ choices, gold }) => choices![name] === gold)]),
      ),
    }),
    bySubject: [...subjects]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([subject, held]) => ({ subject, ...accuracyOf(held, ({ correct }) => correct) })),
    ...(scored.length > 0 && { calibration: calibration(scored.map(confidentAnswer)) }),
    tokens: results.reduce((sum, { tokens }) => sum + tokens, 0),
  };
}

/**
 * Accuracy on the questions that a training corpus holds and on the others.
 *
 * @param contaminated questions that were found there, as `decontaminate` reports them
 * @returns undefined for a kind that has no question
 *
 * @example
 * const passed = decontaminate(corpus, questions, { drop: false });
 * for await (const document of passed) count++;
 * const { contaminated, others } = accuracyByContamination(results, passed.report.questions);
 */
export function accuracyByContamination(
  results: readonly QuestionResult[],
  contaminated: Iterable<{ readonly dataset: string; readonly id: string }>,
): { readonly contaminated: Accuracy | undefined; readonly others: Accuracy | undefined } {
  checkList("results", "a list of results", results);
  checkIterable("contaminated", "contaminated questions", contaminated);
  const keys = new Set(Array.from(contaminated, questionKey));
  const [held, others] = [true, false].map((wanted) => {
    const kind = results.filter((result) => keys.has(questionKey(result)) === wanted);
    return kind.length === 0 ? undefined : accuracyOf(kind, ({ correct }) => correct);
  });
  return { contaminated: held, others };
}

function accuracyOf(
  results: readonly QuestionResult[],
  isCorrect: (result: QuestionResult) => boolean,
): Accuracy {
  const n = results.length;
  const correct = results.filter(isCorrect).length;
  return { n, correct, accuracy: correct / n, interval: wilsonInterval(correct, n) };
}

function confidentAnswer({ options, gold }: QuestionResult): { confidence: number; correct: boolean } {
  const probabilities = softmax(options!.map(({ logLikelihood }) => logLikelihood.sum));
  const choice = greatestIndex(probabilities);
  return { confidence: probabilities[choice]!, correct: choice === gold };
}
