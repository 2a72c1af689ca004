import assert from "node:assert/strict";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";

import { Session } from "../../kernels/typescript/session/session.ts";

/**
 * Builds a program statement by statement. Statements use names only after their declaration: that functions
 * and `var` are hoisted to the start of a cell, not of the notebook, is a documented difference.
 */
class ProgramBuilder {
  readonly statements = ["const log: unknown[] = [];"];
  private readonly mutable: string[] = [];
  private readonly numbers: string[] = [];
  private readonly functions: string[] = [];
  private readonly choices: number[];
  private count = 0;

  constructor(choices: readonly number[]) {
    this.choices = [...choices];
    this.declareNumber("let", "7");
    this.declareNumber("const", "3");
  }

  private next(limit: number): number {
    return (this.choices.shift() ?? 0) % limit;
  }

  private pick(names: readonly string[]): string {
    return names[this.next(names.length)] ?? "7";
  }

  private fresh(prefix: string): string {
    return `${prefix}${this.count++}`;
  }

  private declareNumber(keyword: string, value: string): void {
    const name = this.fresh("v");
    this.add(`${keyword} ${name}: any = ${value};`);
    this.numbers.push(name);
    if (keyword !== "const") this.mutable.push(name);
  }

  private add(statement: string): void {
    this.statements.push(statement);
  }

  private expression(depth = 2): string {
    const name = this.pick(this.numbers);
    if (depth === 0) return this.next(2) === 0 ? name : String(this.next(10));
    const inner = (): string => this.expression(depth - 1);
    switch (this.next(9)) {
      case 0:
        return `(${inner()} + ${inner()}) % 1000`;
      case 1:
        return `(${inner()} - ${name})`;
      case 2:
        return `(${name} > ${inner()} ? ${inner()} : ${name})`;
      case 3:
        return `((${name}: number) => ${name} + 1)(${inner()})`;
      case 4:
        return `({ ${name} }).${name}`;
      case 5:
        return `[${inner()}, ${inner()}].length`;
      case 6:
        return this.functions.length > 0 ? `${this.pick(this.functions)}(${inner()})` : name;
      case 7:
        return `(typeof ${name} === "number" ? ${inner()} : 0)`;
      default:
        return name;
    }
  }

  /** Append one statement, chosen and filled in by the generator's numbers. */
  addStatement(): void {
    const value = this.expression();
    const variable = this.pick(this.mutable);
    const anyName = this.pick(this.numbers);
    switch (this.next(24)) {
      case 0:
        return this.declareNumber("let", value);
      case 1:
        return this.declareNumber("const", value);
      case 2:
        return this.declareNumber("var", value);
      case 3: {
        const name = this.fresh("v");
        this.add(`let ${name}: any; ${name} = ${value};`);
        this.mutable.push(name);
        this.numbers.push(name);
        return;
      }
      case 4:
        return this.add(`${variable} ${["=", "+=", "-=", "*=", "||=", "??="][this.next(6)]} ${value};`);
      case 5: {
        const name = this.fresh("f");
        this.add(`function ${name}(x: number) { return (x + ${value} + ${anyName}) % 1000; }`);
        this.functions.push(name);
        return;
      }
      case 6: {
        const name = this.fresh("f");
        this.add(
          `function ${name}(x = ${value}) { ${variable} = (${variable} + x) % 1000; return ${variable}; }`,
        );
        this.functions.push(name);
        return;
      }
      case 7: {
        const name = this.fresh("C");
        this.add(
          `class ${name} { field = ${value}; static count = ${anyName}; method() { return this.field + ${variable} + ${name}.count; } }`,
        );
        return this.add(`log.push(new ${name}().method(), ${name}.name);`);
      }
      case 8: {
        const [first, second] = [this.fresh("v"), this.fresh("v")];
        this.add(`const { a: ${first}, b: [${second} = ${value}] }: any = { a: ${anyName}, b: [] };`);
        this.numbers.push(first, second);
        return;
      }
      case 9:
        return this.add(`for (let i = 0; i < 3; i++) { ${variable} = (${variable} + i * ${value}) % 1000; }`);
      case 10: {
        const name = this.fresh("v");
        this.add(`if (${value} > 0) { var ${name}: any = ${anyName}; } else { var ${name}: any = -1; }`);
        this.mutable.push(name);
        this.numbers.push(name);
        return;
      }
      case 11:
        return this.add(`try { v1 = ${value}; } catch (error: any) { log.push(error.name, error.message); }`);
      case 12: {
        const name = this.fresh("f");
        this.add(`const ${name} = (x = ${value}) => { ${variable} = x; return ${anyName}; };`);
        this.functions.push(name);
        return this.add(`log.push(${name}.name);`);
      }
      case 13:
        return this.add(`[${variable}, ${this.pick(this.mutable)}] = [${value}, ${anyName}];`);
      case 14:
        return this.add(`log.push(${value});`);
      case 15:
        return this.declareNumber("const", `await Promise.resolve(${value})`);
      case 16:
        return this.add(`for await (const ${anyName} of [1, Promise.resolve(2)]) { log.push(${anyName}); }`);
      case 17:
        return this.add(
          `outer: for (const i of [1, 2, 3]) { for (;;) { if (i === 2) continue outer; ${variable} += i; continue outer; } }`,
        );
      case 18:
        return this.add(
          `switch (${value} % 3) { case 0: { log.push("zero"); break; } default: log.push(${anyName}); }`,
        );
      case 19:
        return this.add(`{ let ${anyName}: any = ${this.next(9)}; ${anyName}++; log.push(${anyName}); }`);
      case 20:
        return this.add(
          `log.push(JSON.stringify({ ${anyName}, nested: { ${variable} } }), \`\${${value}}\`);`,
        );
      case 21: {
        const name = this.fresh("g");
        this.add(`function* ${name}() { yield ${value}; ${variable}++; yield ${variable}; }`);
        return this.add(`log.push([...${name}()]);`);
      }
      case 22:
        return this.add(`log.push(${variable}++, --${variable}, typeof ${anyName});`);
      default:
        return this.add(`({ ${variable}, b: ${variable} = ${value} } = { ${variable}: ${anyName} } as any);`);
    }
  }

  /** An expression that observes everything. */
  get observation(): string {
    return `[log, ${this.numbers.join(", ")}, ${this.functions.map((name) => `${name}(1)`).join(", ")}]`;
  }
}

const program = fc
  .tuple(fc.nat({ max: 12 }), fc.array(fc.nat({ max: 1000 }), { minLength: 40, maxLength: 160 }))
  .map(([size, choices]) => {
    const builder = new ProgramBuilder(choices);
    for (let index = 0; index <= size; index++) builder.addStatement();
    return builder;
  });

async function run(cells: readonly string[]): Promise<unknown> {
  const session = new Session({ directory: os.tmpdir(), projectRoot: path.resolve(".") });
  let value: unknown;
  for (const [index, cell] of cells.entries()) {
    ({ value } = await session.execute(cell, { executionCount: index + 1 }));
  }
  return value;
}

/** The same program as a module that Node itself runs. */
async function runAsModule(source: string): Promise<unknown> {
  const { transformSync } = await import("oxc-transform");
  const { code } = transformSync("program.ts", source, { lang: "ts", sourceType: "module" });
  const module = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { default: unknown };
  return module.default;
}

describe("a program split into cells", () => {
  it("gives the values that it gives as one module, wherever it is split", async () => {
    await fc.assert(
      fc.asyncProperty(program, fc.array(fc.boolean(), { maxLength: 30 }), async (built, cuts) => {
        const { statements, observation } = built;
        const expected = await runAsModule(`${statements.join("\n")}\nexport default ${observation};`);
        assert.deepEqual(await run([`${statements.join("\n")}\n${observation}`]), expected);

        const cells = [statements.slice(0, 1)];
        for (const [index, statement] of statements.slice(1).entries()) {
          if (cuts[index]) cells.push([]);
          cells.at(-1)?.push(statement);
        }
        assert.deepEqual(await run([...cells.map((cell) => cell.join("\n")), observation]), expected);
      }),
      { numRuns: 300, seed: 20 },
    );
  });

  it("gives the same values when every cell is run a second time before the next", async () => {
    // Only declarations and pure values: a cell that changes a variable does so twice, as it should.
    const cells = [
      "const a = 2",
      "function f(x: number) { return x * a }",
      "class C { v = f(3) }",
      "let b = new C().v",
    ];
    const twice = cells.flatMap((cell) => [cell, cell]);
    assert.deepEqual(await run([...twice, "[a, f(1), new C().v, b]"]), [2, 2, 6, 6]);
  });
});
