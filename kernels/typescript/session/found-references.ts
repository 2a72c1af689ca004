import type { BindingKind } from "./binding.ts";
import type { CellReferences, Change, Use } from "./cell-references.ts";
import { Scope } from "./scope.ts";

/** What the walk over a cell has found so far. */
export class FoundReferences implements CellReferences {
  readonly program = new Scope(undefined, true);
  readonly changes: Change[] = [];
  readonly declarations = new Map<string, BindingKind>();
  readonly declarationEnds = new Map<string, number>();
  awaits = false;
  private functionDepth = 0;

  /** What the walk finds meanwhile does not happen in the order of the source, and its `await` is not the cell's. */
  inFunction(walk: () => void): void {
    this.functionDepth++;
    walk();
    this.functionDepth--;
  }

  noteAwait(): void {
    if (this.functionDepth === 0) this.awaits = true;
  }

  use(
    node: { readonly name: string; readonly start: number; readonly end: number },
    scope: Scope,
    use: Use,
    isShorthand = false,
  ): void {
    const { name, start, end } = node;
    const isImmediate = this.functionDepth === 0;
    this.changes.push({ type: "reference", name, start, end, use, isShorthand, isImmediate, scope });
  }

  replace(start: number, end: number, text: string): void {
    this.changes.push({ type: "replacement", start, end, text });
  }

  declare(name: string, kind: BindingKind, scope: Scope): void {
    if (!scope.isProgram) scope.declare(name);
    else if (kind !== "var" || !this.declarations.has(name)) this.declarations.set(name, kind);
  }
}
