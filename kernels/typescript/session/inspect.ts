import { inspect as inspectValue, types } from "node:util";

import { recentCells } from "./cells.ts";
import type { NotebookScope } from "./complete.ts";
import { resolvePath } from "./complete.ts";
import type { Declaration } from "./declarations.ts";
import { findDeclaration } from "./declarations.ts";
import { isInText, pathAround } from "./expression-at.ts";
import type { Description, Inspection } from "./inspection.ts";
import { inspectionOf } from "./inspection.ts";
import type { Found } from "./live-values.ts";
import { isClass, isNative } from "./live-values.ts";

const maximumPreviewCharacters = 2_000;
const maximumSourceCharacters = 4_000;

/**
 * Describe the name at the cursor, or the function whose arguments are being written there.
 *
 * @param detailLevel 1 adds the source of a function
 */
export function inspect(
  source: string,
  cursorUtf16: number,
  detailLevel: 0 | 1,
  scope: NotebookScope,
): Inspection {
  const cursor = Math.max(0, Math.min(cursorUtf16, source.length));
  const path = isInText(source, cursor) ? undefined : pathAround(source, cursor);
  if (!path) return { found: false, data: {} };
  const value = resolvePath([...path.holders, path.name], scope);
  const declaration = path.isMember ? undefined : declarationOf(path.name, source, scope.directory);
  if (!value && !declaration) return { found: false, data: {} };
  const name = [...path.holders, path.name].join(".");
  return inspectionOf(describe(name, value, declaration, detailLevel));
}

function declarationOf(name: string, source: string, directory: string): Declaration | undefined {
  const sources = [source, ...recentCells(directory).map((cell) => cell.source)];
  for (const text of sources) {
    const declaration = findDeclaration(text, name);
    if (declaration) return declaration;
  }
  return undefined;
}

function describe(
  name: string,
  found: Found,
  declaration: Declaration | undefined,
  detailLevel: 0 | 1,
): Description {
  const value = found?.value;
  const isFunction = typeof value === "function";
  const signature = declaration?.signature ?? (isFunction ? signatureOfFunction(value as Callable) : name);
  return {
    signature,
    type: found && typeOf(value),
    documentation: declaration?.documentation,
    preview: !found
      ? undefined
      : isFunction
        ? sourceOfFunction(value as Callable, detailLevel)
        : previewOf(value),
  };
}

type Callable = (...parameters: never[]) => unknown;

/** The type of a live value in words: `Array(3)`, `class Table`, `string (5 characters)`. */
function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return `string (${value.length} characters)`;
  if (typeof value === "function") return isClass(value) ? `class ${value.name}` : "function";
  if (typeof value !== "object") return typeof value;
  if (types.isProxy(value)) return "Proxy";
  if (Array.isArray(value)) return `Array(${value.length})`;
  if (value instanceof Map || value instanceof Set) return `${value.constructor.name}(${value.size})`;
  const prototype = Object.getPrototypeOf(value) as object | null;
  const constructor = prototype && Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  return typeof constructor === "function" && constructor.name ? constructor.name : "object";
}

function previewOf(value: unknown): string {
  const text = inspectValue(value, {
    depth: 1,
    maxArrayLength: 20,
    maxStringLength: 500,
    breakLength: 100,
    customInspect: false,
    showProxy: true,
  });
  return clip(text, maximumPreviewCharacters);
}

function sourceOfFunction(value: Callable, detailLevel: 0 | 1): string | undefined {
  if (detailLevel === 0 || isNative(value)) return undefined;
  return clip(Function.prototype.toString.call(value), maximumSourceCharacters);
}

/** A function's text up to its body; of the engine's own functions only the name and number of parameters. */
function signatureOfFunction(value: Callable): string {
  const source = Function.prototype.toString.call(value);
  if (isClass(value)) return source.slice(0, source.indexOf("{")).trim();
  if (isNative(value)) {
    const parameters = Array.from({ length: value.length }, (_, index) => `argument${index + 1}`);
    return `function ${value.name}(${parameters.join(", ")})`;
  }
  let depth = 0;
  for (let index = 0; index < source.length; index++) {
    const character = source[index] ?? "";
    if (depth === 0 && index > 0 && (character === "{" || source.startsWith("=>", index))) {
      const head = withoutGaps(source.slice(0, index));
      return character === "=" ? `${value.name} = ${head} =>` : head;
    }
    if ("([{".includes(character)) depth++;
    else if (")]}".includes(character)) depth--;
  }
  return clip(source, 200);
}

const textOrGap = /(?<text>(["'`])(?:\\.|(?!\2).)*\2)|(?<=\()\s+|\s+(?=[,)])|(?<between>\s+)/gs;

/** What types left behind when they were erased, blanks; those in texts stay. */
function withoutGaps(source: string): string {
  return source.trim().replaceAll(textOrGap, (...match) => {
    const { text, between } = match.at(-1) as { text?: string; between?: string };
    return text ?? (between === undefined ? "" : " ");
  });
}

function clip(text: string, maximumCharacters: number): string {
  return text.length <= maximumCharacters ? text : `${text.slice(0, maximumCharacters)}…`;
}
