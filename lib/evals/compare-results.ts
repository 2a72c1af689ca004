import { checkList, checkRecord } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { questionKey, type QuestionResult } from "./question-result.ts";
import { holm } from "../core/statistics/holm.ts";
import { mcnemar } from "../core/statistics/mcnemar.ts";
import { pairedBootstrap, type PairedBootstrapOptions } from "../core/statistics/paired-bootstrap.ts";
import { smallestDifference } from "../core/statistics/smallest-difference.ts";
import type { Interval } from "../core/statistics/wilson-interval.ts";

/** A question that one side alone answers right. */
export interface Flip {
  readonly id: string;
  readonly dataset: string;
  readonly gold: number;
  /** The choices; null where an output names no option. */
  readonly first: number | null;
  readonly second: number | null;
  readonly now: "right" | "wrong";
}

/** Two results on the same questions. */
export interface ResultsComparison {
  readonly count: number;
  readonly accuracies: readonly [first: number, second: number];
  /** Second minus first. */
  readonly difference: number;
  /** Of the difference: paired bootstrap, 95 %. */
  readonly interval: Interval;
  /** Exact McNemar. */
  readonly p: number;
  /** In the order of the first's questions. */
  readonly flips: readonly Flip[];
  /**
   * The difference that so many questions find four times of five, if models differ on as many of them as these two
   * do; undefined where they differ on none.
   */
  readonly smallestDifference: number | undefined;
  /**
   * What makes the accuracies not comparable, in words: the prompt's format, the scoring, the normalisation, how runs
   * are combined; between two models their strategy's prompts too.
   */
  readonly notComparable: readonly string[];
}

/**
 * Compare two results question by question.
 *
 * Results under different prompt formats or scorings are compared all the same, and marked in `notComparable`.
 *
 * @throws {ArgumentError} the two are not of the same questions, or disagree on a right answer
 *
 * @example
 * const { difference, interval, p, flips } = compareResults(base.results, tuned.results, { seed: 1 });
 */
export function compareResults(
  first: readonly QuestionResult[],
  second: readonly QuestionResult[],
  options: PairedBootstrapOptions = {},
): ResultsComparison {
  const pairs = paired(first, second);
  const flips = pairs
    .filter(([one, other]) => one.correct !== other.correct)
    .map(([one, other]): Flip => ({
      id: one.id,
      dataset: one.dataset,
      gold: one.gold,
      first: one.choice,
      second: other.choice,
      now: other.correct ? "right" : "wrong",
    }));
  const gained = flips.filter(({ now }) => now === "right").length;
  const scores = [0, 1].map((side) => pairs.map((pair) => Number(pair[side]!.correct)));
  const accuracies = scores.map((held) => held.reduce((sum, score) => sum + score, 0) / pairs.length);
  return {
    count: pairs.length,
    accuracies: [accuracies[0]!, accuracies[1]!],
    difference: (2 * gained - flips.length) / pairs.length,
    interval: pairedBootstrap(scores[0]!, scores[1]!, options),
    p: mcnemar(flips.length - gained, gained),
    flips,
    smallestDifference:
      flips.length === 0
        ? undefined
        : smallestDifference(pairs.length, { discordance: flips.length / pairs.length }),
    notComparable: differencesOf(first, second),
  };
}

/** One pair of several results, with its p value corrected for all pairs. */
export interface NamedComparison extends ResultsComparison {
  readonly names: readonly [first: string, second: string];
  /** Holm's correction over all pairs. */
  readonly correctedP: number;
}

/**
 * Compare each of several results with each that follows, p values corrected by Holm over all pairs.
 *
 * @throws {ArgumentError} fewer than two results, or results of different questions
 *
 * @example
 * compareAllResults({ base: base.results, tuned: tuned.results, noise: noise.results })
 *   .filter(({ correctedP }) => correctedP < 0.05);
 */
export function compareAllResults(
  results: Readonly<Record<string, readonly QuestionResult[]>>,
  options: PairedBootstrapOptions = {},
): NamedComparison[] {
  checkRecord("results", "results by name", results);
  const entries = Object.entries(results);
  if (entries.length < 2) throw new ArgumentError("results", "two or more, by name", results);
  const pairs = entries.flatMap(([name, held], index) =>
    entries.slice(index + 1).map(([other, compared]) => ({
      names: [name, other] as const,
      ...compareResults(held, compared, options),
    })),
  );
  const corrected = holm(pairs.map(({ p }) => p));
  return pairs.map((pair, index) => ({ ...pair, correctedP: corrected[index]! }));
}

function paired(
  first: readonly QuestionResult[],
  second: readonly QuestionResult[],
): [QuestionResult, QuestionResult][] {
  checkList("first", "a list of results", first);
  checkList("second", "a list of results", second);
  if (first.length === 0) throw new ArgumentError("first", "results of at least one question", first);
  if (new Set(first.map(questionKey)).size < first.length)
    throw new ArgumentError("first", "results of one run, each question there once", first);
  const byKey = new Map(second.map((result) => [questionKey(result), result]));
  const alone = first.filter((result) => !byKey.has(questionKey(result)));
  if (alone.length > 0 || byKey.size !== first.length || second.length !== first.length) {
    const missing = alone.length > 0 ? `; ${questionKey(alone[0]!)} is not among them` : "";
    const expected = `results of the same ${first.length} questions as the first${missing}`;
    throw new ArgumentError("second", expected, second);
  }
  return first.map((one) => {
    const other = byKey.get(questionKey(one))!;
    if (one.gold === other.gold && one.optionCount === other.optionCount) return [one, other];
    const expected = `results with the right answer ${one.gold} of ${one.optionCount} at ${questionKey(one)}`;
    throw new ArgumentError("second", expected, `${other.gold} of ${other.optionCount}`);
  });
}

function differencesOf(first: readonly QuestionResult[], second: readonly QuestionResult[]): string[] {
  const namesOf = (results: readonly QuestionResult[], property: keyof QuestionResult): string =>
    [...new Set(results.map((result) => String(result[property] ?? "none")))].toSorted().join(" and ");
  const differ = (property: keyof QuestionResult): boolean =>
    namesOf(first, property) !== namesOf(second, property);
  // One run needs no combination, and may be compared with several that have one.
  const bothHave = (property: keyof QuestionResult): boolean =>
    property !== "combination" || [first, second].every((results) => namesOf(results, property) !== "none");
  const differences = (["format", "scoring", "normalisation", "combination"] as const)
    .filter((property) => differ(property) && bothHave(property))
    .map((property) => `${property}: ${namesOf(first, property)} and ${namesOf(second, property)}`);
  // Of one model the strategies are what is compared; of two models, one of both has to be the same.
  if (!differ("strategyFingerprint") || !differ("modelFingerprint")) return differences;
  const [one, other] = [namesOf(first, "strategy"), namesOf(second, "strategy")];
  const strategies = one === other ? `${one} with other settings or examples` : `${one} and ${other}`;
  return [...differences, `strategy: ${strategies}`];
}
