import type { Debugger } from "node:inspector";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { MAPPED_CODE, PositionMap, type SourcePosition } from "../session/source-position.ts";
import type { MainThread } from "./main-thread.ts";
import type { CodeOfUser } from "./probe.ts";
import { CELL_NOT_RUN } from "./names.ts";
import { cellPath } from "./source-paths.ts";

/** A place where the engine can stop, and the place in the source that it stands for. */
export interface StopPlace {
  readonly location: Debugger.Location;
  readonly source: SourcePosition;
}

/** Folder of the kernel's own code. */
export const kernelDirectory = path.dirname(path.dirname(fileURLToPath(import.meta.url))) + path.sep;

/** A piece of code that the engine has compiled. */
export class Script {
  readonly id: string;
  readonly url: string;
  /** Whether the code was made from a cell or a local module, so that its places must be mapped. */
  readonly isMapped: boolean;
  readonly isKernel: boolean;
  /** Whether users have nothing to do with it: code of Node, of the kernel, and what has no name. */
  readonly isHidden: boolean;
  readonly #main: MainThread;
  #code: Promise<CodeOfUser | null> | undefined;
  #map: PositionMap | undefined;
  #places: Promise<StopPlace[]> | undefined;

  constructor(main: MainThread, { scriptId, url, sourceMapURL }: Debugger.ScriptParsedEventDataType) {
    this.#main = main;
    this.id = scriptId;
    this.url = url;
    const saysMapped = sourceMapURL !== undefined && MAPPED_CODE.endsWith(`=${sourceMapURL}`);
    const isFile = url.startsWith("file:");
    this.isMapped = saysMapped || (isFile && CELL_NOT_RUN.test(this.file));
    this.isKernel = isFile && !this.isMapped && this.file.startsWith(kernelDirectory);
    this.isHidden = !isFile || this.isKernel;
  }

  /** The path that the engine knows it by. */
  get file(): string {
    return fileURLToPath(this.url.replace(/\?.*$/, ""));
  }

  /** What is known of mapped code; null for a file that runs as it stands. */
  async code(): Promise<CodeOfUser | null> {
    this.#code ??= this.isMapped ? this.#main.ask("codeOfUser", this.url) : Promise.resolve(null);
    return await this.#code;
  }

  /** The path by which front ends know its source. */
  async sourcePath(): Promise<string> {
    const code = await this.code();
    return code?.isCell === true ? cellPath(code.source) : this.file;
  }

  /** What people call it. */
  async label(): Promise<string> {
    return (await this.code())?.label ?? path.basename(this.file);
  }

  /** The source as it was written. */
  async source(): Promise<string> {
    return (await this.code())?.source ?? (await readFile(this.file, "utf8"));
  }

  /** Whether its source is still what it was: a file may have been edited since it was loaded. */
  async isCurrent(): Promise<boolean> {
    const code = await this.code();
    if (code === null || code.isCell) return true;
    return (await readFile(this.file, "utf8").catch(() => undefined)) === code.source;
  }

  /** The place in the source; undefined for code that the user did not write. */
  async original({ lineNumber, columnNumber = 0 }: Debugger.Location): Promise<SourcePosition | undefined> {
    const position = { line: lineNumber + 1, column: columnNumber + 1 };
    const code = await this.code();
    if (code === null) return position;
    this.#map ??= new PositionMap(code.origin);
    return this.#map.original(position);
  }

  /** All places of mapped code where the engine can stop. */
  async places(): Promise<StopPlace[]> {
    this.#places ??= this.placesFrom(0);
    return await this.#places;
  }

  /** Places from a line of the code on, counted from 0. */
  async placesFrom(lineNumber: number, lineCount = Number.POSITIVE_INFINITY): Promise<StopPlace[]> {
    const { locations } = await this.#main.post<Debugger.GetPossibleBreakpointsReturnType>(
      "Debugger.getPossibleBreakpoints",
      {
        start: { scriptId: this.id, lineNumber, columnNumber: 0 },
        ...(Number.isFinite(lineCount) && {
          end: { scriptId: this.id, lineNumber: lineNumber + lineCount, columnNumber: 0 },
        }),
      },
    );
    const places: StopPlace[] = [];
    for (const location of locations) {
      const source = await this.original(location);
      if (source !== undefined) places.push({ location, source });
    }
    return places;
  }
}

/** The first place at a line of the source, or at the next line that has one. */
export function placeAtLine(places: readonly StopPlace[], line: number): StopPlace | undefined {
  let best: StopPlace | undefined;
  for (const place of places) {
    if (place.source.line < line) continue;
    const isEarlier =
      best === undefined ||
      place.source.line < best.source.line ||
      (place.source.line === best.source.line && place.source.column < best.source.column);
    if (isEarlier) best = place;
  }
  return best;
}
