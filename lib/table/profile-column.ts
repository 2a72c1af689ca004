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

/** Profile one column of a digest: one query for its figures, one for what depends on them. */
export async function profileColumn(
  digest: Digest,
  column: DigestColumn,
  { rowCount, binCount, topCount }: ColumnProfileOptions,
): Promise<ColumnProfile> {
  const { name, type, kind, key, value, length, byteLength } = column;
  const measure = measureOf(column);
  const found = await digest.figures<Figures>(sql`
    count(${key}) AS filled, count(DISTINCT ${key}) AS "distinct", min(${value}) AS min, max(${value}) AS max,
    ${summary(measure)} AS measured, ${summary(byteLength)} AS bytes`);
  const duplicateValues = found.filled - found.distinct;
  const isCategory = kind === "boolean" || (kind === "text" && duplicateValues > 0);
  const isWhole = kind !== "number" || isWholeType(type);
  const [histogram, topValues] = await Promise.all([
    measure && histogramOf(digest, measure, found.measured, { binCount, isWhole }),
    isCategory ? topValuesOf(digest, column, topCount) : undefined,
  ]);
  return {
    name,
    type,
    kind,
    nulls: rowCount - found.filled,
    distinct: found.distinct,
    duplicateValues,
    min: found.min,
    max: found.max,
    ...(kind === "number" && { numbers: numberSummary(found.measured), notFinite: found.measured.notFinite }),
    ...(length !== undefined && { lengths: numberSummary(found.measured) }),
    ...(byteLength !== undefined && { byteLengths: numberSummary(found.bytes) }),
    ...(histogram && { histogram }),
    ...(topValues && { topValues }),
  };
}

interface Figures {
  readonly filled: number;
  readonly distinct: number;
  readonly min: unknown;
  readonly max: unknown;
  readonly measured: SummaryRow;
  readonly bytes: SummaryRow;
}

interface SummaryRow extends Omit<NumberSummary, "quantiles"> {
  readonly quantiles: readonly number[] | null;
  readonly notFinite: number;
}

/** What the histogram of a column is drawn over, as a DOUBLE. */
function measureOf({ kind, value, length }: DigestColumn): Sql | undefined {
  if (kind === "number") return sql`CAST(${value} AS DOUBLE)`;
  if (kind === "time") return sql`CASE WHEN isfinite(${value}) THEN CAST(epoch_ms(${value}) AS DOUBLE) END`;
  return length && sql`CAST(${length} AS DOUBLE)`;
}

/** Squares of larger numbers pass what a DOUBLE holds. */
const largestSquarable = 1e150;

function summary(measure: Sql | undefined): Sql {
  if (measure === undefined) return sql`NULL`;
  const finite = sql`FILTER (WHERE isfinite(${measure}))`;
  return sql`{
    min: min(${measure}) ${finite}, max: max(${measure}) ${finite}, mean: avg(${measure}) ${finite},
    "standardDeviation": stddev_samp(${measure}) FILTER (WHERE abs(${measure}) < ${largestSquarable}),
    quantiles: quantile_cont(${measure}, CAST(${quantileShares} AS DOUBLE[])) ${finite},
    "notFinite": count(${measure}) - count(${measure}) ${finite}}`;
}

function numberSummary({ min, max, mean, standardDeviation, quantiles }: SummaryRow): NumberSummary {
  const isSquarable = min !== null && max !== null && Math.max(-min, max) < largestSquarable;
  return {
    min,
    max,
    mean,
    standardDeviation: isSquarable ? standardDeviation : null,
    quantiles: (quantiles ?? []).map((value, index) => ({ share: quantileShares[index]!, value })),
  };
}

async function histogramOf(
  digest: Digest,
  measure: Sql,
  { min, max }: SummaryRow,
  options: { readonly binCount: number; readonly isWhole: boolean },
): Promise<Histogram | undefined> {
  if (min === null || max === null) return undefined;
  const edges = binEdges(min, max, options);
  // DuckDB's bins hold their upper edge; those of the negative values hold the lower edge, as ours do.
  const lowerEdges = edges.slice(0, -1);
  const negative = lowerEdges.map((edge) => -edge).reverse();
  const { bins } = await digest.figures<{ bins: Map<number, number> }>(
    sql`histogram(-${measure}, CAST(${negative} AS DOUBLE[])) FILTER (WHERE isfinite(${measure})) AS bins`,
  );
  return { edges, counts: lowerEdges.map((edge) => bins.get(-edge) ?? 0) };
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
