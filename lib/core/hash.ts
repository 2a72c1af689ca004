import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

import { ArgumentError } from "./errors.ts";

/**
 * SHA-256 of bytes, or of a text's UTF-8 form, as 64 lower-case hexadecimal digits.
 *
 * @example
 * sha256("") //=> "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
 */
export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** SHA-256 of a file's bytes, read in pieces; memory does not grow with the file. */
export async function sha256OfFile(path: string, options: { signal?: AbortSignal } = {}): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, ...options }))
    hash.update(chunk);
  return hash.digest("hex");
}

/**
 * The one JSON text of a value: no spaces, keys in order of their UTF-16 code units (RFC 8785).
 *
 * Properties that are `undefined` are left out, as in JSON.
 *
 * @throws {ArgumentError} what JSON would silently change: NaN, infinities, undefined in an array, bigint,
 *   functions, lone surrogates, and objects that are not plain (Date, Map, typed arrays)
 *
 * @example
 * canonicalJson({ b: 1, a: [true, null] }) //=> '{"a":[true,null],"b":1}'
 */
export function canonicalJson(value: unknown): string {
  return jsonOf(value, "value");
}

function jsonOf(value: unknown, place: string): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  if (typeof value === "string" && value.isWellFormed()) return JSON.stringify(value);
  if (Array.isArray(value)) {
    return `[${Array.from(value, (item, index) => jsonOf(item, `${place}[${index}]`)).join(",")}]`;
  }
  if (typeof value === "object" && isPlain(value)) {
    const properties = Object.entries(value)
      .filter(([, held]) => held !== undefined)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, held]) => `${jsonOf(key, `${place} key`)}:${jsonOf(held, `${place}.${key}`)}`);
    return `{${properties.join(",")}}`;
  }
  throw new ArgumentError(
    place,
    "plain JSON: a finite number, a well-formed text, a list or an object",
    value,
  );
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * SHA-256 of a value's canonical JSON: equal values give equal fingerprints, whatever the order of their keys.
 *
 * @example
 * fingerprint({ a: 1, b: 2 }) === fingerprint({ b: 2, a: 1 }) //=> true
 */
export function fingerprint(value: unknown): string {
  return sha256(canonicalJson(value));
}
