import { binEdges } from "./histogram.ts";
import type { Histogram } from "./histogram.ts";
import { keptCharacters } from "./profile-digest.ts";
import type { Digest, DigestColumn } from "./profile-digest.ts";
import { isWholeType } from "./profile-kind.ts";
import type { ColumnKind } from "./profile-kind.ts";
import type { Column } from "./relation.ts";
import { identifier, joinSql, sql } from "./sql.ts";
import type { Sql } from "./sql.ts";

/** Shares of the values at which quantiles are given. */
const quantileShares: readonly number[] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

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

/** Profile some columns of a digest: one query for their figures, one for the histograms that depend on them. */
export async function profileColumns(
  digest: Digest,
  columns: readonly DigestColumn[],
  options: ColumnProfileOptions,
): Promise<ColumnProfile[]> {
  const figures = await askEach<Figures>(digest, columns.map(figuresOf));
  const bins = columns.map((column, index) => binsOf(column, figures[index]!.measured, options.binCount));
  const found = await askEach<{ bins: ReadonlyMap<number, number> | null }>(
    digest,
    bins.map((each) => sql`{bins: ${each?.counting ?? sql`max(NULL)`}}`),
  );
  return Promise.all(
    columns.map((column, index) => {
      const counts = found[index]!.bins;
      const edges = bins[index]?.edges;
      const histogram = edges && { edges, counts: edges.slice(0, -1).map((edge) => counts?.get(-edge) ?? 0) };
      return describeColumn(digest, column, figures[index]!, histogram, options);
    }),
  );
}

/** Ask for one struct per column in one query. */
async function askEach<Row>(digest: Digest, structs: readonly Sql[]): Promise<Row[]> {
  const named = structs.map((struct, index) => sql`${struct} AS ${identifier(String(index))}`);
  const row = await digest.figures<Record<string, Row>>(joinSql(named, ", "));
  return structs.map((_, index) => row[index]!);
}

function figuresOf(column: DigestColumn): Sql {
  const { key, value, byteLength } = column;
  return sql`{
    filled: count(${key}), "distinct": count(DISTINCT ${key}), min: min(${value}), max: max(${value}),
    measured: ${column.length ? countSummary(column.length) : summary(measureOf(column))},
    bytes: ${countSummary(byteLength)}}`;
}

async function describeColumn(
  digest: Digest,
  column: DigestColumn,
  found: Figures,
  histogram: Histogram | undefined,
  { rowCount, topCount }: ColumnProfileOptions,
): Promise<ColumnProfile> {
  const { name, type, kind, length, byteLength } = column;
  const duplicateValues = found.filled - found.distinct;
  const isCategory = kind === "boolean" || (kind === "text" && duplicateValues > 0);
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
    ...(isCategory && {
      topValues: await topValuesOf(digest, column, { topCount, distinct: found.distinct }),
    }),
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

/** Of lengths, which are finite. */
function countSummary(count: Sql | undefined): Sql {
  if (count === undefined) return sql`NULL`;
  return sql`{
    min: min(${count}), max: max(${count}), mean: avg(${count}), "standardDeviation": stddev_samp(${count}),
    quantiles: quantile_cont(${count}, CAST(${quantileShares} AS DOUBLE[])), "notFinite": 0}`;
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

function binsOf(
  column: DigestColumn,
  measured: SummaryRow | null,
  binCount: number,
): { edges: readonly number[]; counting: Sql } | undefined {
  const measure = measureOf(column);
  if (measure === undefined || measured === null || measured.min === null || measured.max === null)
    return undefined;
  const isWhole = column.kind !== "number" || isWholeType(column.type);
  const edges = binEdges(measured.min, measured.max, { binCount, isWhole });
  // DuckDB's bins hold their upper edge; those of the negative values hold the lower edge, as ours do.
  const negative = edges
    .slice(0, -1)
    .map((edge) => -edge)
    .reverse();
  const counting = sql`histogram(-${measure}, CAST(${negative} AS DOUBLE[])) FILTER (WHERE isfinite(${measure}))`;
  return { edges, counting };
}

/** Fewer different values than this are ordered as they are. */
const manyValues = 1000;

/**
 * Commonest first; of equal counts in the order of the values.
 *
 * Among many values most come once: those that come again are found by their keys alone, and are nearly always
 * enough.
 */
async function topValuesOf(
  digest: Digest,
  { key, value, length }: DigestColumn,
  { topCount, distinct }: { topCount: number; distinct: number },
): Promise<TopValue[]> {
  const isClipped = length === undefined ? sql`false` : sql`max(${length}) > ${keptCharacters}`;
  const select = sql`min(${value}) AS value, count(*) AS count, ${isClipped} AS "isClipped"`;
  const first = sql`GROUP BY ${key} ORDER BY count DESC, value, ${key} LIMIT ${topCount}`;
  if (distinct >= manyValues) {
    const repeated = sql`SELECT ${key} FROM ${digest.table} GROUP BY ${key} HAVING count(*) > 1`;
    const found = await digest.rows<TopValue>(select, sql`WHERE ${key} IN (${repeated}) ${first}`);
    if (found.length === topCount) return found;
  }
  return digest.rows<TopValue>(select, sql`WHERE ${key} IS NOT NULL ${first}`);
}
