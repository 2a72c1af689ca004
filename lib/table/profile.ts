import { checkOptions, integerOption } from "../core/options.ts";
import type { RunOptions } from "./engine.ts";
import { createDigest } from "./profile-digest.ts";
import { profileColumn } from "./profile-column.ts";
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

const columnsAtOnce = 4;

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
    const { rowCount, duplicateRows } = await digest.countRows();
    const columns: ColumnProfile[] = [];
    const pending = [...digest.columns.entries()];
    const work = async () => {
      for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
        const [index, column] = next;
        columns[index] = await profileColumn(digest, column, { ...options, rowCount });
      }
    };
    // Several at once: what DuckDB does with one column of few rows keeps one core busy.
    await Promise.all(Array.from({ length: columnsAtOnce }, work));
    return { ...origin, rowCount, duplicateRows, columns };
  } finally {
    await digest.drop();
  }
}
