import type { Relation } from "./relation.ts";
import { identifier, joinSql, sql } from "./sql.ts";

/** DuckDB plans twice as many in four times the time; wider files are read more than once instead. */
const testsAtOnce = 400;

/**
 * Find the types of columns that were read as text, from all their values.
 *
 * - BOOLEAN: `true` and `false` alone, in any case
 * - BIGINT: whole numbers of at most 64 bits
 * - DOUBLE: numbers, with or without a fraction or exponent, and `nan`
 * - VARCHAR: all else, also a column without any value
 *
 * A number with a leading zero, such as the code 007, makes its column VARCHAR, so that nothing of it is lost.
 * Dates stay text.
 */
export async function csvColumnTypes(asText: Relation): Promise<string[]> {
  const columns = await asText.columns();
  const tests = columns.map(({ name }) => {
    const text = identifier(name);
    const isWhole = sql`regexp_full_match(${text}, '[-+]?(?:0|[1-9][0-9]*)')`;
    const isNumber = sql`regexp_full_match(${text}, '[-+]?(?:(?:0|[1-9][0-9]*)(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][-+]?[0-9]+)?|(?i:nan)')`;
    return sql`CASE
      WHEN bool_and(lower(${text}) IN ('true', 'false')) THEN 'BOOLEAN'
      WHEN bool_and(${isWhole}) THEN
        CASE WHEN bool_and(try_cast(${text} AS BIGINT) IS NOT NULL OR ${text} IS NULL) THEN 'BIGINT' ELSE 'VARCHAR' END
      WHEN bool_and(${isNumber}) THEN 'DOUBLE' ELSE 'VARCHAR' END`;
  });
  const types: string[] = [];
  for (let first = 0; first < tests.length; first += testsAtOnce) {
    const some = joinSql(tests.slice(first, first + testsAtOnce), ", ");
    const { chunks } = await asText.run(sql`SELECT ${some} FROM (${asText.query})`);
    types.push(...(chunks[0]!.getRowValues(0) as string[]));
  }
  return types;
}
