/** How a name was declared; it decides whether the name can be assigned and what a new declaration keeps. */
export type BindingKind = "const" | "let" | "var" | "enum" | "function" | "class" | "import" | "using";

interface State {
  kind: BindingKind | undefined;
  /** True from the start of a declaring cell until the declaration itself has run. */
  awaitsDeclaration: boolean;
  /** What a cell that declares the name anew replaced; comes back when that cell never reaches the declaration. */
  replaced: { kind: BindingKind | undefined; property: PropertyDescriptor | undefined } | undefined;
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
 * type apart from other variables' and numbers in it unboxed.
 */
export class Binding {
  declare readonly name: string;
  declare private readonly state: State;

  /** Make the binding of `name`, with no value and no declaration. */
  static create(name: string): Binding {
    const state: State = { kind: undefined, awaitsDeclaration: false, replaced: undefined };
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
    return Object.hasOwn(this, "value");
  }

  get value(): unknown {
    if (this.state.kind === undefined && this.name in globalThis) return Reflect.get(globalThis, this.name);
    throw this.missing();
  }

  set value(value: unknown) {
    if (this.state.kind !== undefined || !(this.name in globalThis)) throw this.missing();
    Reflect.set(globalThis, this.name, value);
  }

  /** The operand of `typeof`: a name that nothing declares is undefined there, not an error. */
  get peek(): unknown {
    if (this.state.kind === undefined && !(this.name in globalThis)) return undefined;
    return this.value;
  }

  /** The target of an assignment to a name that was constant when the cell was rewritten. */
  get assign(): unknown {
    return this.value;
  }

  set assign(value: unknown) {
    if (this.isInitialized && isConstantKind(this.state.kind)) {
      throw new TypeError("Assignment to constant variable.");
    }
    this.value = value;
  }

  /** The target of the declaration itself. */
  set init(value: unknown) {
    const { state } = this;
    state.awaitsDeclaration = false;
    state.replaced = undefined;
    Object.defineProperty(this, "value", {
      value,
      writable: !isConstantKind(state.kind),
      enumerable: true,
      configurable: true,
    });
  }

  /** A cell that declares the name starts: until the declaration runs, the name has no value. */
  declare(kind: BindingKind): void {
    const { state } = this;
    const property = Object.getOwnPropertyDescriptor(this, "value");
    if (kind === "var") {
      // `var x;` keeps what an earlier `var x` holds, as it does within one program.
      const keeps = property !== undefined && (state.kind === "var" || state.kind === "function");
      state.kind = kind;
      if (!keeps) this.init = undefined;
      return;
    }
    state.replaced ??= { kind: state.kind, property };
    state.kind = kind;
    if (kind === "enum") {
      this.init = undefined;
      return;
    }
    state.awaitsDeclaration = true;
    Reflect.deleteProperty(this, "value");
  }

  /** Make reads follow `exportName` of a module, whose value the module may change. */
  link(namespace: object, exportName: string, specifier: string, isRead: boolean): void {
    const isMissing = !(exportName in namespace);
    const missingExport = (): SyntaxError =>
      new SyntaxError(`The requested module '${specifier}' does not provide an export named '${exportName}'`);
    // A name that the cell only uses as a type cannot be told from a type, so it may be missing until it is read.
    if (isMissing && isRead) throw missingExport();
    this.state.awaitsDeclaration = false;
    this.state.replaced = undefined;
    Object.defineProperty(this, "value", {
      get: () => {
        if (isMissing) throw missingExport();
        return Reflect.get(namespace, exportName);
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
        this.init = make();
        return this.value;
      },
      configurable: true,
    });
  }

  /** The declaring cell ended; when it never reached the declaration, what the name was before comes back. */
  settle(): void {
    const { state } = this;
    if (!state.awaitsDeclaration) return;
    state.awaitsDeclaration = false;
    state.kind = state.replaced?.kind;
    if (state.replaced?.property) Object.defineProperty(this, "value", state.replaced.property);
    state.replaced = undefined;
  }

  private missing(): ReferenceError {
    return this.state.awaitsDeclaration
      ? new ReferenceError(`Cannot access '${this.name}' before initialization`)
      : new ReferenceError(`${this.name} is not defined`);
  }
}
