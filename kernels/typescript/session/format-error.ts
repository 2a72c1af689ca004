import { inspect, types } from "node:util";

import { CellSyntaxError } from "./cell-syntax-error.ts";
import { codeFrame, lineAndColumn } from "./code-frame.ts";
import { findCell } from "./cells.ts";
import { errorHint, type HintScope } from "./error-hint.ts";
import { placeInCell } from "./stack-trace.ts";

/** An error as the Jupyter protocol carries it. */
export interface FormattedError {
  readonly ename: string;
  readonly evalue: string;
  /** Lines: the error, the failing line of the cell, the calls that led there, then the causes. */
  readonly traceback: string[];
}

const maximumCharacters = 20_000;
const maximumNested = 10;
const maximumErrors = 20;
/** Rounds, the packages and the language's own functions, not the notebook's files. */
const libraryFrame = new RegExp(
  `${RegExp.escape(new URL("../../../lib/", import.meta.url).href)}|/node_modules/|\\(<anonymous>\\)$`,
);
const languageErrors = /^(?:Aggregate|Eval|Range|Reference|Syntax|Type|URI)?Error$/;
const importerInMessage = / imported from (.+<cell-\d+>\.ts)$/;

/**
 * What to show of anything that was thrown.
 *
 * Places are in the user's own source; frames of Node's internals are left out, and those of a library whose own
 * kind of error it is, unless there are no others: thrown on purpose, it says itself what to do. An error that cannot
 * even be described (its properties throw) is shown by its type.
 *
 * @param scope the notebook, for a last line that says what to do about a common mistake
 */
export function formatError(error: unknown, scope?: HintScope): FormattedError {
  try {
    const lines: string[] = [];
    addError(error, lines, { indent: "", seen: new Set() });
    const hint = scope && isError(error) ? errorHint(error, scope) : undefined;
    if (hint !== undefined) lines.push(`tip: ${hint}`);
    return { ename: nameOf(error), evalue: messageOf(error), traceback: lines };
  } catch {
    const evalue = "an error that cannot be shown: reading its properties throws";
    return { ename: "Error", evalue, traceback: [`Error: ${evalue}`] };
  }
}

interface Nesting {
  readonly indent: string;
  readonly seen: Set<unknown>;
}

function addError(error: unknown, lines: string[], { indent, seen }: Nesting): void {
  const add = (text: string): void => {
    for (const line of text.split("\n")) lines.push(indent + line);
  };
  const message = messageOf(error);
  add(message === "" ? nameOf(error) : `${nameOf(error)}: ${message}`);
  if (!isError(error)) return;
  seen.add(error);

  if (error instanceof CellSyntaxError) {
    const position = lineAndColumn(error.source, error.start);
    add(codeFrame(error.source, error.fileName, { ...position, width: error.end - error.start }));
  } else {
    const line = failingLine(error);
    if (line !== undefined) add(line);
    for (const frame of framesOf(error)) add(frame);
  }
  const details = detailsOf(error);
  if (details) add(details);

  const nested: [string, unknown][] = [];
  if (Object.hasOwn(error, "cause")) nested.push(["cause", error.cause]);
  if (error instanceof AggregateError) {
    nested.push(...[...error.errors].map((item, index): [string, unknown] => [`errors[${index}]`, item]));
  }
  for (const [label, item] of nested.slice(0, maximumNested)) {
    add(`[${label}]:`);
    if (seen.has(item)) add("  (shown above)");
    else if (seen.size > maximumErrors) add("  ...");
    else addError(item, lines, { indent: `${indent}  `, seen });
  }
  if (nested.length > maximumNested) add(`... ${nested.length - maximumNested} more`);
}

function isError(error: unknown): error is Error {
  return error instanceof Error || types.isNativeError(error);
}

function nameOf(error: unknown): string {
  if (!isError(error)) return "Thrown";
  return String(error.name) || error.constructor.name;
}

function messageOf(error: unknown): string {
  const text = isError(error)
    ? withOwnNames(withLabels(String(error.message)), error)
    : typeof error === "string"
      ? error
      : inspect(error, { depth: 2, maxStringLength: maximumCharacters });
  if (text.length <= maximumCharacters) return text;
  return `${text.slice(0, maximumCharacters)}… (${text.length} characters)`;
}

function framesOf(error: Error): string[] {
  const { stack } = error;
  if (typeof stack !== "string") return [];
  const frames = stack
    .split("\n")
    .filter((line) => /^ {4}at /.test(line) && !/node:[^\s()]+:\d+:\d+\)?$/.test(line));
  // What came by no line of the user's has nothing else to say where it comes from.
  const own = frames.filter((line) => !libraryFrame.test(line));
  return isOfLanguage(error) || own.length === 0 ? frames : own;
}

/** One without a class that has a name, as one without a prototype, counts as the language's. */
function isOfLanguage(error: Error): boolean {
  const { constructor } = error as { readonly constructor?: { readonly name?: unknown } | null };
  const name = constructor?.name;
  return typeof name !== "string" || languageErrors.test(name);
}

/** A use of a notebook's variable as the rewriter writes it, called without a `this` or not. */
const rewrittenName = /\(0\s*,\s*\$\$([\w$]+)\.value\)|(?<![\w$])\$\$([\w$]+)\.value\b/g;

/** A type error quotes the code that ran; the user wrote the names alone. */
function withOwnNames(message: string, error: Error): string {
  if (error.name !== "TypeError") return message;
  return message.replace(rewrittenName, (_, called?: string, used?: string) => called ?? used!);
}

/** Node names the importing file; for a cell, that is its label. */
function withLabels(message: string): string {
  return message.replace(
    importerInMessage,
    (_, filePath: string) => ` imported from ${findCell(filePath)?.label ?? filePath}`,
  );
}

/** The line of the cell that failed. */
function failingLine(error: Error): string | undefined {
  const place = placeInCell(error);
  if (place?.position) return codeFrame(place.cell.source, place.cell.label, place.position);
  // Imports run before the cell's first line; the one that failed is found by the module's name.
  const importer = importerInMessage.exec(error.message)?.[1];
  const cell = place?.cell ?? (importer === undefined ? undefined : findCell(importer));
  for (const match of cell?.source.matchAll(/(["'])([^"'\n]+)\1/g) ?? []) {
    const [quoted, , specifier = ""] = match;
    const name = specifier.replace(/^\.*\//, "");
    if (!error.message.includes(quoted) && !error.message.includes(name)) continue;
    if (cell) return codeFrame(cell.source, cell.label, lineAndColumn(cell.source, match.index));
  }
  return undefined;
}

/** Properties that libraries add, codes, paths, positions, where the message does not say them already. */
function detailsOf(error: Error): string | undefined {
  const shown = Object.entries(error).filter(
    ([key, value]) =>
      !["name", "message", "stack", "cause", "errors"].includes(key) &&
      value !== undefined &&
      !saysAlready(error.message, value),
  );
  if (shown.length === 0 || error instanceof CellSyntaxError) return undefined;
  return inspect(Object.fromEntries(shown), { depth: 1, maxStringLength: 200, maxArrayLength: 5 });
}

function saysAlready(message: string, value: unknown): boolean {
  if (typeof value === "number") return message.split(/[^\w.-]+/).includes(String(value));
  return typeof value === "string" && message.includes(value);
}
