import { checkRecord } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { checkOptions, integerOption, seedOption } from "../core/options.ts";
import { SeededRandom } from "../core/seeded-random.ts";
import { holm } from "../core/statistics/holm.ts";
import type { Interval } from "../core/statistics/wilson-interval.ts";
import { compareResults, type NamedComparison } from "./compare-results.ts";
import { questionKey, type QuestionResult } from "./question-result.ts";

/** Results of one recipe, by the seed that it was trained with. */
export type ResultsBySeed = Readonly<Record<string, readonly QuestionResult[]>>;

/** How far the seed alone moves a recipe's accuracy. */
export interface SeedSpread {
  readonly accuracies: Readonly<Record<string, number>>;
  readonly mean: number;
  /** Of the sample, over seeds; undefined for one seed. */
  readonly standardDeviation: number | undefined;
  readonly lowest: number;
  readonly highest: number;
  /** Mean share of the questions that two seeds differ on in being right; undefined for one seed. */
  readonly discordance: number | undefined;
}

/** Two recipes, each trained with several seeds. */
export interface SeedsComparison {
  readonly first: SeedSpread;
  readonly second: SeedSpread;
  /** Of the means, second minus first. */
  readonly difference: number;
  /** Of the difference: seeds and questions are drawn anew, 95 %. With few seeds it is too narrow. */
  readonly interval: Interval;
  /** Each seed of the first against each of the second, exact McNemar, corrected by Holm over all of them. */
  readonly pairs: readonly NamedComparison[];
  /** As those of `compareResults`, over all pairs. */
  readonly notComparable: readonly string[];
}

export interface CompareSeedsOptions {
  /** Times that seeds and questions are drawn anew. @default 10000 */
  readonly samples?: number;
  /** @default 0 */
  readonly seed?: number | string;
}

/**
 * Compare two recipes over the seeds that they were trained with.
 *
 * A paired test of two trained models says whether these two differ; whether the recipes do, shows beside the spread
 * over their seeds.
 *
 * @throws {ArgumentError} no seeds, or results that are not all of the same questions
 *
 * @example
 * const { first, difference, interval } = compareSeeds({ 1: base1, 2: base2 }, { 1: tuned1, 2: tuned2 });
 */
export function compareSeeds(
  first: ResultsBySeed,
  second: ResultsBySeed,
  options: CompareSeedsOptions = {},
): SeedsComparison {
  checkRecord("first", "results by seed", first);
  checkRecord("second", "results by seed", second);
  const { samples, seed } = checkOptions(options, {
    samples: integerOption(10_000, { minimum: 100, maximum: 1e6 }),
    seed: seedOption(0),
  });
  const sides = Object.entries({ first, second }).map(([side, bySeed]) => {
    if (Object.keys(bySeed).length === 0)
      throw new ArgumentError(side, "results of one seed or more", bySeed);
    return Object.entries(bySeed);
  }) as [Side, Side];
  const pairs = sides[0].flatMap(([one, held]) =>
    sides[1].map(([other, compared]) => ({
      names: [`first, seed ${one}`, `second, seed ${other}`] as const,
      ...compareResults(held, compared, { samples: 100, seed }),
    })),
  );
  const corrected = holm(pairs.map(({ p }) => p));
  // `compareResults` has seen that all are of the same questions.
  const order = sides[0][0]![1].map(questionKey);
  const [one, other] = sides.map((side) => side.map(([, results]) => marksInOrder(results, order))) as [
    Uint8Array[],
    Uint8Array[],
  ];
  const spreads = sides.map((side, index) => spreadOf(side, index === 0 ? one : other));
  return {
    first: spreads[0]!,
    second: spreads[1]!,
    difference: spreads[1]!.mean - spreads[0]!.mean,
    interval: intervalOf(one, other, samples, seed),
    pairs: pairs.map((pair, index) => ({ ...pair, correctedP: corrected[index]! })),
    notComparable: [...new Set(pairs.flatMap(({ notComparable }) => notComparable))],
  };
}

type Side = [seed: string, results: readonly QuestionResult[]][];

function marksInOrder(results: readonly QuestionResult[], order: readonly string[]): Uint8Array {
  const byKey = new Map(results.map((result) => [questionKey(result), result.correct]));
  return Uint8Array.from(order, (key) => Number(byKey.get(key)!));
}

function spreadOf(side: Side, marks: readonly Uint8Array[]): SeedSpread {
  const values = marks.map(meanOf);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const shares = marks.flatMap((one, index) =>
    marks.slice(index + 1).map((other) => meanOf(one.map((mark, place) => Number(mark !== other[place])))),
  );
  return {
    accuracies: Object.fromEntries(side.map(([seed], index) => [seed, values[index]!])),
    mean,
    standardDeviation: values.length === 1 ? undefined : Math.sqrt(squares / (values.length - 1)),
    lowest: Math.min(...values),
    highest: Math.max(...values),
    discordance:
      shares.length === 0 ? undefined : shares.reduce((sum, share) => sum + share, 0) / shares.length,
  };
}

function meanOf(marks: Uint8Array): number {
  return marks.reduce((sum, mark) => sum + mark, 0) / marks.length;
}

/** Percentiles of the difference of the means, with seeds and questions drawn with replacement. */
function intervalOf(
  first: readonly Uint8Array[],
  second: readonly Uint8Array[],
  samples: number,
  seed: number | string,
): Interval {
  const random = new SeededRandom(seed);
  const count = first[0]!.length;
  const drawn = (side: readonly Uint8Array[]): Uint8Array[] => side.map(() => random.choice(side));
  const differences = Float64Array.from({ length: samples }, () => {
    const [one, other] = [drawn(first), drawn(second)];
    const perQuestion = new Float64Array(count);
    for (const marks of one)
      for (let place = 0; place < count; place++) perQuestion[place]! -= marks[place]! / one.length;
    for (const marks of other)
      for (let place = 0; place < count; place++) perQuestion[place]! += marks[place]! / other.length;
    let sum = 0;
    for (let draw = 0; draw < count; draw++) sum += perQuestion[random.integer(0, count)]!;
    return sum / count;
  }).sort();
  return {
    low: differences[Math.floor(0.025 * samples)]!,
    high: differences[Math.ceil(0.975 * samples) - 1]!,
  };
}
