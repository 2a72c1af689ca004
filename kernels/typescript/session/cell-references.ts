import type { BindingKind } from "./binding.ts";
import type { Scope } from "./scope.ts";

/** What the code does with a name at one place. */
export type Use = "read" | "call" | "typeof" | "write" | "declare" | "declare-var";

/** One use of a name that no scope inside the cell declares, as far as is known when it is met. */
export interface Reference {
  readonly type: "reference";
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly use: Use;
  /** `{ name }` stands for `{ name: name }`. */
  readonly isShorthand: boolean;
  /** Whether the use is outside of functions, so that it happens in the order of the source. */
  readonly isImmediate: boolean;
  readonly scope: Scope;
}

/**
 * A function or class without a name of its own, at a place where it takes the name of a variable.
 * It loses that when the variable becomes a property, so it has to be named another way.
 */
export interface NamedValue {
  readonly type: "name-start" | "name-end";
  readonly name: string;
  readonly position: number;
  readonly scope: Scope;
}

/** Text that replaces [start, end) whatever the names mean. */
export interface Replacement {
  readonly type: "replacement";
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What has to be changed in a cell, in the order in which it is to be applied. */
export type Change = Reference | NamedValue | Replacement;

/** What the walk over one cell found. */
export interface CellReferences {
  readonly changes: Change[];
  /** Names that the cell declares for the notebook. */
  readonly declarations: Map<string, BindingKind>;
  /** Where the declarations of `let`, `const`, `using` and classes end; before that the name has no value. */
  readonly declarationEnds: Map<string, number>;
  /** Whether `await` occurs outside of functions. */
  readonly awaits: boolean;
}
