import { createRequire } from "node:module";
import type { Node } from "oxc-parser";

const require = createRequire(import.meta.url);

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Tells of places in code whether an exception there goes to a `catch` of the same function. */
export class CatchBlocks {
  readonly #lineStarts: readonly number[];
  readonly #functions: Range[] = [];
  readonly #tries: Range[] = [];

  constructor(code: string) {
    const lineEnds = code.matchAll(/\r\n|[\n\r\u2028\u2029]/g);
    this.#lineStarts = [0, ...[...lineEnds].map((end) => end.index + end[0].length)];
    if (!code.includes("catch")) return;
    const { parseSync } = require("oxc-parser") as typeof import("oxc-parser");
    this.#visit(parseSync("code.js", code, { lang: "js", sourceType: "unambiguous" }).program);
  }

  /** Whether a `try` with a `catch` stands around the place, which is counted from 0. */
  covers({
    lineNumber,
    columnNumber = 0,
  }: {
    lineNumber: number;
    columnNumber?: number | undefined;
  }): boolean {
    const offset = (this.#lineStarts[lineNumber] ?? 0) + columnNumber;
    const contains = ({ start, end }: Range): boolean => start <= offset && offset < end;
    // The innermost function is the last to begin.
    const start = Math.max(0, ...this.#functions.filter(contains).map((range) => range.start));
    return this.#tries.some((range) => contains(range) && range.start >= start);
  }

  #visit(node: Node): void {
    if (node.type === "TryStatement" && node.handler) this.#tries.push(node.block);
    if (/Function(Expression|Declaration)$/.test(node.type)) this.#functions.push(node);
    const { visitorKeys } = require("oxc-parser") as typeof import("oxc-parser");
    for (const key of visitorKeys[node.type] ?? []) {
      const child = Reflect.get(node, key) as Node | (Node | null)[] | null | undefined;
      if (Array.isArray(child)) {
        for (const element of child) if (element) this.#visit(element);
      } else if (child) this.#visit(child);
    }
  }
}
