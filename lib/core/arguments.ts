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

/** @throws {ArgumentError} no object with fields, such as a list, a text or nothing */
export function checkRecord(parameter: string, expected: string, value: unknown): void {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new ArgumentError(parameter, expected, value);
}

/** @throws {ArgumentError} neither a path nor a list of paths */
export function checkPathList(parameter: string, value: unknown): void {
  const paths: unknown = typeof value === "string" ? [value] : value;
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === "string" && path !== ""))
    throw new ArgumentError(parameter, "a path or a list of paths", value);
}
