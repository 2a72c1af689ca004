import { MagicString } from "magic-string";
import { parseSync } from "oxc-parser";
import type { ImportDeclaration, ImportDefaultSpecifier, ImportSpecifier, Node, Program } from "oxc-parser";
import { transformSync } from "oxc-transform";
import type { HelperMode } from "oxc-transform";

import type { Binding, BindingKind } from "./binding.ts";
import { isConstantKind } from "./binding.ts";
import type { CellReferences, Change, NamedValue, Reference, Use } from "./cell-references.ts";
import { CellSyntaxError } from "./cell-syntax-error.ts";
import { refuseDeepNesting, tooDeep } from "./nesting.ts";
import { collectReferences } from "./references.ts";

/** A cell as JavaScript that reaches the notebook's variables through bindings. */
export interface RewrittenCell {
  /** An expression that gives a function; its parameters are the runtime and one binding for each name. */
  readonly code: string;
  /** Names of the bindings, in the order of the function's parameters. */
  readonly bindings: readonly string[];
  /** Names that the cell declares. */
  readonly declarations: ReadonlyMap<string, BindingKind>;
  /** Whether the function gives `[value]`, the value of the cell's last expression. */
  readonly hasValue: boolean;
  /** What the names of the parameters begin with; no name in the cell does. */
  readonly prefix: string;
  /** Lines of `code` before the first line of the cell as JavaScript. */
  readonly headerLines: number;
  /** Source map from the cell as JavaScript, before names were rewritten, to its source; JSON. */
  readonly typescriptMap: string;
  /** The edits that rewrote the names; they give the second source map when an error needs one. */
  readonly edits: MagicString;
}

/** What the rewriter asks about the notebook so far. */
export interface RewriteOptions {
  /** File name of the cell; its ending says the language. */
  readonly fileName: string;
  /** How earlier cells declare a name; undefined when none does. */
  readonly kindOf: (name: string) => BindingKind | undefined;
  /** Variables of the place in a program where the code is to run, where that is not a notebook's top. */
  readonly locals?: ReadonlySet<string>;
}

/**
 * Rewrite a TypeScript cell so that its top-level names are variables of the notebook.
 *
 * Types vanish, and enums, namespaces and parameter properties become JavaScript (oxc-transform); then every
 * use of a top-level name becomes a property of its binding, inner scopes left alone. Names that the cell
 * does not declare, no earlier cell declares and `globalThis` has stay as they are.
 *
 * @throws {@link CellSyntaxError} the cell is not valid TypeScript
 */
export function rewriteCell(source: string, options: RewriteOptions): RewrittenCell {
  const { fileName } = options;
  refuseDeepNesting(source, fileName);
  try {
    return rewrite(source, options);
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep({ source, fileName, start: 0, end: 0 });
    throw error;
  }
}

function rewrite(source: string, options: RewriteOptions): RewrittenCell {
  const { fileName, kindOf } = options;
  const transformed = transformSync(fileName, source, {
    lang: "ts",
    sourceType: "module",
    sourcemap: true,
    target: "esnext",
    helpers: { mode: "External" as HelperMode },
    decorator: { legacy: true },
    typescript: { onlyRemoveTypeImports: true },
  });
  const problem = transformed.errors.find(({ severity }) => severity === "Error");
  if (problem) throw CellSyntaxError.from(problem, source, fileName);
  const javascript = transformed.code;
  const { program } = parseSync("cell.js", javascript, { lang: "js", sourceType: "module" });

  const prefix = unusedPrefix(javascript);
  const references = collectReferences(program, { prefix });
  const { locals } = options;
  const writer = new CellWriter(javascript, { prefix, references, kindOf, locals });
  for (const name of enumNames(program)) references.declarations.set(name, "enum");
  const hasImports = writer.writeImports(program);
  const hasValue = writer.writeProgram(program);
  for (const name of references.declarations.keys()) writer.need(name);

  const bindings = [...writer.needed];
  const parameters = [prefix, ...bindings.map((name) => `${prefix}${name}`)].join(", ");
  const isAsync = hasImports || references.awaits;
  const { edits } = writer;
  // An arrow function keeps the `this` of the place.
  const [before, after] = locals === undefined ? ["function ", ""] : ["", " =>"];
  const head = `(${isAsync ? "async " : ""}${before}(${parameters})${after} {`;
  const header = `${head} "use strict"; ${writer.prologue.join(" ")}`;
  const code = `${header}\n${edits.toString()}\n})`;
  return {
    code,
    bindings,
    prefix,
    declarations: references.declarations,
    headerLines: 1,
    hasValue,
    typescriptMap: JSON.stringify(transformed.map ?? { version: 3, mappings: "", sources: [], names: [] }),
    edits,
  };
}

interface CellWriterOptions {
  readonly prefix: string;
  readonly references: CellReferences;
  readonly kindOf: RewriteOptions["kindOf"];
  readonly locals: ReadonlySet<string> | undefined;
}

const PROPERTY_OF_USE = {
  read: "value",
  call: "value",
  typeof: "peek",
  write: "value",
  declare: "init",
  "declare-var": "value",
} as const satisfies Record<Use, keyof Binding>;

class CellWriter {
  readonly edits: MagicString;
  /** Statements before the cell's first line: hoisted functions, then imports. */
  readonly prologue: string[] = [];
  readonly needed = new Set<string>();
  private readonly options: CellWriterOptions;

  constructor(javascript: string, options: CellWriterOptions) {
    this.edits = new MagicString(javascript);
    this.options = options;
    for (const [name, kind] of options.references.declarations) {
      if (kind === "function") this.prologue.push(`${this.need(name)}.init = ${name};`);
    }
  }

  /** Take the parameter for a binding. */
  need(name: string): string {
    this.needed.add(name);
    return `${this.options.prefix}${name}`;
  }

  /** Imports come first, whatever their place; @returns whether there are any. */
  writeImports(program: Program): boolean {
    const { prefix, references } = this.options;
    const read = new Set<string>();
    for (const change of references.changes) {
      if (change.type === "reference" && !change.scope.isLocal(change.name)) read.add(change.name);
    }
    let count = 0;
    for (const node of program.body) {
      const isImport = node.type === "ImportDeclaration";
      const isReexport = node.type === "ExportAllDeclaration" || node.type === "ExportNamedDeclaration";
      if (!isImport && !(isReexport && node.source)) continue;
      const { source, attributes } = node as ImportDeclaration;
      const specifier = this.slice(source);
      const pairs = attributes.map(({ key, value }) => `${this.slice(key)}: ${this.slice(value)}`);
      const second = pairs.length > 0 ? `, { with: { ${pairs.join(", ")} } }` : "";
      const namespace = `${prefix}${count++}`;
      this.prologue.push(`const ${namespace} = await import(${specifier}${second});`);
      this.edits.remove(node.start, node.end);
      for (const imported of isImport ? node.specifiers : []) {
        const { name } = imported.local;
        references.declarations.set(name, "import");
        if (imported.type === "ImportNamespaceSpecifier") {
          this.prologue.push(`${this.need(name)}.init = ${namespace};`);
          continue;
        }
        const exportName = JSON.stringify(importedName(imported));
        this.prologue.push(
          `${this.need(name)}.link(${namespace}, ${exportName}, ${specifier}, ${read.has(name)});`,
        );
      }
    }
    return count > 0;
  }

  /** Write everything but the imports; @returns whether the cell has a value. */
  writeProgram(program: Program): boolean {
    const { edits } = this;
    if (program.hashbang) edits.remove(program.hashbang.start, program.hashbang.end);
    const last = program.body.findLast((node) => !isEmptyExport(node));
    const result = last?.type === "ExpressionStatement" ? last.expression : undefined;
    if (result) edits.appendLeft(result.start, "return [(");
    const wrapped: Node[] = [];
    for (const node of program.body) {
      if (node.type === "ExportNamedDeclaration" && !node.source) {
        edits.remove(node.start, node.declaration?.start ?? node.end);
      } else if (node.type === "ExportDefaultDeclaration") {
        const { declaration } = node;
        edits.remove(node.start, declaration.start);
        if ("id" in declaration && declaration.type.endsWith("Declaration") && declaration.id) continue;
        edits.appendLeft(declaration.start, "(");
        wrapped.push(declaration);
      }
    }
    for (const change of this.options.references.changes) this.write(change);
    for (const node of wrapped) edits.appendLeft(node.end, node.type.endsWith("Declaration") ? ");" : ")");
    if (result) edits.appendLeft(result.end, ")]");
    return result !== undefined;
  }

  private write(change: Change): void {
    if (change.type === "replacement") {
      const { start, end, text } = change;
      if (start === end) this.edits.appendLeft(start, text);
      else if (text === "") this.edits.remove(start, end);
      else this.edits.update(start, end, text);
    } else if (!change.scope.isLocal(change.name) && this.isBinding(change.name)) {
      if (change.type === "reference") this.writeReference(change);
      else this.writeName(change);
    }
  }

  private writeReference(reference: Reference): void {
    const { name, start, end, use, isShorthand } = reference;
    const member = `${this.need(name)}.${this.propertyFor(reference)}`;
    // Called as a plain function: the binding must not become its `this`.
    const text = use === "call" ? `(0, ${member})` : member;
    this.edits.update(start, end, isShorthand ? `${name}: ${text}` : text);
  }

  private propertyFor({ name, start, use, isImmediate }: Reference): keyof Binding {
    const { references, kindOf } = this.options;
    if (use === "declare" || use === "declare-var") return PROPERTY_OF_USE[use];
    const kind = references.declarations.get(name) ?? kindOf(name);
    if (use === "write" && isConstantKind(kind)) return "assign";
    if (isImmediate && start < (references.declarationEnds.get(name) ?? 0)) return "early";
    return use === "typeof" && kind !== undefined ? "value" : PROPERTY_OF_USE[use];
  }

  /** A property of an object literal gives its name to the function or class, as a variable does. */
  private writeName({ type, name, position }: NamedValue): void {
    const key = name === "__proto__" ? '["__proto__"]' : name;
    this.edits.appendLeft(position, type === "name-start" ? `({ ${key}: ` : ` }).${name}`);
  }

  /** Whether a name that no inner scope declares is a variable of the notebook. */
  private isBinding(name: string): boolean {
    const { references, kindOf, locals } = this.options;
    if (locals?.has(name)) return false;
    return references.declarations.has(name) || kindOf(name) !== undefined || !(name in globalThis);
  }

  private slice(node: { start: number; end: number }): string {
    return this.edits.original.slice(node.start, node.end);
  }
}

/** Where types were all that a cell imported, the transformation leaves `export {}` at the end. */
function isEmptyExport(node: Node): boolean {
  return node.type === "ExportNamedDeclaration" && node.declaration === null && node.specifiers.length === 0;
}

function importedName(specifier: ImportSpecifier | ImportDefaultSpecifier): string {
  if (specifier.type === "ImportDefaultSpecifier") return "default";
  return specifier.imported.type === "Identifier" ? specifier.imported.name : specifier.imported.value;
}

/** An enum becomes `var Color = function (Color) { ... }(Color || {})`; run again, it must start afresh. */
function enumNames(program: Program): string[] {
  const names: string[] = [];
  for (const statement of program.body) {
    const node = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (node?.type !== "VariableDeclaration" || node.kind !== "var") continue;
    for (const { id, init } of node.declarations) {
      if (id.type !== "Identifier" || init?.type !== "CallExpression") continue;
      const [argument] = init.arguments;
      const isEnum =
        init.callee.type === "FunctionExpression" &&
        argument?.type === "LogicalExpression" &&
        argument.left.type === "Identifier" &&
        argument.left.name === id.name;
      if (isEnum) names.push(id.name);
    }
  }
  return names;
}

function unusedPrefix(javascript: string): string {
  let prefix = "$$";
  while (javascript.includes(prefix)) prefix += "$";
  return prefix;
}
