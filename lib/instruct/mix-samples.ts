import { checkRecord } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { unknownName } from "../core/nearest-name.ts";
import { checkOptions, integerOption, seedOption } from "../core/options.ts";
import { SeededRandom } from "../core/seeded-random.ts";
import { table3 } from "../paper/table-3.ts";
import type { InstructSample } from "./instruct-sample.ts";

type Samples = AsyncIterable<InstructSample> | Iterable<InstructSample>;

export interface MixSamplesOptions {
  /** Parts of the mixture by the sources' names. @default the paper's numbers of samples, Table 3 */
  readonly weights?: Readonly<Record<string, number>>;
  /** Samples of the mixture. @default as many as no source needs more than `passes` times */
  readonly total?: number;
  /** How often a sample may be taken; a source that has too few gives all of them that often. @default 1 */
  readonly passes?: number;
  /** Of the choice and the order. @default 0 */
  readonly seed?: number | string;
}

/** One source of a mixture. */
export interface MixtureShare {
  readonly source: string;
  readonly available: number;
  readonly taken: number;
  /** By the weights. */
  readonly wantedShare: number;
  /** Of what was taken. */
  readonly realisedShare: number;
}

/** Samples of several sets in one order, and the share that each set has. */
export interface SampleMixture {
  /** In mixed order. */
  readonly samples: readonly InstructSample[];
  /** In the order of the sources. */
  readonly shares: readonly MixtureShare[];
}

const rules = {
  weights: {
    expected: "an object of numbers > 0 by source",
    default: undefined,
    accepts: (value: unknown) =>
      typeof value === "object" &&
      value !== null &&
      Object.values(value).every(
        (weight) => typeof weight === "number" && weight > 0 && Number.isFinite(weight),
      ),
  },
  total: integerOption(undefined, { minimum: 1 }),
  passes: integerOption(1, { minimum: 1 }),
  seed: seedOption(0),
};

/**
 * Mix instruct samples by weights; the shares say what came of them.
 *
 * Of each source a seeded choice is taken; several passes take every sample once before any a second time. Memory
 * holds all samples.
 *
 * @param sources samples by name, as in `{ MedQUAD: readInstructSamples("medquad") }`
 * @throws {ArgumentError} no sources, one without samples, or a source without a weight
 *
 * @example
 * const mixture = await mixSamples({ MedMCQA: questionSamples(questions), MedQUAD: readInstructSamples("medquad") });
 * mixture.shares[0].realisedShare
 */
export async function mixSamples(
  sources: Readonly<Record<string, Samples>>,
  options: MixSamplesOptions = {},
): Promise<SampleMixture> {
  checkRecord("sources", "samples by source", sources);
  const { weights, total, passes, seed } = checkOptions(options, rules);
  const names = Object.keys(sources);
  if (names.length === 0) throw new ArgumentError("sources", "samples of at least one source", sources);
  const weightOf = weightsOf(names, weights as MixSamplesOptions["weights"]);
  const sum = names.reduce((held, name) => held + weightOf(name), 0);
  const held = new Map<string, InstructSample[]>();
  for (const name of names) {
    const samples = await Array.fromAsync(sources[name]!);
    if (samples.length === 0) throw new ArgumentError(`sources.${name}`, "at least one sample", samples);
    held.set(name, samples);
  }
  const limit = (name: string): number => held.get(name)!.length * passes;
  const wantedShare = (name: string): number => weightOf(name) / sum;
  const size =
    total ?? Math.max(1, Math.floor(Math.min(...names.map((name) => limit(name) / wantedShare(name)))));
  const random = new SeededRandom(seed);
  const counts = wholeParts(names.map((name) => size * wantedShare(name)));
  const chosen = names.map((name, index) =>
    choose(held.get(name)!, Math.min(counts[index]!, limit(name)), random.fork(name)),
  );
  const samples = random.fork("order").shuffle(chosen.flat());
  const shares = names.map((source, index): MixtureShare => ({
    source,
    available: held.get(source)!.length,
    taken: chosen[index]!.length,
    wantedShare: wantedShare(source),
    realisedShare: chosen[index]!.length / samples.length,
  }));
  return { samples, shares };
}

function weightsOf(
  names: readonly string[],
  weights: MixSamplesOptions["weights"],
): (name: string) => number {
  const known = weights ?? Object.fromEntries(table3.rows.map(({ dataset, samples }) => [dataset, samples]));
  const missing = names.find((name) => !Object.hasOwn(known, name));
  if (missing !== undefined) {
    throw unknownName(weights === undefined ? "sources" : "weights", missing, Object.keys(known));
  }
  return (name) => known[name]!;
}

/** Whole numbers next to the parts with the parts' sum, the largest remainders rounded up. */
function wholeParts(parts: readonly number[]): number[] {
  const whole = parts.map(Math.floor);
  const missing =
    Math.round(parts.reduce((sum, part) => sum + part, 0)) - whole.reduce((sum, part) => sum + part, 0);
  const byRemainder = parts
    .map((part, index) => ({ index, remainder: part - Math.floor(part) }))
    .toSorted((left, right) => right.remainder - left.remainder);
  for (const { index } of byRemainder.slice(0, missing)) whole[index]! += 1;
  return whole;
}

/** Whole passes, then a choice of the rest. */
function choose(samples: readonly InstructSample[], count: number, random: SeededRandom): InstructSample[] {
  const passes = Array.from({ length: Math.floor(count / samples.length) }, () => samples);
  return [...passes.flat(), ...random.sample(samples, count % samples.length)];
}
