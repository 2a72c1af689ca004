/** How a name was declared; it decides whether the name can be assigned and what a new declaration keeps. */
export type BindingKind = "const" | "let" | "var" | "enum" | "function" | "class" | "import" | "using";

interface State {
  kind: BindingKind | undefined;
  /** True from the start of a declaring cell until the declaration itself has run. */
  awaitsDeclaration: boolean;
  /** How the name was declared before the cell that runs; comes back when that cell never declares it. */
  kindBefore: BindingKind | undefined;
  /** Declared, and undefined so far: the property comes with the first value, whose type it then has. */
  holdsUndefined: boolean;
  /** What an imported name stands for. */
  imported: ImportedName | undefined;
}

/** An export of a module, whose value the module may change. */
export interface ImportedName {
  readonly namespace: object;
  readonly exportName: string;
  readonly specifier: string;
}

/** Whether an assignment to a name declared this way throws. */
export function isConstantKind(kind: BindingKind | undefined): boolean {
  return kind === "const" || kind === "import" || kind === "using";
}

/**
 * One variable of the notebook, shared by all cells and by every function that closed over it.
 *
 * A rewritten cell reads `binding.value`. That is an own data property while the variable holds a value, so
 * compiled code reaches it with one load. While it holds none (before its declaration has run, or when no
 * cell declares it), the accessor inherited from here throws what a module would throw. Each binding has a
 * prototype object of its own, which gives it a hidden class of its own: engines then keep the property's
 * type apart from other variables' and numbers in it unboxed. A new declaration keeps the property, because
 * an object that lost one becomes slow; see docs/decisions/0002-cell-bindings.md.
 */
export class Binding {
  declare readonly name: string;
  declare private readonly state: State;

  /** Make the binding of `name`, with no value and no declaration. */
  static create(name: string): Binding {
    const state: State = {
      kind: undefined,
      awaitsDeclaration: false,
      kindBefore: undefined,
      holdsUndefined: false,
      imported: undefined,
    };
    const own = Object.create(Binding.prototype, {
      name: { value: name },
      state: { value: state },
    }) as object;
    return Object.create(own) as Binding;
  }

  /** How the name is declared now; undefined when no cell declares it. */
  get kind(): BindingKind | undefined {
    return this.state.kind;
  }

  /** Whether reading gives a value now. */
  get isInitialized(): boolean {
    return !this.state.awaitsDeclaration && (Object.hasOwn(this, "value") || this.state.holdsUndefined);
  }

  get value(): unknown {
    if (this.state.holdsUndefined) return undefined;
    if (this.isGlobal) return Reflect.get(globalThis, this.name);
    throw this.missing();
  }

  set value(value: unknown) {
    if (this.state.holdsUndefined) this.define(value);
    else if (this.isGlobal) Reflect.set(globalThis, this.name, value);
    else throw this.missing();
  }

  /** The operand of `typeof`: a name that nothing declares is undefined there, not an error. */
  get peek(): unknown {
    return this.state.kind === undefined && !this.isGlobal ? undefined : this.value;
  }

  /** A use that stands before the declaration in the same cell, where a new declaration has not run either. */
  get early(): unknown {
    if (this.state.awaitsDeclaration) throw this.missing();
    return this.value;
  }

  set early(value: unknown) {
    if (this.state.awaitsDeclaration) throw this.missing();
    this.value = value;
  }

  /** The target of an assignment to a name that was constant when the cell was rewritten. */
  get assign(): unknown {
    return this.early;
  }

  set assign(value: unknown) {
    if (this.isInitialized && isConstantKind(this.state.kind)) {
      throw new TypeError("Assignment to constant variable.");
    }
    this.early = value;
  }

  /** The target of the declaration itself. */
  set init(value: unknown) {
    const { state } = this;
    state.awaitsDeclaration = false;
    state.imported = undefined;
    const property = Object.getOwnPropertyDescriptor(this, "value");
    if (property && "value" in property) this.value = value;
    else if (property === undefined && value === undefined) state.holdsUndefined = true;
    else this.define(value);
  }

  /** A cell that declares the name starts. */
  declare(kind: BindingKind): void {
    const { state } = this;
    const isVariable = kind === "var" || kind === "enum";
    // `var x;` keeps what an earlier `var x` holds, as it does within one program.
    const keeps = kind === "var" && this.isInitialized && (state.kind === "var" || state.kind === "function");
    state.kindBefore = state.kind;
    state.kind = kind;
    state.awaitsDeclaration = !isVariable;
    if (isVariable && !keeps) this.init = undefined;
  }

  /** Make reads follow an export of a module. */
  link(namespace: object, exportName: string, specifier: string, isRead: boolean): void {
    const imported: ImportedName = { namespace, exportName, specifier };
    // A name that the cell only uses as a type cannot be told from a type, so it may be missing until it is read.
    if (isRead && !(exportName in namespace)) throw missingExport(imported);
    const { state } = this;
    state.awaitsDeclaration = false;
    const isLinked = state.imported !== undefined;
    state.imported = imported;
    if (isLinked) return;
    Object.defineProperty(this, "value", {
      get: () => {
        const from = state.imported ?? imported;
        if (!(from.exportName in from.namespace)) throw missingExport(from);
        return Reflect.get(from.namespace, from.exportName) as unknown;
      },
      enumerable: true,
      configurable: true,
    });
  }

  /** Give the name a value that is made when it is first read. */
  initLazily(make: () => unknown): void {
    this.state.kind = "let";
    Object.defineProperty(this, "value", {
      get: () => {
        Object.defineProperty(this, "value", { value: make(), writable: true });
        return this.value;
      },
      configurable: true,
    });
  }

  /** The declaring cell ended; when it never reached the declaration, the name is what it was before. */
  settle(): void {
    const { state } = this;
    if (!state.awaitsDeclaration) return;
    state.awaitsDeclaration = false;
    state.kind = state.kindBefore;
  }

  private define(value: unknown): void {
    this.state.holdsUndefined = false;
    Object.defineProperty(this, "value", { value, writable: true, enumerable: true, configurable: true });
  }

  private get isGlobal(): boolean {
    return this.state.kind === undefined && this.name in globalThis;
  }

  private missing(): ReferenceError {
    return this.state.awaitsDeclaration
      ? new ReferenceError(`Cannot access '${this.name}' before initialization`)
      : new ReferenceError(`${this.name} is not defined`);
  }
}

function missingExport({ specifier, exportName }: ImportedName): SyntaxError {
  return new SyntaxError(
    `The requested module '${specifier}' does not provide an export named '${exportName}'`,
  );
}
