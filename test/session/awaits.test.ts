import assert from "node:assert/strict";
import os from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { Session } from "../../kernels/typescript/session/session.ts";

/** Run a cell that records what it waits for. */
async function run(source: string): Promise<{ value: unknown; held: unknown[]; resumed: number }> {
  const held: unknown[] = [];
  let resumed = 0;
  const session = new Session({
    directory: os.tmpdir(),
    projectRoot: path.resolve("."),
    awaits: {
      hold(value) {
        held.push(value instanceof Promise ? "promise" : value);
        return value;
      },
      resumed(value) {
        resumed += 1;
        return value;
      },
    },
  });
  const { value } = await session.execute(source, { executionCount: 1 });
  return { value: await value, held, resumed };
}

describe("every await of a cell can be stopped", () => {
  const cases: [source: string, value: unknown, held: unknown[], resumed: number][] = [
    ["await 1", 1, [1], 1],
    ["const x = await 1 + await 2; x", 3, [1, 2], 2],
    ["await await 1", 1, [1, 1], 2],
    ["await(1, 2)", 2, [2], 1],
    ["(await { n: 1 }).n + `${await 2}`", "12", [{ n: 1 }, 2], 2],
    ["const { a } = await { a: 1 }; a", 1, [{ a: 1 }], 1],
    ["await /* why */ 1", 1, [1], 1],
    ["(async () => { return (await 1) + 1; })()", 2, [1], 1],
    ["class Box { async get() { return await 3; } } await new Box().get()", 3, [3, "promise"], 2],
    ["let sum = 0; for await (const n of [1, 2]) sum += n; sum", 3, [], 2],
    ["let all = ''; for await (const n of ['a', 'b']) { if (n === 'a') continue; all += n } all", "b", [], 2],
    ["let last; outer: for await (last of [1, 2]) for (;;) continue outer; last", 2, [], 2],
    [
      "async function* two() { yield await 1; yield 2 } (async () => { let s = 0; for await (const n of two()) s += n; return s })()",
      3,
      [1],
      3,
    ],
  ];
  for (const [source, value, held, resumed] of cases) {
    it(source, async () => assert.deepEqual(await run(source), { value, held, resumed }));
  }

  it("keeps the places of errors behind an await", async () => {
    const session = new Session({ directory: os.tmpdir(), projectRoot: path.resolve(".") });
    const source =
      "async function inner() { await null; throw new Error('no') }\nasync function outer() { await inner() }\nawait outer()";
    const error = (await session
      .execute(source, { executionCount: 7 })
      .catch((thrown: unknown) => thrown)) as Error;
    const places = [...error.stack!.matchAll(/Cell \[7\]:(\d+:\d+)/g)].map(([, place]) => place);
    assert.deepEqual(places, ["1:44", "2:26", "3:1"]);
  });
});
