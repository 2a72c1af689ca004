import { checkOptions, integerOption } from "../core/options.ts";
import type { RunOptions } from "./engine.ts";
import { createDigest } from "./profile-digest.ts";
import type { DigestColumn } from "./profile-digest.ts";
import { profileColumns } from "./profile-column.ts";
import type { ColumnProfile } from "./profile-column.ts";
import type { Relation } from "./relation.ts";
import type { Sensitivity } from "./sensitivity.ts";

export interface ProfileOptions extends RunOptions {
  /** Most bins of a histogram. @default 20 */
  readonly binCount?: number;
  /** Most values listed of a column of categories. @default 10 */
  readonly topCount?: number;
}

/** What a table holds, column by column. */
export interface Profile {
  readonly source: string;
  readonly sensitivity: Sensitivity;
  readonly rowCount: number;
  /** Rows that are equal to an earlier one in every column. */
  readonly duplicateRows: number;
  readonly columns: readonly ColumnProfile[];
}

const groupsAtOnce = 4;

/** Values whose quantiles are found in one query; they are all in memory then. */
const valuesAtOnce = 1_000_000;

/** Few columns per query where there are many rows, more where a query costs more than what it counts. */
function groupColumns(columns: readonly DigestColumn[], rowCount: number): DigestColumn[][] {
  const share = Math.ceil(columns.length / groupsAtOnce);
  const size = Math.max(1, Math.min(share, 4, Math.floor(valuesAtOnce / Math.max(1, rowCount))));
  return Array.from({ length: Math.ceil(columns.length / size) }, (_, index) =>
    columns.slice(index * size, (index + 1) * size),
  );
}

/**
 * Profile a relation, reading it once.
 *
 * What is read is kept as a digest in DuckDB: numbers and dates themselves, of texts the 64-bit hash, the lengths
 * and the first 40 characters. All figures come from the digest and are exact, apart from two different values
 * with the same hash, which among a million values happens once in 40 million tables.
 */
export async function profileRelation(
  relation: Relation,
  origin: { readonly source: string; readonly sensitivity: Sensitivity },
  { signal, ...rest }: ProfileOptions = {},
): Promise<Profile> {
  const options = checkOptions(rest, {
    binCount: integerOption(20, { minimum: 1, maximum: 1000 }),
    topCount: integerOption(10, { minimum: 1, maximum: 1000 }),
  });
  const digest = await createDigest(relation, { signal });
  try {
    const { rowCount } = digest;
    const groups = groupColumns(digest.columns, rowCount);
    const profiles: ColumnProfile[][] = [];
    const pending = [...groups.entries()];
    const work = async () => {
      for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
        const [index, group] = next;
        profiles[index] = await profileColumns(digest, group, { ...options, rowCount });
      }
    };
    // Several at once: what DuckDB does with one group of few rows keeps one core busy.
    const workers = Array.from({ length: groupsAtOnce }, work);
    const [duplicateRows] = await Promise.all([digest.countDuplicateRows(), ...workers]);
    return { ...origin, rowCount, duplicateRows, columns: profiles.flat() };
  } finally {
    await digest.drop();
  }
}
