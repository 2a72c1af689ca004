import { QueryError } from "../core/errors.ts";
import { parseStatements } from "./engine.ts";
import type { Requirement } from "./relation.ts";
import { scanQuery } from "./scan-query.ts";
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
  const expected = before === "" ? "one SELECT" : "one condition";
  const refuse = (found: string): never => {
    throw new QueryError(`must be ${expected}, got ${found}:\n\n${query.slice(0, 2000)}`, query);
  };
  const { end } = scanQuery(query);
  if (end === 0) refuse("nothing");
  const own = { text: query, origin: { query, offset: 0 } };
  const count = await parseStatements(new Sql([{ text: before }, own]));
  if (count !== 1) refuse(`${count} statements`);
  // What is whole by itself but not between brackets is a statement of another kind.
  const bracketed = new Sql([{ text: `FROM (${query.slice(0, end)}\n)` }]);
  if (before === "" && !(await parses(bracketed))) refuse("another statement");
}

async function parses(query: Sql): Promise<boolean> {
  try {
    return (await parseStatements(query)) === 1;
  } catch {
    return false;
  }
}
