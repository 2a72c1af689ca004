import { types } from "node:util";

import { ArgumentError } from "./errors.ts";

/**
 * See that an argument which stands by itself is a list.
 *
 * @throws {ArgumentError} it is anything else; a promise or a table are common
 */
export function checkList(parameter: string, expected: string, value: unknown): void {
  if (!Array.isArray(value) && !ArrayBuffer.isView(value))
    throw new ArgumentError(parameter, expected, value);
}

/** @throws {ArgumentError} no text, or an empty one */
export function checkText(parameter: string, expected: string, value: unknown): void {
  if (typeof value !== "string" || value === "") throw new ArgumentError(parameter, expected, value);
}

/** @throws {ArgumentError} no object with fields, such as a list, a text, a promise or nothing */
export function checkRecord(parameter: string, expected: string, value: unknown): void {
  if (value === null || typeof value !== "object" || Array.isArray(value) || types.isPromise(value))
    throw new ArgumentError(parameter, expected, value);
}

/** @throws {ArgumentError} neither a path nor a list of paths */
export function checkPathList(parameter: string, value: unknown): void {
  checkTextList(parameter, "a path or a list of paths", value);
}

/** @throws {ArgumentError} neither a text nor a list of texts, or an empty one among them */
export function checkTextList(parameter: string, expected: string, value: unknown): void {
  const texts: unknown = typeof value === "string" ? [value] : value;
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === "string" && text !== ""))
    throw new ArgumentError(parameter, expected, value);
}

/** @throws {ArgumentError} no text; an empty one is one */
export function checkString(parameter: string, expected: string, value: unknown): void {
  if (typeof value !== "string") throw new ArgumentError(parameter, expected, value);
}

/** @throws {ArgumentError} no object, or one without one of these fields */
export function checkFields(
  parameter: string,
  expected: string,
  value: unknown,
  fields: readonly string[],
): void {
  checkRecord(parameter, expected, value);
  if (fields.some((field) => (value as Record<string, unknown>)[field] === undefined))
    throw new ArgumentError(parameter, expected, value);
}

/** @throws {ArgumentError} nothing that `for await` walks over; a text, which holds letters alone, is none */
export function checkIterable(parameter: string, expected: string, value: unknown): void {
  const isWalked =
    typeof value === "object" &&
    value !== null &&
    (Symbol.iterator in value || Symbol.asyncIterator in value);
  if (!isWalked) throw new ArgumentError(parameter, expected, value);
}
