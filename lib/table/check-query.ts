import { QueryError } from "../core/errors.ts";
import { parseStatements } from "./engine.ts";
import type { Requirement } from "./relation.ts";
import { Sql } from "./sql.ts";

/**
 * Have the database's own parser say that a person's text is one whole statement before it is put between brackets.
 *
 * So text with a bracket too many is a syntax error at that bracket, and a second statement is refused.
 */
export function checkQuery(query: string, before = ""): Requirement {
  let checked: Promise<void> | undefined;
  return {
    prepare() {
      checked ??= check(query, before);
      return checked;
    },
  };
}

async function check(query: string, before: string): Promise<void> {
  const text = new Sql([{ text: before }, { text: query, origin: { query, offset: 0 } }]);
  const count = await parseStatements(text);
  if (count !== 1) throw new QueryError(`must be one SELECT, got ${count} statements:\n\n${query}`, query);
}
