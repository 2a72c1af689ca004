import { ArgumentError } from "../../core/errors.ts";
import { checkOptions, integerOption, objectOption } from "../../core/options.ts";
import { contextRowCount } from "../tokens/context-rows.ts";
import { mixtureRows } from "./exact-shares.ts";

/** The tokens of one domain: the manifest of a folder of shards, or a number that is only planned yet. */
export interface MixtureDomain {
  readonly domain: string;
  readonly tokenCount: number;
}

export interface PlanMixtureOptions {
  /** Times that each domain is read, one number for all or one by domain. @default 1 */
  readonly epochs?: number | Readonly<Record<string, number>>;
  /** In place of `epochs`: shares of the rows by domain, of any sum; needs `tokens`. */
  readonly weights?: Readonly<Record<string, number>>;
  /** With `weights`: tokens of the whole run. */
  readonly tokens?: number;
  /** Tokens in a row. @default 4096 */
  readonly contextLength?: number;
}

/** One domain's part in a mixture. */
export interface PlannedDomain {
  readonly domain: string;
  /** For `data.train[].weight` of a training configuration. */
  readonly weight: number;
  /** Realised share of the rows; they add up to 1. */
  readonly share: number;
  readonly rows: number;
  readonly tokens: number;
  /** How often its own rows are read; 1.5 is all once and half of them twice. */
  readonly epochs: number;
  readonly availableTokens: number;
}

/** Rows and tokens that each domain gives to training, and how often its own are seen. */
export interface MixturePlan {
  readonly contextLength: number;
  readonly rows: number;
  readonly tokens: number;
  readonly domains: readonly PlannedDomain[];
  /** What a reader should think twice about. */
  readonly warnings: readonly string[];
}

/** Up to here repeated tokens teach about as much as new ones (Muennighoff et al. 2023, section 6). */
const usefulEpochs = 4;

/**
 * Plan a mixture over folders of token shards: rows, tokens and epochs of each domain, and the trainer's weights.
 *
 * Rows are counted as the trainer draws them, so that the shares shown are those that a run will have, to a row.
 *
 * @throws {ArgumentError} no domain, one without tokens, a name twice, or epochs and weights together
 *
 * @example
 * planMixture([
 *   { domain: "clinical", tokenCount: 50e9 },
 *   { domain: "general", tokenCount: 15e9 },
 * ], { epochs: 4 }).domains.map(({ weight }) => weight) //=> [0.769231, 0.230769]
 */
export function planMixture(
  domains: readonly MixtureDomain[],
  options: PlanMixtureOptions = {},
): MixturePlan {
  const { epochs, weights, tokens, contextLength } = checkOptions(options, {
    epochs: {
      expected: "a number above 0, or one for each domain",
      default: undefined as PlanMixtureOptions["epochs"],
      accepts: (value) => isAboveZero(value) || (typeof value === "object" && value !== null),
    },
    weights: objectOption<Record<string, number>>(
      "a number above 0 for each domain",
      (value) => typeof value === "object" && value !== null,
    ),
    tokens: integerOption(undefined, { minimum: 1 }),
    contextLength: integerOption(4096, { minimum: 1 }),
  });
  checkDomains(domains);
  const available = domains.map((domain) => contextRowCount(domain, contextLength));
  const names = domains.map(({ domain }) => domain);
  let shares: number[];
  let rows: number;
  if (weights === undefined) {
    if (tokens !== undefined) throw new ArgumentError("tokens", "left out where weights are", tokens);
    const times =
      typeof epochs === "object" ? byDomain("epochs", names, epochs) : names.map(() => epochs ?? 1);
    const wanted = available.map((count, index) => count * times[index]!);
    rows = Math.round(wanted.reduce((sum, count) => sum + count, 0));
    shares = wanted;
  } else {
    if (epochs !== undefined) throw new ArgumentError("epochs", "left out where weights are given", epochs);
    if (tokens === undefined)
      throw new ArgumentError("tokens", "given with weights: tokens of the run", tokens);
    shares = byDomain("weights", names, weights);
    rows = Math.max(1, Math.round(tokens / contextLength));
  }
  const rounded = roundShares(shares);
  const counts = mixtureRows(rounded, rows);
  const planned = domains.map(({ domain, tokenCount }, index) => ({
    domain,
    weight: rounded[index]!,
    share: counts[index]! / rows,
    rows: counts[index]!,
    tokens: counts[index]! * contextLength,
    epochs: counts[index]! / available[index]!,
    availableTokens: tokenCount,
  }));
  return {
    contextLength,
    rows,
    tokens: rows * contextLength,
    domains: planned,
    warnings: warningsOf(planned),
  };
}

function checkDomains(domains: readonly MixtureDomain[]): void {
  if (!Array.isArray(domains) || domains.length === 0) {
    throw new ArgumentError("domains", "a list of at least one domain", domains);
  }
  const seen = new Set<string>();
  for (const [index, { domain, tokenCount }] of (domains as readonly MixtureDomain[]).entries()) {
    if (seen.has(domain)) throw new ArgumentError(`domains[${index}].domain`, "a name once", domain);
    seen.add(domain);
    if (!(Number.isSafeInteger(tokenCount) && tokenCount > 1)) {
      throw new ArgumentError(`domains[${index}].tokenCount`, "a whole number above 1", tokenCount);
    }
  }
}

function byDomain(
  parameter: string,
  names: readonly string[],
  values: Readonly<Record<string, number>>,
): number[] {
  const rules = Object.fromEntries(
    names.map((name) => [name, { expected: "a number above 0", default: undefined, accepts: isAboveZero }]),
  );
  const checked = checkOptions(values, rules);
  return names.map((name) => {
    const value = checked[name];
    if (value === undefined) throw new ArgumentError(`${parameter}.${name}`, "a number above 0", value);
    return value;
  });
}

function isAboveZero(value: unknown): boolean {
  return typeof value === "number" && value > 0 && value < Infinity;
}

/** Shares of 1 with six digits, which people can read in a configuration; none becomes 0. */
function roundShares(shares: readonly number[]): number[] {
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => Math.max(Math.round((share / sum) * 1e6), 1) / 1e6);
}

function warningsOf(domains: readonly PlannedDomain[]): string[] {
  return domains.flatMap(({ domain, epochs, rows }) => {
    if (rows === 0) return [`${domain} has no row in this run`];
    if (epochs <= usefulEpochs + 0.01) return [];
    const times = epochs.toFixed(1);
    return [
      `${domain} is read ${times} times; past ${usefulEpochs} repeated tokens teach less than new ones`,
    ];
  });
}
