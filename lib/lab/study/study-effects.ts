import { checkList } from "../../core/arguments.ts";
import { ArgumentError } from "../../core/errors.ts";
import { holm } from "../../core/statistics/holm.ts";
import { intervalOfMean } from "../../core/statistics/interval-of-mean.ts";
import { mcnemarInterval } from "../../core/statistics/mcnemar-interval.ts";
import { pairedTTest } from "../../core/statistics/paired-t-test.ts";
import type { Interval } from "../../core/statistics/wilson-interval.ts";
import { compareResults, type ResultsComparison } from "../../evals/compare-results.ts";
import type { ResultsBySeed } from "../../evals/compare-seeds.ts";

/** Two ways of training or asking; each seed's answers of both are to the same questions. */
export interface ComparedAnswers {
  /** What is varied. */
  readonly effect: string;
  /** In the words of the table. */
  readonly first: string;
  readonly second: string;
  readonly firstBySeed: ResultsBySeed;
  readonly secondBySeed: ResultsBySeed;
}

/** What an effect is, and how sure. */
export interface StudyEffect {
  readonly effect: string;
  readonly first: string;
  readonly second: string;
  /** Means over the seeds. */
  readonly firstAccuracy: number;
  readonly secondAccuracy: number;
  /** Second minus first. */
  readonly difference: number;
  /** Of the difference, 95 %, of the same test as p: it leaves out 0 where p is below 0.05. */
  readonly interval: Interval;
  /** Of the seeds' differences, in the order of the seeds. */
  readonly bySeed: readonly number[];
  /** Student's t over the seeds' differences; with one seed exact McNemar over its questions. */
  readonly p: number;
  readonly test: "paired t over seeds" | "McNemar over questions";
  /** By Holm, over all effects of the table. */
  readonly correctedP: number;
  /** What makes the accuracies not comparable, in words. */
  readonly notComparable: readonly string[];
}

/**
 * Effects with paired tests: the seed is the unit where there are several, for questions asked of one model say
 * nothing of another training.
 *
 * @throws {ArgumentError} the two sides have not the same seeds, or a seed's answers are not to the same questions
 *
 * @example
 * studyEffects([{ effect: "reading the facts", first: "F", second: "P+F", firstBySeed, secondBySeed }])[0].p
 */
export function studyEffects(compared: readonly ComparedAnswers[]): StudyEffect[] {
  checkList("compared", "a list of compared answers", compared);
  const effects = compared.map(effectOf);
  const corrected = holm(effects.map(({ p }) => p));
  return effects.map((effect, index) => ({ ...effect, correctedP: corrected[index]! }));
}

function effectOf(compared: ComparedAnswers): Omit<StudyEffect, "correctedP"> {
  const { effect, first, second, firstBySeed, secondBySeed } = compared;
  const seeds = Object.keys(firstBySeed);
  if (seeds.length === 0 || seeds.join() !== Object.keys(secondBySeed).join())
    throw new ArgumentError("secondBySeed", `answers of the seeds ${seeds.join(", ")}`, secondBySeed);
  // The bootstrap of a single seed is not asked for.
  const comparisons = seeds.map((seed) =>
    compareResults(firstBySeed[seed]!, secondBySeed[seed]!, { samples: 100 }),
  );
  const bySeed = comparisons.map(({ difference }) => difference);
  return {
    effect,
    first,
    second,
    firstAccuracy: meanOf(comparisons.map(({ accuracies }) => accuracies[0])),
    secondAccuracy: meanOf(comparisons.map(({ accuracies }) => accuracies[1])),
    difference: meanOf(bySeed),
    bySeed,
    ...(seeds.length === 1 ? testOfQuestions(comparisons[0]!) : testOfSeeds(bySeed, comparisons)),
    notComparable: [...new Set(comparisons.flatMap(({ notComparable }) => notComparable))],
  };
}

type EffectTest = Pick<StudyEffect, "p" | "interval" | "test">;

function testOfSeeds(bySeed: readonly number[], comparisons: readonly ResultsComparison[]): EffectTest {
  // Few seeds may differ by the same number of questions by chance.
  const step = 1 / Math.min(...comparisons.map(({ count }) => count));
  return {
    p: pairedTTest(bySeed, step),
    interval: intervalOfMean(bySeed, step),
    test: "paired t over seeds",
  };
}

function testOfQuestions({ count, flips, p }: ResultsComparison): EffectTest {
  const gained = flips.filter(({ now }) => now === "right").length;
  const interval = mcnemarInterval(flips.length - gained, gained, count);
  return { p, interval, test: "McNemar over questions" };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
