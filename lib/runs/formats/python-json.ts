import { DataError } from "../../core/errors.ts";

/**
 * JSON as Python writes it, where NaN and infinities stand bare.
 *
 * @throws {DataError} it is no JSON
 *
 * @example
 * parsePythonJson('{"loss": NaN, "note": "NaN"}', "log.json") //=> { loss: NaN, note: "NaN" }
 */
export function parsePythonJson(text: string, path: string, row?: number): unknown {
  const marked = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/gu, (token) =>
    token.startsWith('"') ? token : `"${marker}${token}"`,
  );
  try {
    return JSON.parse(marked, (_key, value: unknown) =>
      typeof value === "string" && value.startsWith(marker) ? Number(value.slice(marker.length)) : value,
    );
  } catch (error) {
    const place = row === undefined ? path : `${path}, line ${row}`;
    throw new DataError(`${place} is not JSON: ${(error as Error).message}`, { path, row }, { cause: error });
  }
}

/** No text of JSON can hold it unescaped. */
const marker = "\uE000number:";

/** An object, not a list and not null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A number as logs write it: `nan`, `inf` and their like are numbers, other words are undefined.
 *
 * @example
 * ["-1.5E-04", "nan", "-inf", "n/a"].map(parseNumber) //=> [-0.00015, NaN, -Infinity, undefined]
 */
export function parseNumber(text: string): number | undefined {
  if (/^[-+]?nan$/iu.test(text)) return NaN;
  if (/^\+?inf(?:inity)?$/iu.test(text)) return Infinity;
  if (/^-inf(?:inity)?$/iu.test(text)) return -Infinity;
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/iu.test(text) ? Number(text) : undefined;
}
