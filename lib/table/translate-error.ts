import { DataError, QueryError } from "../core/errors.ts";
import type { Sql } from "./sql.ts";

/** What DuckDB says of an error when asked for JSON. */
interface Refusal {
  readonly exception_type: string;
  readonly exception_message: string;
  readonly position?: string;
  readonly error_subtype?: string;
  readonly name?: string;
  readonly candidates?: string;
}

/**
 * Turn DuckDB's error into a {@link QueryError} that shows the user's query with a caret at the place, or into a
 * {@link DataError} when it is about what a file holds.
 */
export function translateError(error: unknown, query: Sql): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const refusal = readRefusal(error.message);
  const path = namedFile(refusal.exception_message);
  if (path !== undefined) return fileError(refusal.exception_message, path, error);
  if (refusal.exception_type === "Missing Extension") {
    const [reason] = refusal.exception_message.split("\n");
    const message = `${reason}. Nothing is read from the network: open a file that is on this machine`;
    return new QueryError(message, query.render().text, { cause: error });
  }
  const place = refusal.position === undefined ? undefined : query.locate(Number(refusal.position));
  const text = place?.query ?? query.userQuery ?? query.render().text;
  const lines = [`${refusal.exception_type} error: ${refusal.exception_message}`];
  if (place !== undefined) lines.push("", pointAt(place.query, place.offset));
  else if (query.userQuery !== undefined) lines.push("", query.userQuery.slice(0, 2000));
  return new QueryError(lines.join("\n"), text, { cause: error });
}

/** The file that a message of DuckDB's readers names. */
function namedFile(message: string): string | undefined {
  const named = /\b(?:in|reading|of) file (?:"([^"]+)"|'([^']+)')|^ {2}file = (.+)$/mu.exec(message);
  return named?.slice(1).find((path) => path !== undefined);
}

/** An error about what a file holds, with its line where DuckDB gives one, and without advice about DuckDB's options. */
export function fileError(message: string, path: string, cause: Error): DataError {
  const [explanation] = message.split(/\nTry (?:increasing|setting)|\n\nPossible Solution|\nPossible fixes/u);
  // DuckDB repeats the line at fault, which may be very long.
  const text = explanation!.trimEnd().replaceAll(/(.{200}).+/gu, "$1…");
  const line = /[lL]ine:? (\d+)/u.exec(text)?.[1];
  const row = line === undefined ? undefined : Number(line);
  return new DataError(text.includes(path) ? text : `${path}: ${text}`, { path, row }, { cause });
}

/** Read the JSON that stands at the end of DuckDB's message. */
export function readRefusal(message: string): Refusal {
  const start = message.indexOf('{"exception_type"');
  if (start >= 0) {
    try {
      return JSON.parse(message.slice(start)) as Refusal;
    } catch {
      // Not JSON after all: the message itself is what we have.
    }
  }
  const [, type = "Query", text = message] = /^(\w[\w ]*?) Error: ([\s\S]*)$/.exec(message) ?? [];
  return { exception_type: type, exception_message: text };
}

const windowCharacters = 100;

/** The line of a query that holds `offset`, clipped around it, with a caret below. */
export function pointAt(query: string, offset: number): string {
  const lineStart = query.lastIndexOf("\n", offset - 1) + 1;
  const lineEnd = query.indexOf("\n", offset);
  const line = query.slice(lineStart, lineEnd < 0 ? undefined : lineEnd);
  const column = offset - lineStart;
  const from = Math.max(0, column - windowCharacters / 2);
  const clipped = `${from > 0 ? "…" : ""}${line.slice(from, from + windowCharacters)}`;
  const caret = " ".repeat(column - from + (from > 0 ? 1 : 0));
  const lineNumber = query.slice(0, lineStart).split("\n").length;
  const label = query.includes("\n") ? `line ${lineNumber}: ` : "";
  return `${label}${clipped.replaceAll("\t", " ")}\n${" ".repeat(label.length)}${caret}^`;
}
