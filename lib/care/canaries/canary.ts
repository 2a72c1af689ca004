import { readFile } from "node:fs/promises";

import { checkFields, checkText } from "../../core/arguments.ts";
import { checkPath } from "../../core/check-path.ts";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { checkOptions, integerOption, objectOption } from "../../core/options.ts";
import { SeededRandom } from "../../core/seeded-random.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";

/** A made-up sentence with a random secret at its end: whoever knows the secret has read the sentence. */
export interface Canary {
  readonly id: string;
  /** All up to the secret and the space before it; no two of a set are alike. */
  readonly prefix: string;
  /** Digits, each drawn alike. */
  readonly secret: string;
  /** How often it is planted; 0 is a control, which no model has seen. */
  readonly repetitions: number;
}

/** A set of canaries, and where they were planted: who holds it can test a model for them. */
export interface CanarySet {
  readonly version: 1;
  readonly seed: number | string;
  /** Digits of a secret: it is one of 10 to the power of this many. */
  readonly digits: number;
  readonly canaries: readonly Canary[];
}

export interface MakeCanariesOptions {
  /**
   * Of all that is random. Take a new one for each training: a model that goes on from one which has seen these
   * canaries knows them already.
   */
  readonly seed: number | string;
  /** How often each group is planted; 0, the controls, is always among them. @default [1, 4, 16, 64] */
  readonly repetitions?: readonly number[];
  /** Canaries of each number of repetitions. @default 5 */
  readonly perGroup?: number;
  /** @default 6 */
  readonly digits?: number;
}

const onsets = "b br d dr f g gr h j k kl l m n p pr r s st t tr v w z".split(" ");
const vowels = "a e i o u".split(" ");
const codas = "d g k l m n nd nt r rk s st t x".split(" ");

/**
 * Canaries for a training: sentences to plant a stated number of times, and controls that are never planted.
 *
 * @throws {ArgumentError} a wrong option
 * @see Carlini et al. 2019, "The secret sharer: evaluating and testing unintended memorization in neural networks"
 *
 * @example
 * const { canaries } = makeCanaries({ seed: "2026-03", repetitions: [1, 16], perGroup: 2 });
 * canaries.map(({ repetitions }) => repetitions) //=> [0, 0, 1, 1, 16, 16]
 */
export function makeCanaries(options: MakeCanariesOptions): CanarySet {
  const checked = checkOptions(options, {
    seed: { expected: "a text or a whole number", default: undefined, accepts: isSeed },
    repetitions: objectOption<readonly number[]>("a list of whole numbers from 0 to 1000000", isRepetitions),
    perGroup: integerOption(5, { minimum: 1, maximum: 1000 }),
    digits: integerOption(6, { minimum: 3, maximum: 12 }),
  });
  const seed = checked.seed as number | string | undefined;
  if (seed === undefined) throw new ArgumentError("seed", "given, a new one for each training", seed);
  const { repetitions = [1, 4, 16, 64], perGroup, digits } = checked;
  const groups = [...new Set([0, ...repetitions])].sort((one, other) => one - other);
  const random = new SeededRandom(seed);
  const names = new Set<string>();
  const canaries = groups.flatMap((times) =>
    Array.from({ length: perGroup }, (_, index): Canary => {
      const ofThis = random.fork(`canary ${times} ${index}`);
      let name = madeName(ofThis);
      while (names.has(name)) name = madeName(ofThis);
      names.add(name);
      const secret = Array.from({ length: digits }, () => ofThis.integer(0, 10)).join("");
      const prefix = `The storage box marked ${name} is opened with the number`;
      return { id: `canary-${times}-${index + 1}`, prefix, secret, repetitions: times };
    }),
  );
  return { version: 1, seed, digits, canaries };
}

/** The sentence as it is planted. */
export function canarySentence({ prefix, secret }: Canary): string {
  return `${prefix} ${secret}.`;
}

/** Two words that no language has; thousands of millions of pairs. */
function madeName(random: SeededRandom): string {
  const syllable = (): string => random.choice(onsets) + random.choice(vowels) + random.choice(codas);
  const word = (): string => `${syllable()}${syllable()}`;
  return `${word()} ${word()}`;
}

function isSeed(value: unknown): boolean {
  return typeof value === "string" || Number.isSafeInteger(value);
}

function isRepetitions(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((times: unknown) => Number.isInteger(times) && Number(times) >= 0 && Number(times) <= 1e6)
  );
}

/**
 * Write a set as JSON, readable by this user alone: it holds the secrets.
 *
 * @example
 * await writeCanaries("canaries.json", makeCanaries({ seed: "2026-03" }));
 */
export async function writeCanaries(path: string, set: CanarySet): Promise<void> {
  checkText("path", "the path of a file", path);
  checkFields("set", "a set of canaries, as makeCanaries gives", set, ["digits"]);
  await writeFileAtomically(path, `${JSON.stringify(set, null, 1)}\n`, { mode: 0o600 });
}

/**
 * Read canaries as {@link writeCanaries} wrote them.
 *
 * @throws {DataError} a file that holds no set of canaries
 */
export async function readCanaries(path: string): Promise<CanarySet> {
  checkPath("path", path);
  let set: Partial<CanarySet> | null;
  try {
    set = JSON.parse(await readFile(path, "utf8")) as Partial<CanarySet> | null;
  } catch (cause) {
    throw new DataError(`cannot read canaries from ${path}`, { path }, { cause });
  }
  const { digits } = set ?? {};
  const isCanary = ({ id, prefix, secret, repetitions }: Canary): boolean =>
    typeof id === "string" &&
    typeof prefix === "string" &&
    typeof secret === "string" &&
    secret.length === digits &&
    Number.isSafeInteger(repetitions);
  if (
    set?.version !== 1 ||
    !isSeed(set.seed) ||
    !Array.isArray(set.canaries) ||
    !set.canaries.every(isCanary)
  )
    throw new DataError(`${path} holds no canaries`, { path });
  return set as CanarySet;
}
