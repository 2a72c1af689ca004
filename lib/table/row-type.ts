import type { Column } from "./relation.ts";

/** A value's method by which the kernel asks for its TypeScript type when its cell has ended. */
export const TYPE = Symbol.for("Jupyter.type");

export interface RowTypeOptions {
  /** An ENUM of more values than this is a string. @default 20 */
  readonly maximumEnumValues?: number;
}

/** A wider table's rows are not worth the time that checking every cell against them takes. */
const maximumColumns = 1_000;

/**
 * The TypeScript type of a row, with the values that {@link converterFor} makes; every column may be null.
 *
 * @returns undefined for more than 1,000 columns
 * @example
 * rowType([{ name: "pmid", type: "VARCHAR" }, { name: "scores", type: "DOUBLE[]" }])
 * //=> '{ "pmid": string | null; "scores": (number | null)[] | null }'
 */
export function rowType(columns: readonly Column[], options: RowTypeOptions = {}): string | undefined {
  if (columns.length > maximumColumns) return undefined;
  return objectType(
    columns.map(({ name, type }) => [name, type]),
    options,
  );
}

/**
 * The TypeScript type of the values of an SQL type as DuckDB writes it, without null.
 *
 * @example
 * valueType('STRUCT("first name" VARCHAR, born DATE)') //=> '{ "first name": string | null; "born": string | null }'
 */
export function valueType(sqlType: string, options: RowTypeOptions = {}): string {
  const { maximumEnumValues = 20 } = options;
  const type = sqlType.trim();
  const list = /^(.*)\[\d*\]$/su.exec(type);
  if (list !== null) return `(${valueType(list[1]!, options)} | null)[]`;
  const call = /^([A-Z_]+)\((.*)\)$/su.exec(type);
  if (call === null) return scalarTypes.get(type) ?? "unknown";
  const [, name, inner] = call;
  const parts = splitTopLevel(inner!);
  switch (name) {
    case "STRUCT":
      return objectType(parts.map(nameAndType), options);
    case "MAP":
      return `Map<${valueType(parts[0]!, options)}, ${valueType(parts[1]!, options)} | null>`;
    case "UNION": {
      const members = parts.map((part) => valueType(nameAndType(part)[1], options));
      return `(${[...new Set(members)].join(" | ")})`;
    }
    case "DECIMAL":
      return Number(parts[0]) <= 15 ? "number" : "string";
    case "ENUM":
      return parts.length > maximumEnumValues ? "string" : `(${parts.map(stringLiteral).join(" | ")})`;
    default:
      return scalarTypes.get(name!) ?? "unknown";
  }
}

const scalarTypes = new Map<string, string>();
const sqlTypes: readonly (readonly [typescript: string, sql: string])[] = [
  ["boolean", "BOOLEAN"],
  ["number", "TINYINT SMALLINT INTEGER UTINYINT USMALLINT UINTEGER FLOAT DOUBLE"],
  ["(number | bigint)", "BIGINT UBIGINT HUGEINT UHUGEINT BIGNUM"],
  ["string", "VARCHAR UUID BIT DATE TIME TIME_NS TIMESTAMP TIMESTAMP_S TIMESTAMP_MS TIMESTAMP_NS"],
  ["Uint8Array", "BLOB GEOMETRY"],
  ["{ months: number; days: number; microseconds: number | bigint }", "INTERVAL"],
  // What it holds is known row by row.
  ["any", "JSON VARIANT"],
  ["null", '"NULL"'],
];
for (const [typescript, names] of sqlTypes) {
  for (const name of names.split(" ")) scalarTypes.set(name, typescript);
}
scalarTypes.set("TIMESTAMP WITH TIME ZONE", "string").set("TIME WITH TIME ZONE", "string");

function objectType(
  fields: readonly (readonly [name: string, type: string])[],
  options: RowTypeOptions,
): string {
  if (fields.length === 0) return "{}";
  const members = fields.map(([name, type]) => {
    const value = valueType(type, options);
    return `${JSON.stringify(name)}: ${value === "null" || value === "any" ? value : `${value} | null`}`;
  });
  return `{ ${members.join("; ")} }`;
}

/** `"first name" VARCHAR` or `born DATE`. */
function nameAndType(field: string): readonly [name: string, type: string] {
  const quoted = /^"((?:[^"]|"")*)"\s+(.*)$/su.exec(field);
  if (quoted !== null) return [quoted[1]!.replaceAll('""', '"'), quoted[2]!];
  const space = field.indexOf(" ");
  return [field.slice(0, space), field.slice(space + 1)];
}

function stringLiteral(sqlText: string): string {
  return JSON.stringify(sqlText.slice(1, -1).replaceAll("''", "'"));
}

/** Split at commas that stand in no brackets and no quotes. */
function splitTopLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = "";
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (quote !== "") {
      // A doubled quote closes and opens again.
      if (character === quote) quote = "";
    } else if (character === '"' || character === "'") quote = character;
    else if (character === "(") depth++;
    else if (character === ")") depth--;
    else if (character === "," && depth === 0) {
      parts.push(text.slice(start, index).trim());
      start = index + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}
