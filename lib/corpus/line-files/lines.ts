import { readSync } from "node:fs";
import { DataError } from "../../core/errors.ts";

const newline = 10;
const carriageReturn = 13;

/** Bytes of a file that one task reads: the lines that begin in [start, end). */
export interface FileRange {
  /** Position in the list of inputs. */
  readonly file: number;
  readonly start: number;
  readonly end: number;
}

/** A line without its newline, and where it begins. */
export interface RangeLine {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** The lines that begin in a range; the last may end past it. The bytes are overwritten when the range is done. */
export function* linesOfRange(descriptor: number, { start, end }: FileRange): Generator<RangeLine> {
  // The byte before the range tells whether a line begins with it.
  let base = Math.max(0, start - 1);
  let bytes = readBytes(descriptor, base, end - base);
  let lineStart = 0;
  if (start > 0) {
    lineStart = bytes.indexOf(newline) + 1;
    if (lineStart === 0) return;
  } else if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) lineStart = 3;
  while (base + lineStart < end) {
    let lineEnd = bytes.indexOf(newline, lineStart);
    // Reading twice as much each time keeps the copying of a very long line linear.
    for (let length = 1 << 16; lineEnd < 0; length *= 2) {
      const rest = bytes.subarray(lineStart);
      const more = readBytes(descriptor, base + bytes.length, length);
      if (more.length === 0) {
        if (rest.length > 0) yield { offset: base + lineStart, bytes: rest };
        return;
      }
      base += lineStart;
      lineStart = 0;
      bytes = Buffer.concat([rest, more]);
      lineEnd = bytes.indexOf(newline, rest.length);
    }
    yield { offset: base + lineStart, bytes: bytes.subarray(lineStart, lineEnd) };
    lineStart = lineEnd + 1;
  }
}

/** Bytes at a place of a file; fewer where it ends. */
export function readBytes(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(descriptor, bytes, filled, length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

export function isBlank(line: Buffer): boolean {
  return line.length === 0 || (line.length === 1 && line[0] === carriageReturn);
}

export interface LineFields {
  /** Property that holds the text. */
  readonly field: string;
  /** Property that holds the identifier, a text or a whole number. */
  readonly id: string;
}

/** Why a line is no document; the words follow "line 7: ". */
export class LineProblem extends Error {}

/**
 * The text of a document's line and its identifier as JSON.
 *
 * Bytes that are not UTF-8 become U+FFFD here, which is not part of a word.
 *
 * @throws {LineProblem} the line is not a JSON object with both
 */
export function parseLine(bytes: Buffer, { field, id }: LineFields): { text: string; id: string } {
  const source = decode(bytes);
  let record: unknown;
  try {
    record = JSON.parse(source);
  } catch (error) {
    throw new LineProblem(`not JSON (${(error as Error).message.slice(0, 200)})`, { cause: error });
  }
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    throw new LineProblem(`not a JSON object: ${source.slice(0, 80)}`);
  }
  const text: unknown = property(record, field);
  if (typeof text !== "string") throw new LineProblem(wrongProperty(record, field, "a text", "--field"));
  const identifier: unknown = property(record, id);
  if (typeof identifier === "string") return { text, id: JSON.stringify(identifier) };
  if (Number.isSafeInteger(identifier)) return { text, id: String(identifier) };
  throw new LineProblem(wrongProperty(record, id, "a text or a whole number below 2^53", "--id"));
}

function decode(bytes: Buffer): string {
  try {
    return bytes.toString();
  } catch (error) {
    throw new LineProblem(`a line of ${bytes.length} bytes, more than a text can hold`, { cause: error });
  }
}

function property(record: object, name: string): unknown {
  return Object.hasOwn(record, name) ? Reflect.get(record, name) : undefined;
}

function wrongProperty(record: object, name: string, expected: string, option: string): string {
  const names = Object.keys(record).slice(0, 20).join(", ") || "none";
  if (!Object.hasOwn(record, name))
    return `no "${name}"; the properties are ${names}; ${option} names another`;
  const kind = JSON.stringify(property(record, name)).slice(0, 40);
  return `"${name}" must be ${expected}, got ${kind}`;
}

/** Number of the line, from 1, that begins at a byte of a file; for messages, since it reads all before it. */
export function lineNumberAt(descriptor: number, offset: number): number {
  let number = 1;
  for (let position = 0; position < offset; position += 1 << 20) {
    const bytes = readBytes(descriptor, position, Math.min(1 << 20, offset - position));
    for (let place = bytes.indexOf(newline); place >= 0; place = bytes.indexOf(newline, place + 1)) number++;
  }
  return number;
}

export function lineError(path: string, lineNumber: number, problem: string): DataError {
  return new DataError(`${path}, line ${lineNumber}: ${problem}`, { path, row: lineNumber });
}
