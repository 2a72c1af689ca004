import { ArgumentError } from "../core/errors.ts";
import { scanQuery } from "./scan-query.ts";

/** A value that travels beside the query's text, never inside it. */
export interface Parameter {
  readonly value: unknown;
}

/** Where a piece of text stands in what the user wrote, so that an error can point at it. */
interface Origin {
  readonly query: string;
  /** Characters of `query` before this piece. */
  readonly offset: number;
}

interface TextPiece {
  readonly text: string;
  readonly origin?: Origin;
}

type Piece = TextPiece | Parameter;

/** Values for the `?`, `$1` and `$name` of a query. */
export type QueryParameters = readonly unknown[] | Readonly<Record<string, unknown>>;

/** A query, or a part of one, with its parameters. */
export class Sql {
  readonly pieces: readonly Piece[];

  constructor(pieces: readonly Piece[]) {
    this.pieces = pieces;
  }

  /** The text that DuckDB reads, with parameters numbered `$1`, `$2`, ..., and their values in that order. */
  render(): { text: string; values: unknown[] } {
    const numbers = new Map<Parameter, number>();
    let text = "";
    for (const piece of this.pieces) {
      if ("text" in piece) {
        text += piece.text;
        continue;
      }
      // A parameter used twice keeps one number: GROUP BY compares expressions by it.
      if (!numbers.has(piece)) numbers.set(piece, numbers.size + 1);
      text += `$${numbers.get(piece)}`;
    }
    return { text, values: [...numbers.keys()].map((parameter) => parameter.value) };
  }

  /** The same query with each value written out by `write`, for an engine that is given text alone. */
  writtenOut(write: (value: unknown, index: number) => string): Sql {
    const pieces = this.pieces.map((piece, index) =>
      "text" in piece ? piece : { text: write(piece.value, index) },
    );
    return new Sql(pieces);
  }

  /** What a person wrote last, if any of it is written by one. */
  get userQuery(): string | undefined {
    return this.pieces.findLast((piece): piece is TextPiece => "origin" in piece)?.origin?.query;
  }

  /** Translate a byte offset in the rendered text to a place in the user's own query. */
  locate(byteOffset: number): Origin | undefined {
    const numbers = new Map<Parameter, number>();
    let start = 0;
    for (const piece of this.pieces) {
      let text: string;
      if ("text" in piece) text = piece.text;
      else {
        if (!numbers.has(piece)) numbers.set(piece, numbers.size + 1);
        text = `$${numbers.get(piece)}`;
      }
      const bytes = Buffer.from(text);
      if (byteOffset < start + bytes.length) {
        if (!("origin" in piece) || piece.origin === undefined) return undefined;
        const characters = bytes.subarray(0, byteOffset - start).toString().length;
        return { query: piece.origin.query, offset: piece.origin.offset + characters };
      }
      start += bytes.length;
    }
    return undefined;
  }
}

/**
 * Compose a query from trusted text, other queries and values; values become bound parameters.
 *
 * @example
 * sql`SELECT * FROM ${identifier("my table")} WHERE year > ${1999}`.render()
 * //=> { text: 'SELECT * FROM "my table" WHERE year > $1', values: [1999] }
 */
export function sql(strings: TemplateStringsArray, ...parts: readonly unknown[]): Sql {
  const pieces: Piece[] = [];
  for (const [index, text] of strings.entries()) {
    if (text !== "") pieces.push({ text });
    if (index >= parts.length) continue;
    const part = parts[index];
    if (part instanceof Sql) pieces.push(...part.pieces);
    else pieces.push({ value: part });
  }
  return new Sql(pieces);
}

/** A name of a column or table, quoted. */
export function identifier(name: string): Sql {
  return new Sql([{ text: `"${name.replaceAll('"', '""')}"` }]);
}

/** A text constant, quoted: for places where DuckDB takes no parameter, such as the options of a reader. */
export function literal(text: string): Sql {
  return new Sql([{ text: `'${text.replaceAll("'", "''")}'` }]);
}

/** Put `separator` between the parts. */
export function joinSql(parts: readonly Sql[], separator: string): Sql {
  return new Sql(
    parts.flatMap((part, index) => (index === 0 ? part.pieces : [{ text: separator }, ...part.pieces])),
  );
}

/**
 * Take a query that a person wrote, with its parameters.
 *
 * A closing semicolon is left out; whether it is one statement is for the database's own parser to say.
 *
 * @throws {@link ArgumentError} a parameter without a value, or a value without a place
 */
export function userSql(query: string, parameters: QueryParameters = []): Sql {
  if (typeof query !== "string") throw new ArgumentError("query", "a string of SQL", query);
  const { placeholders, end } = scanQuery(query);
  const bound = bindPlaceholders(placeholders, parameters);
  const pieces: Piece[] = [];
  let offset = 0;
  for (const [index, { start, end: placeholderEnd }] of placeholders.entries()) {
    pieces.push({ text: query.slice(offset, start), origin: { query, offset } }, bound[index]!);
    offset = placeholderEnd;
  }
  pieces.push({ text: query.slice(offset, end), origin: { query, offset } });
  return new Sql(pieces);
}

function bindPlaceholders(
  placeholders: readonly { readonly name: string | undefined }[],
  parameters: QueryParameters,
): Parameter[] {
  const isList = Array.isArray(parameters);
  const values = new Map<string, Parameter>(
    Object.entries(parameters).map(([key, value]) => [isList ? String(Number(key) + 1) : key, { value }]),
  );
  const unused = new Set(values.keys());
  let position = 0;
  const bound = placeholders.map(({ name }) => {
    const key = name ?? String(++position);
    const parameter = values.get(key);
    if (parameter === undefined) {
      const given = [...values.keys()].map((each) => `$${each}`).join(", ");
      throw new ArgumentError(
        `parameters`,
        `given a value for $${key} (given: ${given || "none"})`,
        parameters,
      );
    }
    unused.delete(key);
    return parameter;
  });
  if (unused.size > 0) {
    const names = [...unused].map((each) => `$${each}`).join(", ");
    throw new ArgumentError("parameters", `only values that the query uses; it has no ${names}`, parameters);
  }
  return bound;
}
