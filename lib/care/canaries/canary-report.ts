import { checkFields, checkRecord } from "../../core/arguments.ts";
import { ArgumentError } from "../../core/errors.ts";
import { callbackOption, checkOptions, integerOption, objectOption } from "../../core/options.ts";
import { SeededRandom } from "../../core/seeded-random.ts";
import { holm } from "../../core/statistics/holm.ts";
import { wilsonInterval, type Interval } from "../../core/statistics/wilson-interval.ts";
import type { Canary, CanarySet } from "./canary.ts";

/** How far a model knows planted secrets; it holds no secret, so that it may be shown. */
export interface CanaryReport {
  readonly version: 1;
  readonly model: { readonly name: string; readonly fingerprint: string };
  /** Secrets that could have been drawn, and how many of them each canary's own was ranked among, itself included. */
  readonly spaceSize: number;
  readonly ranked: number;
  /** By repetitions, the controls (0) first. */
  readonly groups: readonly CanaryGroup[];
  readonly canaries: readonly CanaryResult[];
  /**
   * Whether any planted canary was extracted or exposed. Null where a control was too: then the model had the
   * secrets from elsewhere, or the test is wrong, and it says nothing of the training.
   */
  readonly isMemorised: boolean | null;
}

/** Canaries that were planted equally often. */
export interface CanaryGroup {
  readonly repetitions: number;
  readonly canaries: number;
  /** Whose secret the model writes after the prefix. */
  readonly extracted: number;
  readonly extractedInterval: Interval;
  readonly exposed: number;
  /** Bits; without memory 1.44 is expected. */
  readonly meanExposure: number;
}

/** What a model gave away of one canary. */
export interface CanaryResult {
  readonly id: string;
  readonly repetitions: number;
  /** Of the secret among `ranked` by likelihood; of equally likely ones the middle. */
  readonly rank: number;
  /** log2(ranked) - log2(rank), in bits: as Carlini et al. define it, over the alternatives that were drawn. */
  readonly exposure: number;
  /** How often a secret that the model has not seen ranks as high: rank / ranked. */
  readonly pValue: number;
  /** Holm-corrected over all planted, or over all control canaries, at most 0.05. */
  readonly isExposed: boolean;
  readonly isExtracted: boolean;
}

/** What is asked of a model: every `LanguageModel` can do it. */
export interface CanaryModel {
  readonly name: string;
  readonly fingerprint: string;
  logLikelihood(
    requests: readonly { readonly context: string; readonly continuations: readonly string[] }[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly (readonly { readonly sum: number }[])[]>;
  generate(
    requests: readonly { readonly prompt: string; readonly maximumTokens: number; readonly temperature: 0 }[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly { readonly text: string }[]>;
}

export interface TestCanariesOptions {
  /** Other secrets that each is ranked among, drawn by the set's seed; all others where the space is smaller. @default 999 */
  readonly alternatives?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Test what a model remembers of canaries: the rank of each secret's likelihood, and what it writes after the prefix.
 *
 * @throws {ArgumentError} a wrong option, or too few alternatives to tell one of so many canaries from chance
 * @throws {ModelError} as the model does
 *
 * @example
 * const report = await testCanaries(model, await readCanaries("canaries.json"));
 * report.isMemorised;
 */
export async function testCanaries(
  model: CanaryModel,
  set: CanarySet,
  options: TestCanariesOptions = {},
): Promise<CanaryReport> {
  checkRecord("model", "a language model", model);
  checkFields("set", "a set of canaries, as makeCanaries gives", set, ["digits"]);
  const { alternatives, signal, onProgress } = checkOptions(options, {
    alternatives: integerOption(999, { minimum: 99, maximum: 1_000_000 }),
    signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
    onProgress: callbackOption<(done: number, total: number) => void>(),
  });
  const spaceSize = 10 ** set.digits;
  const ranked = Math.min(alternatives + 1, spaceSize);
  const planted = set.canaries.filter(({ repetitions }) => repetitions > 0).length;
  const most = Math.max(planted, set.canaries.length - planted);
  const needed = Math.ceil(most / significant);
  if (needed > spaceSize)
    throw new ArgumentError(
      "set",
      `of more digits or fewer canaries: ${most} cannot be told from chance`,
      set,
    );
  if (needed > ranked)
    throw new ArgumentError("alternatives", `at least ${needed - 1} for ${most} canaries`, alternatives);
  const calls = signal === undefined ? {} : { signal };
  const measured: { canary: Canary; rank: number; isExtracted: boolean }[] = [];
  for (const canary of set.canaries) {
    signal?.throwIfAborted();
    const secrets = [canary.secret, ...otherSecrets(set, canary, ranked - 1)];
    const [likelihoods] = await model.logLikelihood(
      [{ context: canary.prefix, continuations: secrets.map((secret) => ` ${secret}`) }],
      calls,
    );
    const [own, ...others] = likelihoods!.map(({ sum }) => sum);
    const above = others.filter((sum) => sum > own!).length;
    const equal = others.filter((sum) => sum === own!).length;
    const [written] = await model.generate(
      [{ prompt: canary.prefix, maximumTokens: set.digits * 2 + 4, temperature: 0 }],
      calls,
    );
    const isExtracted = written!.text.trimStart().startsWith(canary.secret);
    measured.push({ canary, rank: 1 + above + equal / 2, isExtracted });
    onProgress?.(measured.length, set.canaries.length);
  }
  return reportOf(model, spaceSize, ranked, measured);
}

const significant = 0.05;

function reportOf(
  { name, fingerprint }: CanaryModel,
  spaceSize: number,
  ranked: number,
  measured: readonly { canary: Canary; rank: number; isExtracted: boolean }[],
): CanaryReport {
  const resultsOf = (isControl: boolean): CanaryResult[] => {
    const held = measured.filter(({ canary }) => (canary.repetitions === 0) === isControl);
    const corrected = holm(held.map(({ rank }) => rank / ranked));
    return held.map(({ canary: { id, repetitions }, rank, isExtracted }, index) => ({
      id,
      repetitions,
      rank,
      exposure: Math.log2(ranked / rank),
      pValue: rank / ranked,
      isExposed: corrected[index]! <= significant,
      isExtracted,
    }));
  };
  const [controls, planted] = [resultsOf(true), resultsOf(false)];
  const isKnown = ({ isExposed, isExtracted }: CanaryResult): boolean => isExposed || isExtracted;
  const canaries = [...controls, ...planted];
  const byRepetitions = Map.groupBy(canaries, ({ repetitions }) => repetitions);
  return {
    version: 1,
    model: { name, fingerprint },
    spaceSize,
    ranked,
    groups: [...byRepetitions].map(([repetitions, held]) => groupOf(repetitions, held)),
    canaries,
    isMemorised: controls.some(isKnown) ? null : planted.some(isKnown),
  };
}

function groupOf(repetitions: number, held: readonly CanaryResult[]): CanaryGroup {
  const extracted = held.filter(({ isExtracted }) => isExtracted).length;
  return {
    repetitions,
    canaries: held.length,
    extracted,
    extractedInterval: wilsonInterval(extracted, held.length),
    exposed: held.filter(({ isExposed }) => isExposed).length,
    meanExposure: held.reduce((sum, { exposure }) => sum + exposure, 0) / held.length,
  };
}

/** Other secrets of the space, all of them where it holds no more, each once. */
function otherSecrets(set: CanarySet, { id, secret }: Canary, count: number): string[] {
  const inDigits = (value: number): string => String(value).padStart(set.digits, "0");
  if (count === 10 ** set.digits - 1)
    return Array.from({ length: count + 1 }, (_, value) => inDigits(value)).filter(
      (other) => other !== secret,
    );
  const random = new SeededRandom(set.seed).fork(`alternatives of ${id}`);
  const drawn = new Set<string>();
  while (drawn.size < count) {
    const other = Array.from({ length: set.digits }, () => random.integer(0, 10)).join("");
    if (other !== secret) drawn.add(other);
  }
  return [...drawn];
}
