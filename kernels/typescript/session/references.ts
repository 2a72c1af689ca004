import { visitorKeys } from "oxc-parser";
import type {
  ArrowFunctionExpression,
  AwaitExpression,
  Class,
  Expression,
  ForInStatement,
  ForOfStatement,
  Function as FunctionNode,
  Node,
  Program,
  VariableDeclaration,
} from "oxc-parser";

import type { CellReferences, Use } from "./cell-references.ts";
import { FoundReferences } from "./found-references.ts";
import { patternNames } from "./pattern-names.ts";
import { Scope } from "./scope.ts";

/** The names of the helpers that generated code may use; none of them occurs in the cell. */
export interface RewriteNames {
  /** Text before the name of each binding. */
  readonly prefix: string;
}

/** Find every use of the notebook's variables in a cell, given as JavaScript. */
export function collectReferences(program: Program, names: RewriteNames): CellReferences {
  const walk = new ReferenceWalk(names);
  walk.visitStatements(program.body, walk.found.program);
  return walk.found;
}

class ReferenceWalk {
  readonly found = new FoundReferences();
  private readonly prefix: string;

  constructor(names: RewriteNames) {
    this.prefix = names.prefix;
  }

  visitStatements(statements: readonly Node[], scope: Scope): void {
    for (const statement of statements) this.visit(statement, scope);
  }

  /** Statements and declarations; they make the scopes. */
  visit(node: Node, scope: Scope): void {
    switch (node.type) {
      case "VariableDeclaration":
        this.visitVariables(node, scope, false);
        return;
      case "FunctionDeclaration":
        if (node.id) this.found.declare(node.id.name, "function", scope);
        this.visitFunction(node as FunctionNode, scope);
        return;
      case "ClassDeclaration":
        this.visitClassDeclaration(node as Class, scope);
        return;
      case "StaticBlock":
        this.visitStatements(node.body, new Scope(scope, true));
        return;
      case "BlockStatement":
        this.visitStatements(node.body, new Scope(scope, false));
        return;
      case "SwitchStatement":
        this.visit(node.discriminant, scope);
        this.visitStatements(node.cases, new Scope(scope, false));
        return;
      case "CatchClause": {
        const catchScope = new Scope(scope, false);
        if (node.param) this.visitTarget(node.param, catchScope, "local");
        this.visit(node.body, catchScope);
        return;
      }
      case "ForStatement": {
        const loop = new Scope(scope, false);
        if (node.init?.type === "VariableDeclaration") this.visitVariables(node.init, loop, true);
        else if (node.init) this.visit(node.init, loop);
        for (const part of [node.test, node.update, node.body]) if (part) this.visit(part, loop);
        return;
      }
      case "ForInStatement":
      case "ForOfStatement":
        this.visitLoopOver(node, new Scope(scope, false));
        return;
      case "LabeledStatement":
        this.visit(node.body, scope);
        return;
      case "ExportNamedDeclaration":
        if (node.declaration) this.visit(node.declaration, scope);
        return;
      case "BreakStatement":
      case "ContinueStatement":
      case "ImportDeclaration":
      case "ExportAllDeclaration":
        return;
      default:
        this.visitExpression(node, scope);
    }
  }

  private visitLoopOver(node: ForInStatement | ForOfStatement, loop: Scope): void {
    const isAsync = node.type === "ForOfStatement" && node.await;
    if (isAsync) this.found.noteAwait();
    if (node.left.type === "VariableDeclaration") this.visitVariables(node.left, loop, true);
    else this.visitTarget(node.left, loop, "write");
    this.visit(node.right, loop);
    const { start, end } = node.body;
    if (isAsync) this.found.replace(start, start, `{ ${this.prefix}.resumed(); `);
    this.visit(node.body, loop);
    if (isAsync) this.found.replace(end, end, " }");
  }

  private visitExpression(node: Node, scope: Scope): void {
    switch (node.type) {
      case "Identifier":
        this.found.use(node, scope, "read");
        return;
      case "FunctionExpression": {
        const nameScope = new Scope(scope, false);
        if (node.id) nameScope.declare(node.id.name);
        this.visitFunction(node as FunctionNode, nameScope);
        return;
      }
      case "ArrowFunctionExpression":
        this.visitFunction(node, scope);
        return;
      case "ClassExpression":
        this.visitClass(node as Class, scope);
        return;
      case "AwaitExpression":
        this.visitAwait(node, scope);
        return;
      case "AssignmentExpression": {
        this.visitTarget(node.left, scope, "write");
        const isNaming = ["=", "&&=", "||=", "??="].includes(node.operator);
        this.visitValue(node.right, scope, isNaming ? node.left : undefined);
        return;
      }
      case "UpdateExpression":
        this.visitTarget(node.argument, scope, "write");
        return;
      case "BinaryExpression":
      case "LogicalExpression":
        this.visitOperands(node, scope);
        return;
      case "UnaryExpression":
        if (node.operator === "typeof" && node.argument.type === "Identifier") {
          this.found.use(node.argument, scope, "typeof");
        } else this.visit(node.argument, scope);
        return;
      case "CallExpression":
        this.visitCallee(node.callee, scope);
        this.visitStatements(node.arguments, scope);
        return;
      case "TaggedTemplateExpression":
        this.visitCallee(node.tag, scope);
        this.visit(node.quasi, scope);
        return;
      case "MemberExpression":
        this.visit(node.object, scope);
        if (node.computed) this.visit(node.property, scope);
        return;
      case "MetaProperty":
        if (node.meta.name === "import") this.found.replace(node.start, node.end, `${this.prefix}.meta`);
        return;
      default:
        this.visitProperty(node, scope);
    }
  }

  /** The name of a property is no variable, unless it is computed or stands for its value too. */
  private visitProperty(node: Node, scope: Scope): void {
    switch (node.type) {
      case "Property":
        if (node.shorthand && node.value.type === "Identifier") {
          this.found.use(node.value, scope, "read", true);
          return;
        }
        if (node.computed) this.visit(node.key, scope);
        this.visit(node.value, scope);
        return;
      case "MethodDefinition":
        if (node.computed) this.visit(node.key, scope);
        this.visit(node.value, scope);
        return;
      case "PropertyDefinition":
      case "AccessorProperty": {
        if (node.computed) this.visit(node.key, scope);
        const { value } = node;
        if (value) this.found.inFunction(() => this.visit(value, new Scope(scope, true)));
        return;
      }
      default:
        this.visitChildren(node, scope);
    }
  }

  /** An interrupt ends the wait: `await x` becomes `resumed(await hold(x))`. */
  private visitAwait(node: AwaitExpression, scope: Scope): void {
    this.found.noteAwait();
    const valueStart = node.start + "await".length;
    this.found.replace(node.start, node.start, `${this.prefix}.resumed(`);
    this.found.replace(valueStart, valueStart, ` ${this.prefix}.hold(`);
    this.visit(node.argument, scope);
    this.found.replace(node.end, node.end, "))");
  }

  /** A sum of a thousand parts is nested a thousand deep, on its left side. */
  private visitOperands(node: Node, scope: Scope): void {
    const right: Node[] = [];
    let left = node;
    while (left.type === "BinaryExpression" || left.type === "LogicalExpression") {
      right.push(left.right);
      left = left.left;
    }
    this.visit(left, scope);
    this.visitStatements(right.reverse(), scope);
  }

  private visitChildren(node: Node, scope: Scope): void {
    for (const key of visitorKeys[node.type] ?? []) {
      const child = Reflect.get(node, key) as Node | (Node | null)[] | null | undefined;
      if (Array.isArray(child)) {
        for (const element of child) if (element) this.visit(element, scope);
      } else if (child) this.visit(child, scope);
    }
  }

  /** Parameters have a scope of their own: a default value does not see the body's variables. */
  private visitFunction(node: FunctionNode | ArrowFunctionExpression, scope: Scope): void {
    const parameters = new Scope(scope, true);
    if (node.type !== "ArrowFunctionExpression") parameters.declare("arguments");
    this.found.inFunction(() => {
      for (const parameter of node.params) this.visitTarget(parameter, parameters, "local");
      if (node.body?.type === "BlockStatement") {
        this.visitStatements(node.body.body, new Scope(parameters, true));
      } else if (node.body) this.visit(node.body, parameters);
    });
  }

  private visitClassDeclaration(node: Class, scope: Scope): void {
    if (!node.id) {
      this.visitClass(node, scope);
      return;
    }
    this.found.declare(node.id.name, "class", scope);
    if (scope.isProgram) {
      this.found.declarationEnds.set(node.id.name, node.end);
      this.found.replace(node.start, node.start, `${this.prefix}${node.id.name}.init = `);
    }
    this.visitClass(node, scope);
    if (scope.isProgram) this.found.replace(node.end, node.end, ";");
  }

  private visitClass(node: Class, scope: Scope): void {
    const inner = new Scope(scope, false);
    if (node.id) inner.declare(node.id.name);
    if (node.superClass) this.visit(node.superClass, inner);
    // Field values and static blocks run as methods do: an `await` there is not the cell's.
    this.visitStatements(node.body.body, inner);
  }

  private visitVariables(node: VariableDeclaration, scope: Scope, isLoopHead: boolean): void {
    const { kind } = node;
    if (kind === "await using") this.found.noteAwait();
    const target = kind === "var" ? scope.variables : scope;
    if (!target.isProgram) {
      for (const declarator of node.declarations) {
        this.visitTarget(declarator.id, kind === "var" ? target : scope, "local", scope);
        if (declarator.init) this.visit(declarator.init, scope);
      }
      return;
    }
    if (kind === "using" || kind === "await using") {
      this.visitResources(node, scope);
      return;
    }
    const first = node.declarations[0];
    if (first) this.found.replace(node.start, first.start, "");
    for (const { id, init, end } of node.declarations) {
      for (const name of patternNames(id)) {
        this.found.declare(name, kind, target);
        if (kind !== "var") this.found.declarationEnds.set(name, end);
      }
      const needsParentheses = id.type === "ObjectPattern" && init !== null;
      if (needsParentheses) this.found.replace(id.start, id.start, "(");
      if (init === null && kind === "var" && !isLoopHead) this.found.replace(id.start, id.end, "void 0");
      else this.visitTarget(id, scope, kind === "var" ? "declare-var" : "declare");
      if (init) this.visitValue(init, scope, id);
      else if (kind !== "var") this.found.replace(id.end, id.end, " = void 0");
      if (needsParentheses && init) this.found.replace(init.end, init.end, ")");
    }
  }

  /** `using` stays a declaration, so that the resource is disposed of when the cell ends. */
  private visitResources(node: VariableDeclaration, scope: Scope): void {
    for (const { id, init } of node.declarations) {
      if (id.type !== "Identifier" || !init) continue;
      this.found.declare(id.name, "using", scope);
      this.found.declarationEnds.set(id.name, init.end);
      this.found.replace(init.start, init.start, `(${this.prefix}${id.name}.init = `);
      this.visitValue(init, scope, id);
      this.found.replace(init.end, init.end, ")");
    }
  }

  /**
   * Visit what is assigned to or declared.
   *
   * @param use "local" declares the names in `scope`, where no variable of the notebook is meant
   * @param valueScope where default values and computed keys are evaluated
   */
  private visitTarget(
    node: Node,
    scope: Scope,
    use: Use | "local",
    valueScope = scope,
    isShorthand = false,
  ): void {
    switch (node.type) {
      case "Identifier":
        if (use === "local") scope.declare(node.name);
        else this.found.use(node, scope, use, isShorthand);
        return;
      case "ParenthesizedExpression":
        this.visitTarget(node.expression, scope, use, valueScope);
        return;
      case "ArrayPattern":
        for (const element of node.elements) if (element) this.visitTarget(element, scope, use, valueScope);
        return;
      case "ObjectPattern":
        for (const property of node.properties) {
          if (property.type !== "Property") this.visitTarget(property, scope, use, valueScope);
          else {
            if (property.computed) this.visit(property.key, valueScope);
            this.visitTarget(property.value, scope, use, valueScope, property.shorthand);
          }
        }
        return;
      case "RestElement":
        this.visitTarget(node.argument, scope, use, valueScope);
        return;
      case "AssignmentPattern":
        this.visitTarget(node.left, scope, use, valueScope, isShorthand);
        this.visitValue(node.right, valueScope, use === "local" ? undefined : node.left);
        return;
      default:
        this.visit(node, valueScope);
    }
  }

  /** Visit a value that takes its name from `target` when it is a function or class without one. */
  private visitValue(node: Expression, scope: Scope, target: Node | undefined): void {
    if (target?.type !== "Identifier" || !isUnnamedDefinition(node)) {
      this.visit(node, scope);
      return;
    }
    const { name } = target;
    this.found.changes.push({ type: "name-start", name, position: node.start, scope });
    this.visit(node, scope);
    this.found.changes.push({ type: "name-end", name, position: node.end, scope });
  }

  private visitCallee(node: Node, scope: Scope): void {
    if (node.type === "Identifier") this.found.use(node, scope, "call");
    else if (node.type === "ParenthesizedExpression") this.visitCallee(node.expression, scope);
    else this.visit(node, scope);
  }
}

function isUnnamedDefinition(node: Node): boolean {
  if (node.type === "ParenthesizedExpression") return isUnnamedDefinition(node.expression);
  if (node.type === "FunctionExpression" || node.type === "ClassExpression") return node.id === null;
  return node.type === "ArrowFunctionExpression";
}
