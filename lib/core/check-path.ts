import { ArgumentError } from "./errors.ts";

/** @throws {ArgumentError} no path; Node's own error would quote what came instead, which may be a document */
export function checkPath(parameter: string, path: unknown): void {
  if (typeof path !== "string" || path === "") throw new ArgumentError(parameter, "the path of a file", path);
}
