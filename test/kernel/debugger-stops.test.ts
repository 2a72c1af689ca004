/** Where a cell stops: conditions, edited cells, files, exceptions, a pause, timers. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { DebugClient, finish, letGo } from "./debug-client.ts";
import { nextBroadcast, resultText } from "./start-kernel.ts";

describe("the debugger stops", () => {
  let client: DebugClient;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "rounds-debugger-"));
    client = await DebugClient.start({ directory: folder });
    await client.attach();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => letGo(client));

  it("only where the condition of a breakpoint holds", async () => {
    const code = `let steps = 0;
for (let index = 0; index < 20; index++) {
  steps += index;
}`;
    await client.breakAt(code, { line: 3, condition: "index === 15 && (steps as number) > 0" });
    const cell = client.run(code);
    await client.stopped("breakpoint");
    assert.equal((await client.scopes())["Locals"]!["index"], "15");
    await finish(client, cell);
  });

  it("in an edited cell by its new text, and again in each run of a text", async () => {
    const [original, edited] = [
      "const value1 = 1;\nvalue1 + 1",
      "// edited\nconst value1 = 1;\nvalue1 + 2",
    ] as const;
    await client.breakAt(original, 2);
    for (let run = 0; run < 2; run++) {
      const cell = client.run(original);
      await client.stopped("breakpoint");
      await finish(client, cell);
    }
    await client.breakAt(edited, 3);
    const cell = client.run(edited);
    assert.match((await client.stopped("breakpoint"))[0]!, /:3$/);
    assert.equal(resultText((await finish(client, cell)).outputs), "3");
    await client.breakAt(original);
    await client.breakAt(edited);
    assert.equal(resultText((await client.run(original)).outputs), "2");
  });

  it("in a local file, before it is loaded, after an edit and as TypeScript that becomes other JavaScript", async () => {
    const file = join(folder, "shapes.ts");
    const source = `export enum Shape {
  Round,
  Square,
}

export function describe(shape: Shape): string {
  const name: string = Shape[shape]!;
  return name.toLowerCase();
}
`;
    writeFileSync(file, source);
    assert.deepEqual(await client.breakInFile(file, 7), [7]);
    const code = `import { describe, Shape } from "./shapes";
const described = describe(Shape.Square);
described`;
    for (const line of [7, 9]) {
      const cell = client.run(code);
      const [inner, outer] = await client.stopped("breakpoint");
      assert.equal(inner, `describe:${line}`);
      assert.match(outer!, /^Cell \[\d+\]:2$/);
      assert.equal((await client.frames())[0]!.source.path, file);
      await client.step("next");
      const { Locals, Module } = await client.scopes();
      assert.deepEqual(Locals, { shape: "1", name: "'Square'" });
      assert.deepEqual(Object.keys(Module!).toSorted(), ["Shape", "describe"]);
      assert.equal(await client.evaluate("name + shape"), "'Square1'");
      assert.equal(resultText((await finish(client, cell)).outputs), "'square'");
      if (line === 9) break;
      writeFileSync(file, `// A line more\n// and another.\n${source}`);
      assert.deepEqual(await client.breakInFile(file, 9), [9]);
    }
    const { modules } = await client.ask("modules");
    assert.ok((modules as { path: string }[]).some(({ path }) => path === file));
    assert.ok((modules as { path: string }[]).every(({ path }) => !/kernels|node_modules|<cell/.test(path)));
    await client.breakInFile(file);
  });

  it("at exceptions that nothing catches, or at all of them, in the user's line", async () => {
    const code = `import { readFileSync } from "node:fs";
function risky(depth: number): void {
  if (depth > 0) return risky(depth - 1);
  throw new TypeError("too deep");
}
try {
  risky(0);
} catch {}
try {
  readFileSync("/no/such/file");
} catch {}
await null;
risky(1);`;
    const { exceptionBreakpointFilters } = await client.ask("initialize");
    assert.deepEqual(
      (exceptionBreakpointFilters as { filter: string }[]).map(({ filter }) => filter),
      ["uncaught", "all"],
    );
    await client.ask("setExceptionBreakpoints", { filters: ["uncaught"] });
    let cell = client.run(code);
    assert.match((await client.stopped("exception")).join(" "), /^risky:4 risky:3 Cell \[\d+\]:13$/);
    assert.match((await client.ask("exceptionInfo"))["description"], /^TypeError: too deep/);
    assert.equal((await finish(client, cell)).reply.ename, "TypeError");
    cell = client.run("let known = 1;\nknown + unknown");
    assert.match((await client.stopped("exception"))[0]!, /^Cell \[\d+\]:2$/);
    assert.equal((await finish(client, cell)).reply.ename, "ReferenceError");

    await client.ask("setExceptionBreakpoints", { filters: ["all"] });
    cell = client.run(code);
    assert.match((await client.stopped("exception"))[0]!, /^risky:4$/);
    await client.continue();
    assert.match((await client.stopped("exception"))[0]!, /^Cell \[\d+\]:10$/);
    await client.continue();
    assert.match((await client.stopped("exception"))[0]!, /^risky:4$/);
    await finish(client, cell);
    await client.ask("setExceptionBreakpoints", { filters: [] });
    assert.equal((await client.run(code)).reply.ename, "TypeError");
  });

  it("in a loop that runs, when it is told to pause", async () => {
    const started = nextBroadcast(client.kernel, ({ content }) => content["text"] === "started\n");
    const cell = client.run(
      "let turns = 0;\nconsole.log('started');\nwhile (turns >= 0) {\n  turns += 1;\n}",
    );
    await started;
    await client.ask("pause", { threadId: 1 });
    assert.match((await client.stopped("pause"))[0]!, /^Cell \[\d+\]:[34]$/);
    await client.evaluate("turns = -10");
    assert.equal((await finish(client, cell)).reply.status, "ok");
  });

  it("in a timer of a cell that has ended, and in a cell that is a module", async () => {
    const timer = "setTimeout(() => {\n  console.log('late');\n}, 20);";
    await client.breakAt(timer, 2);
    await client.run(timer);
    assert.match((await client.stopped("breakpoint"))[0]!, /^\(anonymous\):2$/);
    const queued = client.run("'after the timer'");
    assert.equal(resultText((await finish(client, queued)).outputs), "'after the timer'");
    const module =
      "/** @module lengths */\nexport function toMiles(km: number): number {\n  return km / 1.609;\n}";
    await client.breakAt(module, 3);
    await client.run(module);
    const cell = client.run('import { toMiles } from "./lengths";\ntoMiles(1.609)');
    assert.equal((await client.stopped("breakpoint"))[0], "toMiles:3");
    assert.equal(
      (await client.ask("source", { source: (await client.frames())[0]!.source }))["content"],
      module,
    );
    assert.equal(resultText((await finish(client, cell)).outputs), "1");
    await client.breakAt(timer);
    await client.breakAt(module);
  });
});
