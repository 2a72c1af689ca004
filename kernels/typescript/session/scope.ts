/** A region of a cell in which declarations are visible; the program's own scope is the notebook's. */
export class Scope {
  readonly parent: Scope | undefined;
  /** Where `var` declarations made in this scope go. */
  readonly variables: Scope;
  private readonly names = new Set<string>();

  constructor(parent: Scope | undefined, holdsVariables: boolean) {
    this.parent = parent;
    this.variables = holdsVariables || parent === undefined ? this : parent.variables;
  }

  /** Whether this is the program's scope, whose names are the notebook's variables. */
  get isProgram(): boolean {
    return this.parent === undefined;
  }

  declare(name: string): void {
    this.names.add(name);
  }

  /** Whether a scope between this one and the program declares `name`. */
  isLocal(name: string): boolean {
    if (this.parent === undefined) return false;
    return this.names.has(name) || this.parent.isLocal(name);
  }
}
