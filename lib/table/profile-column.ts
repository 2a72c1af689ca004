import { binEdges } from "./histogram.ts";
import type { Histogram } from "./histogram.ts";
import { keptCharacters } from "./profile-digest.ts";
import type { Digest, DigestColumn } from "./profile-digest.ts";
import { isWholeType } from "./profile-kind.ts";
import type { ColumnKind } from "./profile-kind.ts";
import type { Column } from "./relation.ts";
import { sql } from "./sql.ts";
import type { Sql } from "./sql.ts";

/** Shares of the values at which quantiles are given. */
export const quantileShares: readonly number[] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/** How numbers lie; NaN and infinities are left out. */
export interface NumberSummary {
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** Of the sample (n - 1); null below two values. */
  readonly standardDeviation: number | null;
  /** At each of {@link quantileShares}, between two values on a straight line; empty without values. */
  readonly quantiles: readonly { readonly share: number; readonly value: number }[];
}

/** What a column holds. */
export interface ColumnProfile extends Column {
  readonly kind: ColumnKind;
  readonly nulls: number;
  /** Different values, null not counted. */
  readonly distinct: number;
  /** Values, null not counted, that are equal to one in an earlier row. */
  readonly duplicateValues: number;
  /** Smallest value: of texts the first 40 characters, in the order of code points; null for lists and structs. */
  readonly min: unknown;
  readonly max: unknown;
  /** Of numbers. */
  readonly numbers?: NumberSummary;
  /** NaN and infinities, of numbers. */
  readonly notFinite?: number;
  /** Characters (code points) of texts, items of lists, bytes of BLOBs. */
  readonly lengths?: NumberSummary;
  /** Bytes of texts in UTF-8. */
  readonly byteLengths?: NumberSummary;
  /** Of numbers and dates, else of the lengths. */
  readonly histogram?: Histogram;
  /** The commonest values, of booleans and where values come again; texts clipped to 40 characters. */
  readonly topValues?: readonly TopValue[];
}

export interface TopValue {
  readonly value: unknown;
  readonly count: number;
  /** Whether the text goes on. */
  readonly isClipped: boolean;
}

export interface ColumnProfileOptions {
  readonly rowCount: number;
  readonly binCount: number;
  readonly topCount: number;
}

/** Profile one column of a digest. */
export async function profileColumn(
  digest: Digest,
  column: DigestColumn,
  options: ColumnProfileOptions,
): Promise<ColumnProfile> {
  const { name, type, kind, key, value, length, byteLength } = column;
  const { filled, ...basic } = await digest.figures<{
    filled: number;
    distinct: number;
    min: unknown;
    max: unknown;
  }>(
    sql`count(${key}) AS filled, count(DISTINCT ${key}) AS "distinct", min(${value}) AS min, max(${value}) AS max`,
  );
  const duplicateValues = filled - basic.distinct;
  const start = { name, type, kind, nulls: options.rowCount - filled, ...basic, duplicateValues };
  const isCategory = kind === "boolean" || (kind === "text" && duplicateValues > 0);
  const topValues = isCategory ? { topValues: await topValuesOf(digest, column, options.topCount) } : {};
  if (kind === "number") {
    const summary = await summarize(digest, sql`CAST(${value} AS DOUBLE)`);
    const isWhole = isWholeType(type);
    return {
      ...start,
      numbers: summary.numbers,
      notFinite: summary.notFinite,
      ...(await histogramOf(
        digest,
        sql`CAST(${value} AS DOUBLE)`,
        summary.numbers,
        isWhole,
        options.binCount,
      )),
    };
  }
  if (kind === "time") {
    const milliseconds = sql`CASE WHEN isfinite(${value}) THEN CAST(epoch_ms(${value}) AS DOUBLE) END`;
    const { numbers } = await summarize(digest, milliseconds);
    return { ...start, ...(await histogramOf(digest, milliseconds, numbers, true, options.binCount)) };
  }
  if (length === undefined) return { ...start, ...topValues };
  const lengths = (await summarize(digest, length)).numbers;
  return {
    ...start,
    lengths,
    ...(byteLength === undefined ? {} : { byteLengths: (await summarize(digest, byteLength)).numbers }),
    ...(await histogramOf(digest, length, lengths, true, options.binCount)),
    ...topValues,
  };
}

/** Squares of larger numbers pass what a DOUBLE holds. */
const largestSquarable = 1e150;

async function summarize(
  digest: Digest,
  column: Sql,
): Promise<{ numbers: NumberSummary; notFinite: number }> {
  const value = sql`CAST(${column} AS DOUBLE)`;
  const finite = sql`FILTER (WHERE isfinite(${value}))`;
  const found = await digest.figures<
    Omit<NumberSummary, "quantiles"> & { quantiles: number[] | null; notFinite: number }
  >(sql`
    min(${value}) ${finite} AS min, max(${value}) ${finite} AS max, avg(${value}) ${finite} AS mean,
    stddev_samp(${value}) FILTER (WHERE abs(${value}) < ${largestSquarable}) AS "standardDeviation",
    quantile_cont(${value}, CAST(${quantileShares} AS DOUBLE[])) ${finite} AS quantiles,
    count(${value}) - count(${value}) ${finite} AS "notFinite"`);
  const { min, max, mean, notFinite } = found;
  const isSquarable = min !== null && max !== null && Math.max(-min, max) < largestSquarable;
  const standardDeviation = isSquarable ? found.standardDeviation : null;
  const quantiles = (found.quantiles ?? []).map((each, index) => ({
    share: quantileShares[index]!,
    value: each,
  }));
  return { numbers: { min, max, mean, standardDeviation, quantiles }, notFinite };
}

async function histogramOf(
  digest: Digest,
  value: Sql,
  { min, max }: NumberSummary,
  isWhole: boolean,
  binCount: number,
): Promise<{ histogram?: Histogram }> {
  if (min === null || max === null) return {};
  const edges = binEdges(min, max, { binCount, isWhole });
  const inner = edges.slice(1, -1);
  // The bin of a value is the number of inner edges at or below it.
  const bin = sql`len(list_filter(CAST(${inner} AS DOUBLE[]), edge -> edge <= ${value}))`;
  const rows = await digest.rows<{ bin: number; count: number }>(
    sql`${bin} AS bin, count(*) AS count`,
    sql`WHERE isfinite(CAST(${value} AS DOUBLE)) GROUP BY bin`,
  );
  const counts = Array.from({ length: edges.length - 1 }, () => 0);
  for (const row of rows) counts[row.bin] = row.count;
  return { histogram: { edges, counts } };
}

/** Commonest first; of equal counts in the order of the values. */
async function topValuesOf(digest: Digest, column: DigestColumn, topCount: number): Promise<TopValue[]> {
  const { key, value, length } = column;
  const isClipped = length === undefined ? sql`false` : sql`max(${length}) > ${keptCharacters}`;
  return digest.rows<TopValue>(
    sql`min(${value}) AS value, count(*) AS count, ${isClipped} AS "isClipped"`,
    sql`WHERE ${key} IS NOT NULL GROUP BY ${key} ORDER BY count DESC, value, ${key} LIMIT ${topCount}`,
  );
}
