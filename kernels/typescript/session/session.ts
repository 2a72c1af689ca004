import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";

import { Binding } from "./binding.ts";
import type { BindingKind } from "./binding.ts";
import type { Cell } from "./cells.ts";
import { addCell } from "./cells.ts";
import type { Completion, NotebookScope } from "./complete.ts";
import type { FormattedError } from "./format-error.ts";
import { formatError } from "./format-error.ts";
import type { Inspection } from "./inspection.ts";
import type { Completeness } from "./is-complete.ts";
import type { Found } from "./live-values.ts";
import { readProperty } from "./live-values.ts";
import { installModuleHooks } from "./module-hooks.ts";
import { moduleNameOf, setModuleCell } from "./module-cells.ts";
import { nearestNames } from "./nearest-names.ts";
import type { RewrittenCell } from "./rewrite.ts";
import { MAPPED_CODE } from "./source-position.ts";
import { installStackTraces } from "./stack-trace.ts";

const require = createRequire(import.meta.url);

/** The parser; the first cell loads it, so that the kernel is ready before that. */
let loadedRewriter: typeof import("./rewrite.ts") | undefined;

export interface SessionOptions {
  /** The notebook's folder; imports and relative paths start here. */
  readonly directory: string;
  /** The project's folder, where `rounds` and packages that the notebook's folder lacks are found. */
  readonly projectRoot: string;
  /** Called around every `await` of a cell: with what is waited for, and with what came of it. */
  readonly awaits?: Awaits;
  /** Calls what loads modules: one that is stopped halfway would stay half loaded. */
  readonly whileLoading?: <Result>(load: () => Result) => Result;
  /** Names that every cell sees, and may declare for itself. */
  readonly names?: Readonly<Record<string, unknown>>;
}

export interface Awaits {
  hold(value: unknown): unknown;
  resumed(value?: unknown): unknown;
}

const UNWATCHED: Awaits = { hold: (value) => value, resumed: (value) => value };

export interface ExecuteOptions {
  /** The number shown beside the cell; it names the cell in errors. */
  readonly executionCount: number;
}

/** A variable of the notebook that has a value now. */
export interface LiveVariable {
  readonly name: string;
  readonly kind: BindingKind;
  readonly value: unknown;
}

export interface CellResult {
  /** Whether the cell ends with an expression. */
  readonly hasValue: boolean;
  /** Its value, not awaited. */
  readonly value: unknown;
}

/**
 * Runs the cells of one notebook so that they read as one TypeScript module.
 *
 * What a cell declares is in scope in later cells, and a later cell may declare it anew. Functions see later
 * changes of the variables they use. A cell that fails keeps what it had declared by then.
 *
 * @example
 * const session = new Session({ directory: ".", projectRoot: "." });
 * await session.execute("let count = 1; function next() { return ++count }", { executionCount: 1 });
 * await session.execute("count = 41; next()", { executionCount: 2 }); //=> { hasValue: true, value: 42 }
 */
export class Session {
  private readonly directory: string;
  private readonly scope: NotebookScope;
  private readonly bindings = new Map<string, Binding>();
  private readonly runtime: Awaits & { readonly meta: object };
  private readonly whileLoading: NonNullable<SessionOptions["whileLoading"]>;
  /** Gives a name back the value that it has without a cell's declaration. */
  private readonly provided = new Map<string, () => void>();
  /** Names that cells have declared. */
  private readonly ownNames = new Set<string>();
  /** Bindings that the last cell set out to declare. */
  private declaring: Binding[] = [];
  /** Names whose values may be new: those that the last cell declared, and the variables that it used. */
  private describable: ReadonlySet<string> = new Set();

  constructor(options: SessionOptions) {
    const directory = path.resolve(options.directory);
    this.directory = directory;
    this.whileLoading = options.whileLoading ?? ((load) => load());
    this.scope = {
      directory,
      projectRoot: path.resolve(options.projectRoot),
      names: () => this.declaredNames(),
      lookUp: (name) => this.lookUp(name),
    };
    installStackTraces();
    installModuleHooks(options.projectRoot);
    const anchor = path.join(directory, "notebook.ts");
    const requireHere = createRequire(anchor);
    const { hold, resumed } = options.awaits ?? UNWATCHED;
    this.runtime = {
      hold,
      resumed,
      meta: Object.assign(Object.create(null), {
        url: pathToFileURL(anchor).href,
        dirname: directory,
        filename: anchor,
        resolve: (specifier: string) => {
          const resolved = requireHere.resolve(specifier);
          return path.isAbsolute(resolved) ? pathToFileURL(resolved).href : resolved;
        },
      }),
    };
    const provided = { ...options.names, require: requireHere, __dirname: directory, __filename: anchor };
    for (const [name, value] of Object.entries(provided)) {
      this.provide(name, (binding) => {
        binding.declare("var");
        binding.init = value;
      });
    }
    this.provide("babelHelpers", (binding) => binding.initLazily(() => require("./decorate.ts")));
  }

  /** Whether the parser is loaded. */
  get isPrepared(): boolean {
    return loadedRewriter !== undefined;
  }

  /** Load and warm up the parser before the first cell needs it; takes some 15 ms, and happens anyway then. */
  prepare(): void {
    this.rewriter().rewriteCell("1", { fileName: "cell.ts", kindOf: () => undefined });
  }

  /** Make values visible everywhere, in imported modules too; a cell may declare the same names for itself. */
  defineGlobals(values: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(values)) {
      Object.defineProperty(globalThis, name, {
        value,
        writable: true,
        enumerable: false,
        configurable: true,
      });
    }
  }

  /**
   * Run a cell.
   *
   * @throws what the cell throws, or a SyntaxError when it is not valid TypeScript
   */
  async execute(source: string, options: ExecuteOptions): Promise<CellResult> {
    this.describable = new Set();
    // As tslab has it, such a cell is a file that other cells import, and runs when they do.
    const moduleName = moduleNameOf(source);
    if (moduleName !== undefined) {
      setModuleCell(this.directory, moduleName, source);
      return { hasValue: false, value: undefined };
    }
    return this.run(source, `Cell [${options.executionCount}]`);
  }

  /** The awaited value of an expression in the notebook's scope. */
  async evaluateExpression(source: string): Promise<unknown> {
    return (await this.run(source, "Expression")).value;
  }

  /** What to show of an error: places in the user's own source, no frames of the kernel. */
  formatError(error: unknown): FormattedError {
    return formatError(error, this.scope);
  }

  /** Whether a front end should run the source, or let the user write on. */
  isComplete(source: string): Completeness {
    const { isComplete } = require("./is-complete.ts") as typeof import("./is-complete.ts");
    return isComplete(source);
  }

  /** Names, members or import specifiers that fit before the cursor, from what is alive now. */
  complete(source: string, cursorUtf16: number): Completion {
    const { complete } = require("./complete.ts") as typeof import("./complete.ts");
    return complete(source, cursorUtf16, this.scope);
  }

  /** What the name at the cursor is: its type, signature, documentation and value. */
  inspect(source: string, cursorUtf16: number, detailLevel: 0 | 1): Inspection {
    const { inspect } = require("./inspect.ts") as typeof import("./inspect.ts");
    return inspect(source, cursorUtf16, detailLevel, this.scope);
  }

  /** What values that the last cell may have set say of their own types: TypeScript types by name. */
  describeTypes(): Promise<Record<string, string>> {
    const { describeTypes } = require("./value-types.ts") as typeof import("./value-types.ts");
    return describeTypes(this.describable, (name) => this.lookUp(name));
  }

  /** The notebook's own variables that have a value, in the order in which they were first declared. */
  *variables(): Generator<LiveVariable> {
    for (const name of this.ownNames) {
      const kind = this.bindings.get(name)?.kind;
      const found = kind === undefined ? undefined : this.lookUp(name);
      if (kind !== undefined && found !== undefined) yield { name, kind, value: found.value };
    }
  }

  /**
   * Forget the notebook's variables, or those that are named; functions that use one keep it.
   *
   * @returns their names
   * @throws ReferenceError for a name that no cell has declared; then nothing is forgotten
   */
  forget(names: readonly string[] = []): string[] {
    const known = [...this.variables()].map(({ name }) => name);
    const unknown = names.find((name) => !known.includes(name));
    if (unknown !== undefined) {
      const near = nearestNames(unknown, known);
      const hint = near.length > 0 ? `; did you mean ${near.join(" or ")}?` : "";
      throw new ReferenceError(`there is no variable ${JSON.stringify(unknown)} to forget${hint}`);
    }
    const forgotten = names.length > 0 ? [...new Set(names)] : known;
    for (const name of forgotten) {
      this.bindings.delete(name);
      this.ownNames.delete(name);
      this.provided.get(name)?.();
    }
    return forgotten;
  }

  /** What a cell would become now. */
  rewrite(source: string): RewrittenCell {
    const { rewriteCell } = this.rewriter();
    return rewriteCell(source, { fileName: "Cell", kindOf: (name) => this.bindings.get(name)?.kind });
  }

  /**
   * Code for a place in a running program that has variables of its own, `locals`, beside the notebook's. It is an
   * expression for a function of the parameters; what the code declares, the notebook has.
   *
   * @throws SyntaxError for what is not valid TypeScript, or would have to wait
   */
  rewriteAt(source: string, locals: ReadonlySet<string>): { code: string; parameters: unknown[] } {
    const { rewriteCell } = this.rewriter();
    const kindOf = (name: string): BindingKind | undefined => this.bindings.get(name)?.kind;
    const { code, bindings, declarations } = rewriteCell(source, { fileName: "Expression", kindOf, locals });
    if (code.startsWith("(async")) throw new SyntaxError("`await` and `import` cannot be used here");
    for (const [name, kind] of declarations) {
      if (!locals.has(name)) this.declaring.push(this.declareName(name, kind));
    }
    return { code, parameters: [this.runtime, ...bindings.map((name) => this.binding(name))] };
  }

  /** Declare a variable of the notebook, or give it another value. */
  setVariable(name: string, value: unknown): void {
    this.declareName(name, "let").init = value;
  }

  private async run(source: string, label: string): Promise<CellResult> {
    this.settle();
    const { rewriteCell } = this.rewriter();
    const file = addCell(this.directory, label, source);
    const cell = rewriteCell(source, {
      fileName: file.label,
      kindOf: (name) => this.bindings.get(name)?.kind,
    });
    file.rewritten = cell;
    const evaluate = compile(cell.code, file);
    const bindings = cell.bindings.map((name) => this.binding(name));
    const declaring = [...cell.declarations].map(([name, kind]) => this.declareName(name, kind));
    this.declaring = declaring;
    try {
      const result = (await evaluate(this.runtime, ...bindings)) as [unknown] | undefined;
      const names = [...cell.declarations.keys(), ...cell.bindings.filter((name) => this.isVariable(name))];
      if (names.length > 0) this.describable = new Set(names);
      return { hasValue: cell.hasValue, value: result?.[0] };
    } finally {
      // A cell that was given up, and ends only now, has nothing to say about the one that runs.
      if (this.declaring === declaring) this.settle();
    }
  }

  /** Give back what the last cell replaced and never declared; a terminated cell could not do it itself. */
  private settle(): void {
    for (const binding of this.declaring) binding.settle();
    this.declaring = [];
  }

  private isVariable(name: string): boolean {
    const kind = this.bindings.get(name)?.kind;
    return kind === "let" || kind === "var";
  }

  private *declaredNames(): Generator<string> {
    for (const [name, binding] of this.bindings) {
      if (binding.kind !== undefined && name !== "babelHelpers") yield name;
    }
  }

  private lookUp(name: string): Found {
    const binding = this.bindings.get(name);
    if (binding?.kind === undefined) return readProperty(globalThis, name) ?? readNodeGlobal(name);
    try {
      return binding.isInitialized ? { value: binding.value } : undefined;
    } catch {
      return undefined; // An import that its module does not provide.
    }
  }

  /** Give a name a value that a cell may replace and that comes back when the cell's is forgotten. */
  private provide(name: string, init: (binding: Binding) => void): void {
    const provide = (): void => init(this.binding(name));
    this.provided.set(name, provide);
    provide();
  }

  private rewriter(): typeof import("./rewrite.ts") {
    loadedRewriter ??= this.whileLoading(() => require("./rewrite.ts") as typeof import("./rewrite.ts"));
    return loadedRewriter;
  }

  private declareName(name: string, kind: BindingKind): Binding {
    const binding = this.binding(name);
    binding.declare(kind);
    this.ownNames.add(name);
    return binding;
  }

  private binding(name: string): Binding {
    let binding = this.bindings.get(name);
    if (!binding) {
      binding = Binding.create(name);
      this.bindings.set(name, binding);
    }
    return binding;
  }
}

type Evaluate = (runtime: object, ...bindings: Binding[]) => unknown;

function compile(code: string, cell: Cell): Evaluate {
  try {
    const script = new vm.Script(`${code}\n${MAPPED_CODE}`, {
      filename: cell.path,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    return script.runInThisContext() as Evaluate;
  } catch (error) {
    const { findBrokenRegularExpression } =
      require("./regular-expressions.ts") as typeof import("./regular-expressions.ts");
    throw findBrokenRegularExpression(cell.source, cell.label) ?? error;
  }
}

const namesOfNode = new Set(Object.getOwnPropertyNames(globalThis));

/** Some of Node's globals are made by a getter when first used; those may be read, the user's getters not. */
function readNodeGlobal(name: string): Found {
  return namesOfNode.has(name) ? { value: Reflect.get(globalThis, name) as unknown } : undefined;
}
