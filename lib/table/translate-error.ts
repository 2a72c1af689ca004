import { DataError, QueryError } from "../core/errors.ts";
import type { Sql } from "./sql.ts";

/** What DuckDB says of an error when asked for JSON. */
export interface Refusal {
  readonly exception_type: string;
  readonly exception_message: string;
  readonly position?: string;
  readonly error_subtype?: string;
  readonly name?: string;
  readonly candidates?: string;
}

/** DuckDB's own words for errors of ours, and the part of our message that is the user's query. */
const refusals = new WeakMap<Error, { readonly refusal: Refusal; readonly place: string }>();

/** What DuckDB itself said, for an error that {@link translateError} made. */
export function refusalOf(error: unknown): { refusal: Refusal; place: string } | undefined {
  return error instanceof Error ? refusals.get(error) : undefined;
}

/** Give an error DuckDB's own words, which its message tells in better ones. */
export function withRefusal<E extends Error>(error: E, refusal: Refusal, place = ""): E {
  refusals.set(error, { refusal, place });
  return error;
}

/**
 * Turn DuckDB's error into a {@link QueryError} that shows the user's query with a caret at the place, or into a
 * {@link DataError} when it is about what a file holds.
 */
export function translateError(error: unknown, query: Sql): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const refusal = readRefusal(error.message);
  const path = namedFile(refusal.exception_message);
  if (path !== undefined) return fileError(refusal, path);
  if (refusal.exception_type === "Missing Extension") {
    const [reason] = refusal.exception_message.split("\n");
    const message = `${reason}. Nothing is read from the network: open a file that is on this machine`;
    return withRefusal(new QueryError(message, query.render().text), refusal);
  }
  const place = refusal.position === undefined ? undefined : query.locate(Number(refusal.position));
  const text = place?.query ?? query.userQuery ?? query.render().text;
  const shown = place === undefined ? query.userQuery?.slice(0, 2000) : pointAt(place.query, place.offset);
  const placeText = shown === undefined ? "" : `\n\n${shown}`;
  const message = `${refusal.exception_type} error: ${explanationOf(refusal)}${placeText}`;
  return withRefusal(new QueryError(message, text), refusal, placeText);
}

/** DuckDB's words, with advice for this library in place of that for DuckDB's own settings. */
function explanationOf({ exception_type: type, exception_message: message }: Refusal): string {
  if (type !== "Out of Memory") return message;
  const problem = message.split("\n")[0]!.replace(/\.+$/u, "");
  return `${problem}. Ask for less at once, or raise the limit: await configureEngine({ memoryLimitBytes: 8e9 })`;
}

/** The file that a message of DuckDB's readers names. */
function namedFile(message: string): string | undefined {
  const named = /\b(?:in|reading|of) file (?:"([^"]+)"|'([^']+)')|^ {2}file = (.+)$/mu.exec(message);
  return named?.slice(1).find((path) => path !== undefined);
}

/** An error about what a file holds, with its line where DuckDB gives one, and without advice about DuckDB's options. */
export function fileError(refusal: Refusal, path: string): DataError {
  const [explanation] = refusal.exception_message.split(
    /\nTry (?:increasing|setting)|\n+Possible (?:solution|fixes)|\n+Column .* is being converted/iu,
  );
  // DuckDB repeats the line at fault, which may be very long.
  const text = explanation!.trimEnd().replaceAll(/(.{200}).+/gu, "$1…");
  const line = /[lL]ine:? (\d+)/u.exec(text)?.[1];
  const row = line === undefined ? undefined : Number(line);
  return withRefusal(new DataError(text.includes(path) ? text : `${path}: ${text}`, { path, row }), refusal);
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
