import type { Completion } from "../session/complete.ts";
import type { Inspection } from "../session/inspection.ts";
import { moduleNameOf } from "../session/module-cells.ts";
import { cellModule, type CellModule, declaredTypes, type NameKind, untypedNames } from "./cell-module.ts";
import type { TypeWarning } from "./messages.ts";
import { NotebookProgram, type NotebookProgramOptions } from "./notebook-program.ts";
import { typedCompletion } from "./typed-completion.ts";
import { typedInspection } from "./typed-inspection.ts";
import { typeWarnings } from "./type-warnings.ts";

interface KnownName {
  readonly cell: number;
  readonly kind: NameKind;
}

interface KnownCell {
  readonly source: string;
  readonly module: CellModule;
}

/**
 * The types of one notebook.
 *
 * Each cell is a module. When it runs, its declarations are written out and later cells import from them what
 * they use, so a cell costs the same however many came before.
 *
 * @example
 * const types = new NotebookTypes({ directory, projectRoot, declarations });
 * types.addCell(1, { label: "Cell [1]", source: "const year: number = 'x'" })[0]?.text
 * //=> "Cell [1]:1:7 warning TS2322: Type 'string' is not assignable to type 'number'."
 */
export class NotebookTypes {
  readonly #program: NotebookProgram;
  readonly #names = new Map<string, KnownName>();
  readonly #cells = new Map<number, KnownCell>();

  constructor(options: NotebookProgramOptions) {
    this.#program = new NotebookProgram(options);
  }

  /**
   * Check a cell that starts to run, and know its names from now on.
   *
   * @param number tells cells apart; a cell that runs again is another one
   * @returns what is wrong with its types; nothing for what is no TypeScript, which running it says
   */
  addCell(number: number, { label, source }: { label: string; source: string }): TypeWarning[] {
    const moduleName = moduleNameOf(source);
    if (moduleName !== undefined) this.#program.setModule(moduleName, source);
    const { warnings, module } = this.check({ label, source });
    if (module !== undefined && module.declared.size + module.assigned.size > 0) {
      this.#program.setDeclarations(number, this.#program.emitDeclarations());
      this.#cells.set(number, { source, module });
      for (const [name, kind] of module.declared) this.#names.set(name, { cell: number, kind });
    }
    return warnings;
  }

  /** Check a cell that may not run; `module` is missing of what is no TypeScript. */
  check({ label, source }: { label: string; source: string }): {
    warnings: TypeWarning[];
    module: CellModule | undefined;
  } {
    // A cell that is a file is not checked, as files are not; those that import it are.
    if (moduleNameOf(source) !== undefined) return { warnings: [], module: undefined };
    const module = this.#open(source);
    const { service, cellPath } = this.#program;
    if (service.getSyntacticDiagnostics(cellPath).length > 0) return { warnings: [], module: undefined };
    const warnings = typeWarnings(service.getSemanticDiagnostics(cellPath), {
      label,
      source,
      module,
      checker: this.#program.program.getTypeChecker(),
      kindOf: (name) => this.#names.get(name)?.kind,
    });
    return { warnings, module };
  }

  /**
   * Give names of a cell the types that their values have, where the cell says less.
   *
   * The rest of the cell follows: after `const docs = await open("a.csv"); const rows = await docs.head()` the
   * rows have the file's columns too. After `docs = await open("b.csv")` later cells see the other columns; what
   * earlier cells made of the name stays.
   */
  refine(number: number, types: Readonly<Record<string, string>>): void {
    const cell = this.#cells.get(number);
    if (cell === undefined) return;
    const { source, module } = cell;
    const places = untypedNames(source);
    const declared = declaredTypes(this.#program.declarations(number));
    const edits: [place: number, text: string][] = [];
    for (const [name, type] of Object.entries(types)) {
      const place = places.get(name);
      // What the cell says leaves something open: `Table<Record<string, unknown>>`.
      if (place === undefined || !/\b(?:unknown|any)\b/.test(declared.get(name) ?? "")) continue;
      edits.push([place, `: ${type}`]);
    }
    const assigned = Object.entries(types).filter(
      ([name]) => module.assigned.has(name) && this.#isVariable(name),
    );
    if (edits.length + assigned.length === 0) return;
    let { text } = module;
    for (const [place, annotation] of edits.sort(([a], [b]) => b - a)) {
      const at = module.sourceStart + place;
      text = text.slice(0, at) + annotation + text.slice(at);
    }
    this.#program.setCell(text);
    const again = assigned.map(([name, type]) => `export declare let ${name}: ${type};\n`);
    this.#program.setDeclarations(number, this.#program.emitDeclarations() + again.join(""));
    for (const [name] of assigned) this.#names.set(name, { ...this.#names.get(name)!, cell: number });
  }

  #isVariable(name: string): boolean {
    const kind = this.#names.get(name)?.kind;
    return kind === "let" || kind === "var";
  }

  /** Let names be unknown again. */
  forget(names: readonly string[]): void {
    for (const name of names) this.#names.delete(name);
  }

  /** Names, members, columns or specifiers that fit before the cursor; undefined when types know nothing. */
  complete(source: string, cursorUtf16: number): Completion | undefined {
    const module = this.#open(source);
    return typedCompletion(this.#program, { source, cursor: cursorUtf16, module, names: this.#names });
  }

  /** What is at the cursor, by its types; undefined when they know nothing. */
  inspect(source: string, cursorUtf16: number): Inspection | undefined {
    const module = this.#open(source);
    return typedInspection(this.#program, { source, cursor: cursorUtf16, module });
  }

  #open(source: string): CellModule {
    const module = cellModule(source, (name) => {
      const known = this.#names.get(name);
      return known && this.#program.moduleOf(known.cell);
    });
    this.#program.setCell(module.text);
    return module;
  }
}
