import { checkList } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import { normalQuantile } from "./normal-distribution.ts";
import type { Interval } from "./wilson-interval.ts";

/** How far raters agree beyond what they would by chance. */
export interface Agreement {
  /** Items that were rated. */
  readonly count: number;
  /** Share of the items, or of the pairs of raters on each, that agree. */
  readonly observed: number;
  /** That share if each rater drew labels as often as they gave them. */
  readonly expected: number;
  /** 1 for raters who always agree, 0 for as often as by chance; undefined where all labels are one. */
  readonly kappa: number | undefined;
}

/**
 * Cohen's kappa of two raters, with its asymptotic 95 % interval.
 *
 * @param first the first rater's label of each item
 * @param second the second's, of the same items in the same order
 * @throws {ArgumentError} no items, or lists of different length
 * @see Fleiss, Cohen and Everitt 1969, "Large sample standard errors of kappa and weighted kappa"
 *
 * @example
 * cohenKappa(["a", "a", "b", "b"], ["a", "b", "b", "b"]).kappa //=> 0.5
 */
export function cohenKappa(
  first: readonly string[],
  second: readonly string[],
): Agreement & { readonly interval: Interval | undefined } {
  checkList("first", "a list of labels", first);
  checkList("second", "a list of labels", second);
  if (first.length === 0) throw new ArgumentError("first", "at least one label", first);
  if (second.length !== first.length) throw new ArgumentError("second", `${first.length} labels`, second);
  const count = first.length;
  const rows = sharesOf(first);
  const columns = sharesOf(second);
  const row = (label: string): number => rows.get(label) ?? 0;
  const column = (label: string): number => columns.get(label) ?? 0;
  const expected = [...rows].reduce((sum, [label, share]) => sum + share * column(label), 0);
  const observed = first.filter((label, index) => label === second[index]).length / count;
  if (expected === 1) return { count, observed, expected, kappa: undefined, interval: undefined };
  const kappa = (observed - expected) / (1 - expected);
  let variance = -((kappa - expected * (1 - kappa)) ** 2);
  for (const [index, one] of first.entries()) {
    const other = second[index]!;
    const weight =
      one === other
        ? (1 - (row(one) + column(one)) * (1 - kappa)) ** 2
        : (1 - kappa) ** 2 * (column(one) + row(other)) ** 2;
    variance += weight / count;
  }
  const error = Math.sqrt(Math.max(0, variance) / count) / (1 - expected);
  const half = normalQuantile(0.975) * error;
  const interval = { low: Math.max(-1, kappa - half), high: Math.min(1, kappa + half) };
  return { count, observed, expected, kappa, interval };
}

/**
 * Fleiss' kappa of several raters who all rated the same items.
 *
 * @param ratings each rater's labels, in the same order of items
 * @throws {ArgumentError} fewer than two raters, no items, or lists of different length
 * @see Fleiss 1971, "Measuring nominal scale agreement among many raters"
 *
 * @example
 * fleissKappa([["a", "b"], ["a", "b"], ["a", "b"]]).kappa //=> 1
 */
export function fleissKappa(ratings: readonly (readonly string[])[]): Agreement {
  checkList("ratings", "a list of ratings", ratings);
  const raters = ratings.length;
  if (raters < 2) throw new ArgumentError("ratings", "labels of two raters or more", ratings);
  const count = ratings[0]!.length;
  if (count === 0) throw new ArgumentError("ratings", "labels of at least one item", ratings);
  const uneven = ratings.findIndex((labels) => labels.length !== count);
  if (uneven >= 0) throw new ArgumentError(`ratings[${uneven}]`, `${count} labels`, ratings[uneven]);
  const shares = sharesOf(ratings.flat());
  const expected = [...shares.values()].reduce((sum, share) => sum + share * share, 0);
  let agreeing = 0;
  for (let item = 0; item < count; item++) {
    const own = sharesOf(ratings.map((labels) => labels[item]!));
    for (const share of own.values()) agreeing += share * raters * (share * raters - 1);
  }
  const observed = agreeing / (count * raters * (raters - 1));
  const kappa = shares.size === 1 ? undefined : (observed - expected) / (1 - expected);
  return { count, observed, expected, kappa };
}

function sharesOf(labels: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return new Map([...counts].map(([label, number]) => [label, number / labels.length]));
}
