import { statSync } from "node:fs";
import path from "node:path";
import type { IScriptSnapshot } from "typescript6";
import { ts } from "./typescript.ts";

/** Files that exist for the language service alone, before those on the disk. */
export class VirtualFiles {
  readonly #files = new Map<string, { text: string; version: number }>();
  /** Of files of packages; undefined: there is none. */
  readonly #packageSnapshots = new Map<string, IScriptSnapshot | undefined>();
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

  /** Changes when the text changes. */
  version(filePath: string): string {
    const file = this.#files.get(filePath);
    if (file !== undefined) return String(file.version);
    if (isOfPackage(filePath)) return "package";
    const { mtimeMs, size } = statSync(filePath, { throwIfNoEntry: false }) ?? {};
    return `${mtimeMs} ${size}`;
  }

  /** The text that the compiler parses; that of a package's file is read when it is asked for, not kept. */
  snapshot(filePath: string): IScriptSnapshot | undefined {
    if (!isOfPackage(filePath)) {
      const text = this.read(filePath);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    }
    if (!this.#packageSnapshots.has(filePath)) {
      const exists = ts.sys.fileExists(filePath);
      this.#packageSnapshots.set(filePath, exists ? this.#readWhenAsked(filePath) : undefined);
    }
    return this.#packageSnapshots.get(filePath);
  }

  #readWhenAsked(filePath: string): IScriptSnapshot {
    // The compiler asks for the length, then at once for the whole text.
    let text: string | undefined;
    const read = (): string => (text = this.read(filePath) ?? "");
    return {
      getText: (start, end) => {
        const part = (text ?? read()).slice(start, end);
        text = undefined;
        return part;
      },
      getLength: () => read().length,
      getChangeRange: () => undefined,
    };
  }

  read(filePath: string): string | undefined {
    const virtual = this.text(filePath);
    if (virtual !== undefined) return virtual;
    const text = ts.sys.readFile(filePath);
    return text === undefined ? undefined : withoutExtras(filePath, text);
  }
}

/** Files of packages are taken to stay as they are while the kernel runs. */
function isOfPackage(filePath: string): boolean {
  return filePath.includes("/node_modules/") || filePath.includes("/.rounds/");
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
