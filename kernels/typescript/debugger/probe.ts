import path from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

import { type Bundle, displayContent } from "../host/bundle.ts";
import { DISPLAY } from "../host/host.ts";
import { preview } from "../host/preview.ts";
import { allCells, type Cell, findCell } from "../session/cells.ts";
import { moduleCellSource } from "../session/module-cells.ts";
import { isTransformed as isTransformedUrl } from "../session/module-hooks.ts";
import type { Session } from "../session/session.ts";
import { type CodeOrigin, originOfCell, originOfModule } from "../session/source-position.ts";
import { PROBE } from "./names.ts";

// What the debugger's thread asks of the thread that runs cells. The inspector makes the calls, in the middle of
// whatever that thread does and also while it is paused: each ends at once and waits for nothing.

let notebook: Session | undefined;

/** Let a debugger, which may come at any time, find the notebook and this module. */
export async function openToDebugger(session: Session): Promise<void> {
  notebook = session;
  const value = await import("./probe.ts");
  Object.defineProperty(globalThis, Symbol.for(PROBE), { value, configurable: true });
}

/**
 * Whether code can be rewritten; if not, that is brought about in a moment.
 *
 * What loads modules must not be called by the inspector: this thread may just be loading the same ones, and would
 * wait for itself.
 */
export function prepare(): boolean {
  const session = notebook!;
  if (!session.isPrepared) setImmediate(() => session.prepare());
  return session.isPrepared;
}

/** What is known of code that was made from a cell or a local module. */
export interface CodeOfUser {
  readonly origin: CodeOrigin;
  /** The source as it was when it was made. */
  readonly source: string;
  /** Whether a cell holds the source, not a file. */
  readonly isCell: boolean;
  /** What people call it, where that is not its path. */
  readonly label?: string;
  /** The cell's helpers, which no name of the user begins with. */
  readonly prefix?: string;
  /** Names that are variables of the notebook, also where the cell's own function has them. */
  readonly declarations?: readonly string[];
}

/** Sources of all cells that have run, by the path that the engine knows. */
export function cellSources(): Record<string, string> {
  return Object.fromEntries(allCells().map((cell) => [cell.path, cell.source]));
}

/** How the code at a URL was made; null where it is the file as it stands. */
export function codeOfUser(url: string): CodeOfUser | null {
  const filePath = fileURLToPath(url.replace(/\?.*$/, ""));
  if (filePath === trial?.file) return trial.code;
  const cell = findCell(filePath);
  if (cell !== undefined) return codeOfCell(cell);
  const origin = originOfModule(url) ?? originOfModule(filePath);
  if (origin === undefined) return null;
  const isCell = moduleCellSource(filePath) !== undefined;
  const { source } = origin;
  return isCell ? { origin, source, isCell, label: path.basename(filePath) } : { origin, source, isCell };
}

function codeOfCell(cell: Pick<Cell, "label" | "source" | "rewritten">): CodeOfUser {
  const { label, source, rewritten } = cell;
  const { prefix, declarations } = rewritten!;
  const names = [...declarations.keys()];
  return { origin: originOfCell(cell)!, source, isCell: true, label, prefix, declarations: names };
}

/** Whether a file is not run as it stands, so that its places must be mapped once it is loaded. */
export function isTransformed(url: string): boolean {
  return isTransformedUrl(url);
}

/** The cell that was compiled last; its function is kept, or the engine might forget it before it is asked. */
let trial: { readonly file: string; readonly code: CodeOfUser; readonly run: unknown } | undefined;
let trialCount = 0;

/**
 * Compile a cell that has not run, so that the engine can say where it could stop in it.
 *
 * @returns the path that the engine knows it by
 * @throws SyntaxError for a cell that is not valid TypeScript
 */
export function compileCell(source: string): string {
  const rewritten = notebook!.rewrite(source);
  const file = path.resolve(`<cell-not-run-${++trialCount}>.ts`);
  // The engine tells of code when it runs: what runs here makes the cell's function and does not call it.
  const run: unknown = vm.runInThisContext(rewritten.code, { filename: file });
  trial = { file, code: codeOfCell({ label: "Cell", source, rewritten }), run };
  return file;
}

/** The notebook's variables as properties of one object. */
export function variables(): Record<string, unknown> {
  const found = Object.create(null) as Record<string, unknown>;
  for (const { name, value } of notebook!.variables()) found[name] = value;
  return found;
}

let latest: readonly unknown[] = [];

/**
 * Code that gives the value of TypeScript code, for a place in the program where `locals` can be used: a function of
 * the parameters.
 *
 * @throws SyntaxError for code that is not valid, and for `await`, which cannot be waited for
 */
export function evaluation(source: string, locals: readonly string[]): string {
  const evaluated = notebook!.rewriteAt(source, new Set(locals));
  latest = evaluated.parameters;
  return evaluated.code;
}

/** Parameters for the code that was made last. */
export function parameters(): readonly unknown[] {
  return latest;
}

/** The forms of a value that can be shown without waiting. */
export function display(value: unknown): Bundle {
  const method: unknown =
    typeof value === "object" && value !== null ? (Reflect.get(value, DISPLAY) as unknown) : undefined;
  const shown: unknown = typeof method === "function" ? Reflect.apply(method, value, []) : undefined;
  const isBundle = typeof shown === "object" && shown !== null && !(shown instanceof Promise);
  return isBundle ? displayContent(shown as Bundle).data : { "text/plain": preview(value) };
}

/** Make a value a variable of the notebook. */
export function setVariable(name: string, value: unknown): void {
  notebook!.setVariable(name, value);
}
