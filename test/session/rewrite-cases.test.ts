import assert from "node:assert/strict";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";

import { Session } from "../../kernels/typescript/session/session.ts";

/** Cells run in order; the last one's value, or the message of what it throws. */
type Case = readonly [name: string, cells: readonly string[], expected: unknown];

const throws = (message: string | RegExp): { throws: string | RegExp } => ({ throws: message });
const none = Symbol("no value");

const values: Case[] = [
  ["an expression", ["1 + 1"], 2],
  ["a trailing semicolon", ["1 + 1;"], 2],
  ["a trailing comment", ["1 + 1 // two"], 2],
  ["the last of several", ["1; 2; 3"], 3],
  ["a string alone, though it parses as a directive", ['"use me"'], "use me"],
  ["a template", ["const who = 'you'", "`hello ${who}`"], "hello you"],
  ["a declaration has none", ["const a = 1"], none],
  ["a function declaration has none", ["function f() {}"], none],
  ["a type has none", ["interface A { b: string }"], none],
  ["an empty cell has none", [""], none],
  ["a comment has none", ["// nothing"], none],
  ["a loop has none", ["for (let i = 0; i < 3; i++) i;"], none],
  ["an expression before a vanishing type", ["7; interface A {}"], 7],
  ["undefined is a value", ["undefined"], undefined],
  ["an assignment is an expression", ["let a = 1", "a = 5"], 5],
  ["a sequence", ["(1, 2)"], 2],
  ["an object in parentheses", ["({ a: 1 })"], { a: 1 }],
  ["an immediately called function", ["(() => 4)()"], 4],
  ["a promise is not awaited", ["Promise.resolve(1) instanceof Promise"], true],
  ["an anonymous function has no name", ["(() => {}).name"], ""],
  ["a default export is evaluated", ["export default 1 + 1", "1"], 1],
];

const scope: Case[] = [
  ["const", ["const a = 1", "a"], 1],
  ["let", ["let a = 1", "a"], 1],
  ["let without a value", ["let a", "a"], undefined],
  ["let without a value, then one", ["let a: number", "a = 3", "a"], 3],
  ["var", ["var a = 1", "a"], 1],
  ["several declarators", ["const a = 1, b = a + 1, c = b + 1", "[a, b, c]"], [1, 2, 3]],
  ["function", ["function f(x: number) { return x * 2 }", "f(4)"], 8],
  ["class", ["class A { get() { return 5 } }", "new A().get()"], 5],
  ["async function", ["async function f() { return 6 }", "await f()"], 6],
  ["generator", ["function* g() { yield 1; yield 2 }", "[...g()]"], [1, 2]],
  [
    "async generator",
    [
      "async function* g() { yield 1; yield 2 }",
      "const out: number[] = []; for await (const x of g()) out.push(x)",
      "out",
    ],
    [1, 2],
  ],
  ["a function sees a later assignment", ["let a = 1; function f() { return a }", "a = 42", "f()"], 42],
  ["a function sees a later redeclaration", ["let a = 1; const f = () => a", "let a = 'b'", "f()"], "b"],
  ["a function sees a name declared later", ["function f() { return later }", "const later = 3", "f()"], 3],
  [
    "functions call each other across cells",
    [
      "function even(n: number): boolean { return n === 0 || odd(n - 1) }",
      "function odd(n: number): boolean { return n !== 0 && even(n - 1) }",
      "even(10)",
    ],
    true,
  ],
  [
    "a later cell changes what a function assigns",
    ["let n = 0; function inc() { n++ }", "inc(); inc()", "n"],
    2,
  ],
  ["redeclare const", ["const a = 1", "const a = 'x'", "a"], "x"],
  ["redeclare const as let, then assign", ["const a = 1", "let a = 2", "a = 3", "a"], 3],
  [
    "redeclare let as const, then assign",
    ["let a = 1", "const a = 2", "a = 3"],
    throws("Assignment to constant variable."),
  ],
  ["redeclare class", ["class A { v = 1 }", "class A { v = 2 }", "new A().v"], 2],
  ["redeclare function", ["function f() { return 1 }", "function f() { return 2 }", "f()"], 2],
  ["redeclare function as const", ["function f() { return 1 }", "const f = () => 3", "f()"], 3],
  ["redeclare var as function", ["var f = 1 as unknown", "function f() { return 4 }", "f()"], 4],
  ["redeclare import as const", ["import { sep } from 'node:path'", "const sep = 'mine'", "sep"], "mine"],
  ["redeclare const as import", ["const sep = 'mine'", "import { sep } from 'node:path'", "sep"], path.sep],
  [
    "run a cell again",
    ["const a = [] as number[]; a.push(1)", "const a = [] as number[]; a.push(1)", "a.length"],
    1,
  ],
  ["var without a value keeps the earlier one", ["var a = 1", "var a; a"], 1],
  ["let without a value starts afresh", ["let a = 1 as unknown", "let a; a"], undefined],
  ["var in a block", ["if (true) { var a = 1 }", "a"], 1],
  ["var in a loop head", ["for (var i = 0; i < 3; i++);", "i"], 3],
  ["var in for-of", ["for (var x of [1, 2]);", "x"], 2],
  ["var in for-in", ["for (var k in { a: 1 });", "k"], "a"],
  ["var pattern in for-of", ["for (var [a, { b }] of [[1, { b: 2 }]] as any);", "[a, b]"], [1, 2]],
  ["var pattern in a loop head", ["for (var { a } = { a: 2 }; a < 4; a++);", "a"], 4],
  ["var without a value in a loop head", ["for (var n, i = 0; i < 2; i++) n = i;", "n"], 1],
  [
    "var is undefined before its line",
    ["const before = typeof v; var v = 1", "[before, v]"],
    ["undefined", 1],
  ],
  ["var in try and catch", ["try { throw 1 } catch (e) { var caught = e }", "caught"], 1],
  ["a let in a block stays there", ["{ let inner = 1 }", "typeof inner"], "undefined"],
  ["a function in a block stays there", ["{ function inner() {} }", "typeof inner"], "undefined"],
  ["a function is callable before its line", ["f(); function f() { return 9 }", "f()"], 9],
  [
    "a closure in a loop keeps its own variable",
    ["const fs: (() => number)[] = []; for (let i = 0; i < 3; i++) fs.push(() => i)", "fs.map((f) => f())"],
    [0, 1, 2],
  ],
  ["a loop over an outer variable", ["let x = 0", "for (x of [1, 2, 3]);", "x"], 3],
  [
    "a loop over an outer pattern",
    ["let a = 0, b = 0", "for ([a, b] of [[1, 2]] as any);", "[a, b]"],
    [1, 2],
  ],
  ["an outer name as a for-in target", ["let k = ''", "for (k in { z: 1 });", "k"], "z"],
  ["a global that a cell redeclares", ["const performance = 5", "performance"], 5],
  [
    "a global that a cell redeclares is unchanged elsewhere",
    ["const Map = 5", "typeof globalThis.Map"],
    "function",
  ],
  ["a property of globalThis", ["(globalThis as any).roundsTestValue = 3", "roundsTestValue"], 3],
  ["typeof an undeclared name", ["typeof nothingOfThatName"], "undefined"],
  ["typeof a declared name", ["const a = 1", "typeof a"], "number"],
  ["this", ["this"], undefined],
  ["this in a called function", ["function f() { return this }", "f()"], undefined],
  ["this in a tagged template", ["function tag() { return this }", "tag`a`"], undefined],
  ["this in an optional call", ["const f = function () { return this }", "f?.()"], undefined],
  ["this in a method", ["const o = { v: 1, m() { return this.v } }", "o.m()"], 1],
  [
    "exports are declarations",
    ["export const a = 1; export function f() { return a } export class C {}", "[f(), typeof C]"],
    [1, "function"],
  ],
  ["an export list", ["const a = 1; export { a, a as b }", "a"], 1],
  ["a default export with a name", ["export default function named() { return 2 }", "named()"], 2],
  ["a default class with a name", ["export default class Named { v = 3 }", "new Named().v"], 3],
  ["a default export without a name", ["export default function () {}\nconst after = 1", "after"], 1],
  ["a name that looks like a helper", ["const $$a = 1, a = 2", "[$$a, a]"], [1, 2]],
  ["__proto__ as a name", ["const __proto__ = () => 1", "[__proto__(), __proto__.name]"], [1, "__proto__"]],
  ["names beyond the basic plane", ["const 𝒳 = 1", "𝒳 + 1"], 2],
  ["names with escapes", ["const caf\\u00e9 = 1", "café"], 1],
  [
    "names of properties of Object",
    ["const constructor = 1, toString = 2, hasOwnProperty = 3", "[constructor, toString, hasOwnProperty]"],
    [1, 2, 3],
  ],
  ["require", ["require('node:path').sep"], path.sep],
  ["require can be redeclared", ["const require = 1", "require"], 1],
  ["import.meta.dirname", ["import.meta.dirname"], os.tmpdir()],
  [
    "import.meta.filename is in the folder",
    ["require('node:path').dirname(import.meta.filename)"],
    os.tmpdir(),
  ],
  ["import.meta.url is a file", ["import.meta.url.startsWith('file:')"], true],
];

const shadowing: Case[] = [
  ["a parameter", ["const a = 1", "((a: number) => a)(2)"], 2],
  [
    "a destructured parameter",
    ["const a = 1", "(({ a, b: [c = a] }: any) => [a, c])({ a: 2, b: [] })"],
    [2, 2],
  ],
  [
    "a default that uses the outer name",
    ["const a = 1", "((b = a) => { var a = 3; return [a, b] })()"],
    [3, 1],
  ],
  ["a local const", ["const a = 1", "(() => { const a = 2; return a })()"], 2],
  ["a block", ["const a = 1; let out = 0; { const a = 2; out = a }", "[a, out]"], [1, 2]],
  [
    "a local var is hoisted",
    ["const a = 1", "(() => { const before = a; var a = 2; return before })()"],
    undefined,
  ],
  [
    "a local function is hoisted",
    ["const a = 1", "(() => { return typeof a; function a() {} })()"],
    "function",
  ],
  ["a catch parameter", ["const e = 1", "(() => { try { throw 2 } catch (e) { return e } })()"], 2],
  [
    "a loop variable",
    ["const i = 9; const seen: number[] = []; for (let i = 0; i < 2; i++) seen.push(i)", "[i, seen]"],
    [9, [0, 1]],
  ],
  ["a for-of variable", ["const x = 9; let sum = 0; for (const x of [1, 2]) sum += x", "[x, sum]"], [9, 3]],
  ["a switch's variable", ["const a = 1", "(() => { switch (1) { case 1: const a = 2; return a } })()"], 2],
  [
    "a function expression's own name",
    ["const f = 1", "(function f(): string { return typeof f })()"],
    "function",
  ],
  ["a class expression's own name", ["const C = 1", "(class C { static t = typeof C }).t"], "function"],
  ["a class's own name inside it", ["class C { static make() { return new C() } v = 1 }", "C.make().v"], 1],
  ["a label", ["const a = 1; a: for (;;) { break a }", "a"], 1],
  ["property names", ["const a = 1", "({ a: 2 }).a"], 2],
  ["method names", ["const m = 1", "({ m() { return m } }).m()"], 1],
  ["a computed key", ["const key = 'k'", "({ [key]: 1 }).k"], 1],
  ["a computed method", ["const key = 'k'", "new (class { [key]() { return 2 } })().k()"], 2],
  ["a shorthand property", ["const a = 1, b = 2", "({ a, b })"], { a: 1, b: 2 }],
  ["arguments", ["(function () { return arguments.length })(1, 2)"], 2],
  ["arguments outside of functions", ["arguments"], throws("arguments is not defined")],
  ["a private field", ["const v = 1; class A { #v = 2; get() { return this.#v + v } }", "new A().get()"], 3],
  ["a field that uses an outer name", ["let n = 1; class A { v = n }", "n = 5", "new A().v"], 5],
  ["a static block", ["let log = ''; class A { static { log += 'ran' } }", "log"], "ran"],
  [
    "a static block's var",
    ["const a = 1; class A { static v = 0; static { var a = 5; A.v = a } }", "[a, A.v]"],
    [1, 5],
  ],
  ["an outer name in extends", ["class A { v = 1 }", "class B extends A {}", "new B().v"], 1],
  ["a name used and shadowed in one expression", ["const a = 1", "[a, ((a) => a)(2), a]"], [1, 2, 1]],
  ["a nested arrow", ["let a = 1", "(() => () => () => a)()()()"], 1],
];

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

const groups = { values, scope, shadowing, patterns, naming, typescript, asynchronous, errors };

/** Run the cells; errors of all but the last are part of the story. */
async function runCells(cells: readonly string[]): Promise<unknown> {
  const session = new Session({ directory: os.tmpdir(), projectRoot: path.resolve(".") });
  for (const [index, source] of cells.entries()) {
    const isLast = index === cells.length - 1;
    try {
      const { hasValue, value } = await session.execute(source, { executionCount: index + 1 });
      if (isLast) return hasValue ? value : none;
    } catch (error) {
      if (isLast) throw error;
    }
  }
  return none;
}

for (const [group, cases] of Object.entries(groups)) {
  describe(`cells: ${group}`, () => {
    for (const [name, cells, expected] of cases) {
      it(name, async () => {
        if (expected instanceof Object && "throws" in expected) {
          await assert.rejects(runCells(cells), { message: expected.throws as string | RegExp });
        } else assert.deepEqual(await runCells(cells), expected);
      });
    }
  });
}
