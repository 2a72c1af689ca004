import type { Debugger } from "node:inspector";
import { sep } from "node:path";

import type { MainThread } from "./main-thread.ts";
import { Script } from "./script.ts";
import { cellPath } from "./source-paths.ts";

/** The code that the engine has compiled, and the sources of cells that front ends have told of. */
export class Scripts {
  readonly #main: MainThread;
  readonly #scripts = new Map<string, Script>();
  /** Scripts of files as the engine knows them, the latest last. */
  readonly #byFile = new Map<string, Script[]>();
  /** Files of the cells that have run, by the path that front ends know. */
  readonly #cellFiles = new Map<string, string[]>();

  constructor(main: MainThread) {
    this.#main = main;
  }

  /** Note that the engine has compiled a script. */
  parsed(event: Debugger.ScriptParsedEventDataType): Script {
    const script = new Script(this.#main, event);
    this.#scripts.set(script.id, script);
    if (!script.isHidden) addTo(this.#byFile, script.file, script);
    return script;
  }

  get(id: string): Script | undefined {
    return this.#scripts.get(id);
  }

  /** All that was compiled under a path of the engine's. */
  ofFile(file: string): readonly Script[] {
    return this.#byFile.get(file) ?? [];
  }

  /** Learn of the cells that ran before the debugger came. */
  async learnCells(): Promise<void> {
    const sources = await this.#main.ask("cellSources");
    for (const [file, source] of Object.entries(sources)) this.#learnCell(file, source);
  }

  /** Learn what a script was made from, before it runs. */
  async learn(script: Script): Promise<void> {
    const code = await script.code();
    if (code?.isCell === true) this.#learnCell(script.file, code.source);
  }

  /** All that was compiled from a source, under its path as front ends know it. */
  ofSource(path: string): Script[] {
    const files = this.#cellFiles.get(path) ?? [path];
    return files.flatMap((file) => this.ofFile(file));
  }

  /** Files that are loaded, without those of packages. */
  *files(): Generator<Script> {
    for (const [file, scripts] of this.#byFile) {
      const isFile = !file.includes(`${sep}node_modules${sep}`) && !/<cell-[^>]*>\.ts$/.test(file);
      if (isFile) yield scripts.at(-1)!;
    }
  }

  #learnCell(file: string, source: string): void {
    const path = cellPath(source);
    if (!this.#cellFiles.get(path)?.includes(file)) addTo(this.#cellFiles, path, file);
  }
}

function addTo<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
