import { checkList } from "../../core/arguments.ts";
import { ArgumentError } from "../../core/errors.ts";
import { holm } from "../../core/statistics/holm.ts";
import { mcnemar } from "../../core/statistics/mcnemar.ts";
import { pairedTTest } from "../../core/statistics/paired-t-test.ts";
import type { Interval } from "../../core/statistics/wilson-interval.ts";
import { compareSeeds, type ResultsBySeed } from "../../evals/compare-seeds.ts";
import type { QuestionResult } from "../../evals/question-result.ts";

/** Two ways of training or asking, each with the answers of its seeds to the same questions. */
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
  readonly firstAccuracy: number;
  readonly secondAccuracy: number;
  /** Second minus first, of the means. */
  readonly difference: number;
  /** Of the difference, seeds and questions drawn anew, 95 %. */
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
 * @throws {ArgumentError} the two sides have not the same seeds
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
  if (seeds.join() !== Object.keys(secondBySeed).join())
    throw new ArgumentError("secondBySeed", `answers of the seeds ${seeds.join(", ")}`, secondBySeed);
  const comparison = compareSeeds(firstBySeed, secondBySeed);
  const bySeed = seeds.map(
    (seed) => comparison.second.accuracies[seed]! - comparison.first.accuracies[seed]!,
  );
  return {
    effect,
    first,
    second,
    firstAccuracy: comparison.first.mean,
    secondAccuracy: comparison.second.mean,
    difference: comparison.difference,
    interval: comparison.interval,
    bySeed,
    ...(seeds.length > 1
      ? { p: pairedTTest(bySeed), test: "paired t over seeds" as const }
      : {
          p: mcnemarOf(firstBySeed[seeds[0]!]!, secondBySeed[seeds[0]!]!),
          test: "McNemar over questions" as const,
        }),
    notComparable: comparison.notComparable,
  };
}

function mcnemarOf(first: readonly QuestionResult[], second: readonly QuestionResult[]): number {
  const other = new Map(second.map((result) => [result.id, result.correct]));
  const onlyFirst = first.filter(({ id, correct }) => correct && other.get(id) !== true).length;
  const onlySecond = first.filter(({ id, correct }) => !correct && other.get(id) === true).length;
  return mcnemar(onlyFirst, onlySecond);
}
