import { statSync } from "node:fs";
import path from "node:path";
import { ts } from "./typescript.ts";

/** Files that exist for the language service alone, before those on the disk. */
export class VirtualFiles {
  readonly #files = new Map<string, { text: string; version: number }>();
  #versions = 0;

  set(filePath: string, text: string): void {
    if (this.#files.get(filePath)?.text === text) return;
    this.#files.set(filePath, { text, version: ++this.#versions });
  }

  has(filePath: string): boolean {
    return this.#files.has(filePath);
  }

  text(filePath: string): string | undefined {
    return this.#files.get(filePath)?.text;
  }

  /** Changes when the text changes; packages are taken to stay as they are. */
  version(filePath: string): string {
    const file = this.#files.get(filePath);
    if (file !== undefined) return String(file.version);
    if (filePath.includes("/node_modules/") || filePath.includes("/.rounds/")) return "package";
    const { mtimeMs, size } = statSync(filePath, { throwIfNoEntry: false }) ?? {};
    return `${mtimeMs} ${size}`;
  }

  read(filePath: string): string | undefined {
    const virtual = this.text(filePath);
    if (virtual !== undefined) return virtual;
    const text = ts.sys.readFile(filePath);
    return text === undefined ? undefined : withoutExtras(filePath, text);
  }
}

/** Modules of Node that take much memory and that few notebooks use: they are read when one imports them. */
const seldomUsed = new Set(
  (
    "inspector inspector.generated inspector/promises http2 test test/reporters sqlite quic cluster repl wasi " +
    "trace_events dgram sea punycode domain"
  )
    .split(" ")
    .map((name) => `${name}.d.ts`),
);

function withoutExtras(filePath: string, text: string): string {
  const isNodeIndex = filePath.endsWith("/@types/node/index.d.ts");
  const inNode = isNodeIndex
    ? text.replaceAll(/^\/\/\/ <reference path="([^"]+)".*$/gm, (line, name: string) =>
        seldomUsed.has(path.normalize(name)) ? "" : line,
      )
    : text;
  // A notebook runs in Node. Packages that also run in browsers would bring all of a browser's types.
  return filePath.includes("/node_modules/")
    ? inNode.replaceAll(/^\/\/\/ <reference lib="(?:dom|webworker)[^"]*".*$/gm, "")
    : inNode;
}
