import path from "node:path";

import type { Case } from "./cell-cases.ts";
import { testCases, throws } from "./cell-cases.ts";

const patterns: Case[] = [
  ["object", ["const { a, b: c } = { a: 1, b: 2 }", "[a, c]"], [1, 2]],
  ["array with holes", ["const [a, , b] = [1, 2, 3]", "[a, b]"], [1, 3]],
  [
    "rest",
    ["const [a, ...b] = [1, 2, 3]; const { x, ...y } = { x: 1, z: 2 }", "[a, b, x, y]"],
    [1, [2, 3], 1, { z: 2 }],
  ],
  [
    "defaults",
    ["const { a = 1, b: { c = 2 } = {} } = {} as any; const [d = a] = []", "[a, c, d]"],
    [1, 2, 1],
  ],
  ["nested", ["const { a: [{ b }] } = { a: [{ b: 7 }] }", "b"], 7],
  [
    "computed keys",
    ["const key = 'k'; const { [key]: a, [key + '2']: b = 5 } = { k: 1 } as any", "[a, b]"],
    [1, 5],
  ],
  ["several with patterns", ["let { a } = { a: 1 }, [b] = [2], c = 3", "[a, b, c]"], [1, 2, 3]],
  ["var", ["var { a, ...rest } = { a: 1, b: 2 }", "[a, rest]"], [1, { b: 2 }]],
  [
    "assignment to an object pattern",
    ["let a = 1, b = 2", "({ a, b: b = 5 } = { a: 10 } as any)", "[a, b]"],
    [10, 5],
  ],
  ["assignment to shorthand with a default", ["let a = 1", "({ a = 6 } = {} as any)", "a"], 6],
  ["swap", ["let a = 1, b = 2", "[a, b] = [b, a]", "[a, b]"], [2, 1]],
  [
    "assignment to a member in a pattern",
    ["const o: any = {}; let a", "[o.x, a] = [1, 2]", "[o.x, a]"],
    [1, 2],
  ],
  ["compound assignment", ["let a = 5", "a += 2; a *= 3; a **= 2; a", "a"], 441],
  [
    "logical assignment",
    ["let a: any = null, b: any = 0, c: any = 1", "a ??= 1; b ||= 2; c &&= 3", "[a, b, c]"],
    [1, 2, 3],
  ],
  ["increment", ["let a = 1", "[a++, ++a, a--, --a]"], [1, 3, 3, 1]],
  ["increment of a bigint", ["let a = 1n", "a++; String(a)"], "2"],
];

const naming: Case[] = [
  ["an arrow", ["const f = () => 1", "f.name"], "f"],
  ["a function expression", ["let f = function () {}", "f.name"], "f"],
  ["a class expression", ["const C = class {}", "C.name"], "C"],
  ["in parentheses", ["const f = (() => 1)", "f.name"], "f"],
  ["with a type", ["const f: () => number = () => 1", "f.name"], "f"],
  ["async", ["const f = async () => 1", "f.name"], "f"],
  ["a default in a pattern", ["const { f = () => 1 } = {} as any", "f.name"], "f"],
  ["assigned later", ["let f: any", "f = () => 1", "f.name"], "f"],
  ["assigned by ??=", ["let f: any", "f ??= () => 1", "f.name"], "f"],
  ["a name of its own", ["const f = function g() {}", "f.name"], "g"],
  ["a class with a static name", ["const C = class { static name = 'mine' }", "C.name"], "mine"],
  ["a declared class", ["class C {}", "C.name"], "C"],
  ["a declared function", ["function f() {}", "f.name"], "f"],
];

const typescript: Case[] = [
  [
    "annotations, assertions and generics",
    [
      "function f<T extends object>(this: void, a: T, b?: keyof T): T { return a as T } const v = f<{ a: 1 }>({ a: 1 } satisfies object)!",
      "v",
    ],
    { a: 1 },
  ],
  ["angle-bracket assertions", ["<number>(<unknown>5)"], 5],
  [
    "types across cells",
    ["interface A { a: number } type B = A | null", "const b: B = { a: 1 }; b"],
    { a: 1 },
  ],
  [
    "overloads",
    ["function f(a: string): string; function f(a: number): number; function f(a: any) { return a }", "f(1)"],
    1,
  ],
  ["enum", ["enum Level { Low, High = 10 }", "[Level.High, Level[0]]"], [10, "Low"]],
  [
    "an enum run again starts afresh",
    ["enum Level { Low, High }", "enum Level { Low }", "Object.keys(Level).length"],
    2,
  ],
  ["const enum", ["const enum E { A = 'a' }", "E.A"], "a"],
  ["enum merging in one cell", ["enum E { A } enum E { B = 1 }", "[E.A, E.B]"], [0, 1]],
  [
    "namespace",
    ["namespace N { export const a = 1; export namespace M { export const b = a + 1 } }", "[N.a, N.M.b]"],
    [1, 2],
  ],
  [
    "parameter properties",
    [
      "class A { constructor(private readonly a: number, public b = 2) {} sum() { return this.a + this.b } }",
      "new A(1).sum()",
    ],
    3,
  ],
  [
    "abstract and implements",
    [
      "interface I { f(): number } abstract class A implements I { abstract f(): number } class B extends A { f() { return 3 } }",
      "new B().f()",
    ],
    3,
  ],
  ["declare", ["declare const nowhere: number; const here = 1", "[here, typeof nowhere]"], [1, "undefined"]],
  ["import equals require", ["import path = require('node:path')", "path.sep"], path.sep],
  ["import equals a namespace", ["namespace N { export const a = 1 } import b = N.a", "b"], 1],
  [
    "a class decorator",
    ["function tag(c: any) { c.tagged = true } @tag class A {}", "(A as any).tagged"],
    true,
  ],
  [
    "a method decorator",
    [
      "const calls: string[] = []; function log(_: any, key: string) { calls.push(key) } class A { @log m() {} }",
      "calls",
    ],
    ["m"],
  ],
  [
    "accessors and modifiers",
    ["class A { private static readonly x = 1; static get y() { return A.x } }", "A.y"],
    1,
  ],
  ["definite assignment", ["let a!: number; a = 4", "a"], 4],
  ["accessor fields keep their order", ["class A { a = 1; b = this.a + 1 }", "new A().b"], 2],
  ["a regular expression and division", ["const a = 8; const b = a / 2 / 2; /a\\/b/.test('a/b')"], true],
  [
    "using disposes at the end of the cell",
    [
      "let log = ''; { using r = { v: 1, [Symbol.dispose]() { log += 'inner ' } } } using q = { v: 2, [Symbol.dispose]() { log += 'outer' } };",
      "[log, q.v]",
    ],
    ["inner outer", 2],
  ],
  [
    "await using",
    ["let closed = false; await using r = { async [Symbol.asyncDispose]() { closed = true } };", "closed"],
    true,
  ],
];

const asynchronous: Case[] = [
  ["await", ["await Promise.resolve(1)"], 1],
  ["await in parentheses", ["await (Promise.resolve(2))"], 2],
  ["await in a declaration", ["const a = await Promise.resolve(3)", "a"], 3],
  ["await in a template and call", ["`${await Promise.resolve('a')}${String(await 1)}`"], "a1"],
  ["await in a loop and block", ["let n = 0; for (const p of [1, 2]) { if (p) { n += await p } }", "n"], 3],
  ["for await", ["let n = 0; for await (const p of [Promise.resolve(1), 2]) n += p;", "n"], 3],
  ["await only in a nested function", ["const f = async () => await 5; f() instanceof Promise"], true],
  ["await in a class field's function", ["class A { f = async () => await 6 }", "await new A().f()"], 6],
  ["await in a computed key", ["const o = { [await Promise.resolve('k')]: 1 }", "o"], { k: 1 }],
  ["a value after an await", ["await null; 7"], 7],
  ["a declaration after an await", ["await null; const late = 8; function f() { return late }", "f()"], 8],
  ["static import, default", ["import os from 'node:os'", "typeof os.cpus"], "function"],
  [
    "static import, named and renamed",
    ["import { sep as s, join } from 'node:path'", "join('a', 'b') === 'a' + s + 'b'"],
    true,
  ],
  ["static import, namespace", ["import * as path from 'node:path'", "path.sep"], path.sep],
  ["static import, default and named", ["import path, { sep } from 'node:path'", "path.sep === sep"], true],
  ["static import, a string name", ["import { 'sep' as s } from 'node:path'", "s"], path.sep],
  ["static import, side effect", ["import 'node:path'\nconst after = 1", "after"], 1],
  [
    "static import, types only",
    [
      "import type { Stats } from 'node:fs'; import { type Dirent, existsSync } from 'node:fs'",
      "typeof existsSync",
    ],
    "function",
  ],
  [
    "static import of a type without the word",
    ["import { Stats, BigIntOptions } from 'node:fs'; let s: BigIntOptions | undefined", "typeof Stats"],
    "function",
  ],
  [
    "imports come before the cell's first line",
    ["const s = sep\nimport { sep } from 'node:path'", "s"],
    path.sep,
  ],
  ["dynamic import", ["const { sep } = await import('node:path')", "sep"], path.sep],
  ["dynamic import in a function", ["const f = () => import('node:path')", "(await f()).sep"], path.sep],
  ["re-exports are tolerated", ["export { sep } from 'node:path'; export * from 'node:os'", "1"], 1],
  [
    "an import keeps this undefined",
    ["import { EventEmitter } from 'node:events'", "EventEmitter.name"],
    "EventEmitter",
  ],
];

const errors: Case[] = [
  ["assign to a const in the cell", ["const a = 1; a = 2"], throws("Assignment to constant variable.")],
  [
    "assign to a const of an earlier cell",
    ["const a = 1", "a = 2"],
    throws("Assignment to constant variable."),
  ],
  ["increment a const", ["const a = 1", "a++"], throws("Assignment to constant variable.")],
  ["a const in a pattern", ["const a = 1", "[a] = [2]"], throws("Assignment to constant variable.")],
  ["a const in a loop head", ["const a = 1", "for (a of [2]);"], throws("Assignment to constant variable.")],
  [
    "a const assigned from a function",
    ["const a = 1; function f() { a = 2 }", "f()"],
    throws("Assignment to constant variable."),
  ],
  ["a const keeps its value", ["const a = 1", "try { a = 2 } catch {}", "a"], 1],
  [
    "assign to an import",
    ["import { sep } from 'node:path'", "sep = 'x'"],
    throws("Assignment to constant variable."),
  ],
  ["use before let", ["a; let a = 1"], throws("Cannot access 'a' before initialization")],
  [
    "use before let of a new declaration",
    ["let a = 1", "a; let a = 2"],
    throws("Cannot access 'a' before initialization"),
  ],
  ["assign before let", ["a = 1; let a"], throws("Cannot access 'a' before initialization")],
  ["use in its own initializer", ["const a = a + 1"], throws("Cannot access 'a' before initialization")],
  ["typeof before let", ["typeof a; let a = 1"], throws("Cannot access 'a' before initialization")],
  ["use before class", ["new A(); class A {}"], throws("Cannot access 'A' before initialization")],
  [
    "a function that uses a name too early",
    ["f(); const a = 1; function f() { return a }"],
    throws("Cannot access 'a' before initialization"),
  ],
  ["an undeclared name", ["nothingOfThatName"], throws("nothingOfThatName is not defined")],
  ["assign to an undeclared name", ["nothingOfThatName = 1"], throws("nothingOfThatName is not defined")],
  ["a failed cell keeps what it declared", ["const a = 1; throw new Error('stop'); const b = 2", "a"], 1],
  [
    "a failed cell does not declare the rest",
    ["throw new Error('stop'); const b = 2", "b"],
    throws("b is not defined"),
  ],
  ["a failed cell leaves an earlier value", ["const b = 1", "throw new Error('stop'); const b = 2", "b"], 1],
  [
    "a failed cell leaves an earlier kind",
    ["let b = 1", "throw new Error('stop'); const b = 2", "b = 5", "b"],
    5,
  ],
  [
    "functions of a failed cell are declared",
    ["throw new Error('stop'); function f() { return 1 }", "f()"],
    1,
  ],
  ["a failed import leaves an earlier value", ["const a = 1", "import a from 'no-such-package'", "a"], 1],
  [
    "an export that the module lacks",
    ["import { noSuchExport } from 'node:path'; noSuchExport"],
    throws(/does not provide an export named 'noSuchExport'/),
  ],
  [
    "a missing export used later",
    ["import { noSuchExport } from 'node:path'", "noSuchExport"],
    throws(/does not provide an export named 'noSuchExport'/),
  ],
  ["a name declared twice", ["let a = 1; let a = 2"], throws("Identifier `a` has already been declared")],
  ["return", ["return 5"], throws(/'return' statement/)],
  ["broken syntax", ["const = 1"], throws(/Unexpected token/)],
  ["calling what is not a function", ["const a: any = 1", "a()"], throws(/is not a function/)],
  ["delete of a name", ["const a = 1", "delete a"], throws(/./)],
];

testCases("patterns", patterns);
testCases("naming", naming);
testCases("typescript", typescript);
testCases("asynchronous", asynchronous);
testCases("errors", errors);
