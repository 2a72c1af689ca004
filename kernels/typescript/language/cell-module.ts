import type { SourceFile, Statement, BindingName, Node, VariableDeclaration } from "typescript6";
import { ts } from "./typescript.ts";

/** How a cell declares a name, in the words of completion. */
export type NameKind =
  | "const"
  | "let"
  | "var"
  | "function"
  | "class"
  | "type"
  | "enum"
  | "namespace"
  | "import";

/** A cell as a module that imports what earlier cells declare and exports what it declares itself. */
export interface CellModule {
  readonly text: string;
  /** Where the cell's own source begins in `text`, in UTF-16 units. */
  readonly sourceStart: number;
  readonly sourceEnd: number;
  /** Names that the cell declares at its top. */
  readonly declared: ReadonlyMap<string, NameKind>;
  /** Names of earlier cells to which the cell's own code, outside of its functions, assigns. */
  readonly assigned: ReadonlySet<string>;
}

const word = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu;

/**
 * Make a module of a cell.
 *
 * @param moduleOf the module of the cell that declared a name last; undefined when none did
 */
export function cellModule(source: string, moduleOf: (name: string) => string | undefined): CellModule {
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ESNext, false, ts.ScriptKind.TS);
  const { declared, exported } = topLevelNames(file);
  const imported = new Map<string, Set<string>>();
  // Words of comments come too; an import that is not used costs nothing.
  for (const [name] of source.matchAll(word)) {
    const specifier = declared.has(name) ? undefined : moduleOf(name);
    if (specifier === undefined) continue;
    const names = imported.get(specifier) ?? new Set();
    imported.set(specifier, names.add(name));
  }
  const imports = [...imported].map(
    ([specifier, names]) => `import { ${[...names].join(", ")} } from ${JSON.stringify(specifier)};`,
  );
  const header = `${imports.join(" ")}\n`;
  const exports = [...declared.keys()].filter((name) => !exported.has(name));
  return {
    // The semicolon ends what the source left open, such as `row.`.
    text: `${header}${source}\n;export { ${exports.join(", ")} };`,
    sourceStart: header.length,
    sourceEnd: header.length + source.length,
    declared,
    assigned: assignedNames(file, declared),
  };
}

function assignedNames(file: SourceFile, declared: ReadonlyMap<string, NameKind>): Set<string> {
  const assigned = new Set<string>();
  const visit = (node: Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      if (ts.isIdentifier(node.left)) assigned.add(node.left.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  for (const name of declared.keys()) assigned.delete(name);
  return assigned;
}

/** Places where a type can be written after a name: `const name = ...` without a type of its own. */
export function untypedNames(source: string): Map<string, number> {
  const places = new Map<string, number>();
  for (const { name, type } of variables(source)) {
    if (ts.isIdentifier(name) && type === undefined) places.set(name.text, name.end);
  }
  return places;
}

/** The types that a declaration file gives to its variables. */
export function declaredTypes(declarations: string): Map<string, string> {
  const types = new Map<string, string>();
  for (const { name, type } of variables(declarations)) {
    if (ts.isIdentifier(name) && type) types.set(name.text, declarations.slice(type.pos, type.end));
  }
  return types;
}

function* variables(source: string): Generator<VariableDeclaration> {
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ESNext, false, ts.ScriptKind.TS);
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) yield* statement.declarationList.declarations;
  }
}

function topLevelNames(file: SourceFile): { declared: Map<string, NameKind>; exported: Set<string> } {
  const declared = new Map<string, NameKind>();
  const exported = new Set<string>();
  for (const statement of file.statements) {
    const names = new Map<string, NameKind>();
    addNames(statement, names);
    const isExported = ts.canHaveModifiers(statement) && hasExport(statement);
    for (const [name, kind] of names) {
      declared.set(name, kind);
      if (isExported) exported.add(name);
    }
    if (ts.isExportDeclaration(statement) && statement.exportClause && !statement.moduleSpecifier) {
      if (ts.isNamedExports(statement.exportClause)) {
        for (const element of statement.exportClause.elements) exported.add(element.name.text);
      }
    }
  }
  return { declared, exported };
}

function hasExport(node: Node): boolean {
  return (
    ts.canHaveModifiers(node) &&
    ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
  );
}

function addNames(statement: Statement, names: Map<string, NameKind>): void {
  if (ts.isVariableStatement(statement)) {
    const { flags, declarations } = statement.declarationList;
    const kind = flags & ts.NodeFlags.Const ? "const" : flags & ts.NodeFlags.Let ? "let" : "var";
    for (const { name } of declarations) addBindings(name, kind, names);
  } else if (ts.isImportDeclaration(statement)) {
    const clause = statement.importClause;
    if (clause?.name) names.set(clause.name.text, "import");
    const bindings = clause?.namedBindings;
    if (bindings && ts.isNamespaceImport(bindings)) names.set(bindings.name.text, "import");
    if (bindings && ts.isNamedImports(bindings)) {
      for (const { name } of bindings.elements) names.set(name.text, "import");
    }
  } else if (ts.isImportEqualsDeclaration(statement)) names.set(statement.name.text, "import");
  else if (ts.isFunctionDeclaration(statement)) addName(statement.name, "function", names);
  else if (ts.isClassDeclaration(statement)) addName(statement.name, "class", names);
  else if (ts.isEnumDeclaration(statement)) addName(statement.name, "enum", names);
  else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
    // A value of the same name says more.
    if (!names.has(statement.name.text)) names.set(statement.name.text, "type");
  } else if (ts.isModuleDeclaration(statement) && ts.isIdentifier(statement.name)) {
    if (statement.name.text !== "global") names.set(statement.name.text, "namespace");
  }
}

function addName(name: { text: string } | undefined, kind: NameKind, names: Map<string, NameKind>): void {
  if (name && name.text !== "") names.set(name.text, kind);
}

function addBindings(name: BindingName, kind: NameKind, names: Map<string, NameKind>): void {
  if (ts.isIdentifier(name)) return addName(name, kind, names);
  for (const element of name.elements) {
    if (ts.isBindingElement(element)) addBindings(element.name, kind, names);
  }
}
