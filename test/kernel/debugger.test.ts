import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as fc from "fast-check";
import type { ExecuteOutcome } from "../../kernels/client/kernel-client.ts";
import { murmur2 } from "../../kernels/typescript/debugger/source-paths.ts";
import { DebugClient, type StackFrame, type Variable } from "./debug-client.ts";
import { nextBroadcast, resultText, streamText } from "./start-kernel.ts";

const POINTS = `interface Point { x: number; y: number }

const points: Point[] = [{ x: 1, y: 2 }, { x: 3, y: 4 }];
function norm(p: Point): number {
  const square = p.x ** 2 + p.y ** 2;
  return Math.sqrt(square);
}
let total = 0;
for (const point of points) {
  total += norm(point);
}
total`;

const PATIENT = { timeoutMilliseconds: 20_000 };

/** What JSON cannot hold, as text. */
function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" || typeof value === "symbol" ? String(value) : value;
}

/** Go on to the end of the cell. */
async function finish(client: DebugClient, cell: Promise<ExecuteOutcome>): Promise<ExecuteOutcome> {
  await client.continue();
  return await cell;
}

describe("the debugger", () => {
  let client: DebugClient;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "rounds-debugger-"));
    client = await DebugClient.start({ directory: folder });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(async () => {
    const stopped = (await client.ask("debugInfo"))["stoppedThreads"] as number[];
    if (stopped.length > 0) await client.kernel.interrupt();
  });

  it("is announced, and says how cells are named", async () => {
    const { content } = await client.kernel.request("control", "kernel_info_request");
    assert.deepEqual(content["supported_features"], ["debugger"]);
    const info = await client.ask("debugInfo");
    assert.equal(info["isStarted"], false);
    assert.equal(info["hashMethod"], "Murmur2");
    const { sourcePath } = await client.ask("dumpCell", { code: POINTS });
    const hash = murmur2(Buffer.from(POINTS), info["hashSeed"] as number);
    assert.equal(sourcePath, `${info["tmpFilePrefix"]}${hash}${info["tmpFileSuffix"]}`);
  });

  it("refuses what it cannot do without being on, and what nobody knows", async () => {
    for (const [command, message] of [
      ["next", /not attached/],
      ["setBreakpoints", /"path" must be a string/],
      ["noSuchCommand", /no debug command "noSuchCommand"/],
      ["toString", /no debug command/],
    ] as const) {
      const reply = await client.send(command, {});
      assert.equal(reply.success, false);
      assert.match(reply.message!, message);
    }
  });

  it("stops in a cell that had not run when its breakpoints were set", async () => {
    await client.attach();
    assert.deepEqual(await client.breakAt(POINTS, 1, 6), [3, 6]);
    const info = await client.ask("debugInfo");
    assert.equal(info["isStarted"], true);
    assert.deepEqual(
      (info["breakpoints"] as { breakpoints: { line: number }[] }[]).map(({ breakpoints }) =>
        breakpoints.map(({ line }) => line),
      ),
      [[3, 6]],
    );
    const cell = client.run(POINTS);
    assert.deepEqual(await client.stopped("breakpoint"), ["Cell [1]:3"]);
    assert.deepEqual((await client.ask("debugInfo"))["stoppedThreads"], [1]);
    await client.continue();
    assert.deepEqual(await client.stopped("breakpoint"), ["norm:6", "Cell [1]:10"]);
    const [frame] = await client.frames();
    assert.equal(frame!.source.path, (await client.ask("dumpCell", { code: POINTS }))["sourcePath"]);
    assert.equal((await client.ask("source", { source: frame!.source }))["content"], POINTS);
    await client.continue();
    await client.stopped("breakpoint");
    const { outputs } = await finish(client, cell);
    assert.equal(resultText(outputs), String(Math.sqrt(5) + 5));
  });

  it("shows the notebook's variables and a function's own by their names, and nothing of the kernel's", async () => {
    await client.breakAt(POINTS, 6);
    const cell = client.run(POINTS);
    await client.stopped("breakpoint");
    assert.deepEqual(await client.scopes(), {
      Locals: { p: "{ x: 1, y: 2 }", square: "5" },
      Globals: { points: "(2) [{…}, {…}]", norm: "ƒ norm(p)", total: "0" },
    });
    assert.deepEqual((await client.scopes(1))["Locals"], { point: "{ x: 1, y: 2 }" });
    await client.breakAt(POINTS);
    await finish(client, cell);
    const idle = (await client.ask("inspectVariables"))["variables"] as Variable[];
    assert.deepEqual(
      idle.map(({ name, value }) => [name, value]),
      [
        ["points", "(2) [{…}, {…}]"],
        ["norm", "ƒ norm(p)"],
        ["total", "7.23606797749979"],
      ],
    );
  });

  it("steps over lines, into functions and out of them; the last step ends the cell", async () => {
    await client.breakAt(POINTS, 8);
    const cell = client.run(POINTS);
    assert.deepEqual(await client.stopped("breakpoint"), ["Cell [3]:8"]);
    await client.breakAt(POINTS);
    let place = await client.step("next");
    while (place[0] === "Cell [3]:9") place = await client.step("next");
    assert.deepEqual(place, ["Cell [3]:10"]);
    assert.deepEqual(await client.step("stepIn"), ["norm:5", "Cell [3]:10"]);
    assert.deepEqual(await client.step("next"), ["norm:6", "Cell [3]:10"]);
    assert.match((await client.step("stepOut"))[0]!, /^Cell \[3\]:(9|10)$/);
    do place = await client.step("next");
    while (place[0] !== "Cell [3]:12");
    await client.ask("next", { threadId: 1 });
    await client.event("continued");
    assert.equal((await cell).reply.status, "ok");
    assert.equal(resultText((await client.run("total")).outputs), String(Math.sqrt(5) + 5));
  });

  it("steps over `await`, and shows who waits", async () => {
    const code = `async function later(value: number) {
  await null;
  return value + 1;
}
const first = await later(1);
const second = await later(first);
second`;
    await client.breakAt(code, 3, 5);
    const cell = client.run(code);
    const label = (await client.stopped("breakpoint"))[0]!.split(":")[0]!;
    await client.continue();
    assert.deepEqual(await client.stopped("breakpoint"), ["later:3", `${label} (waits):5`]);
    assert.deepEqual((await client.scopes(1))["Locals"], undefined);
    await client.breakAt(code);
    assert.deepEqual(await client.step("stepOut"), [`${label}:5`]);
    assert.deepEqual(await client.step("next"), [`${label}:6`]);
    assert.deepEqual(await client.step("next"), [`${label}:7`]);
    assert.equal(await client.evaluate("second"), "3");
    await finish(client, cell);
  });

  it("evaluates TypeScript where the cell stands, with its variables and the notebook's", async () => {
    await client.run("let factor = 10; const units = { mile: 1609 }");
    const code = `function scale(value: number, ...rest: number[]) {
  const scaled = value * factor;
  return [scaled, ...rest].map((each) => each + 1);
}
scale(4, 5)`;
    await client.breakAt(code, 3);
    const cell = client.run(code);
    await client.stopped("breakpoint");
    assert.equal(await client.evaluate("scaled + factor"), "50");
    assert.equal(
      await client.evaluate("(rest as number[]).map((each: number) => each * units.mile)"),
      "(1) [8045]",
    );
    assert.equal(await client.evaluate("const spare = { value, factor }; spare"), "{ value: 4, factor: 10 }");
    assert.equal(await client.evaluate("factor = 7"), "7");
    assert.equal(await client.evaluate("value = 100; rest.push(6)"), "2");
    assert.equal(await client.evaluate("nowhere"), "ReferenceError: nowhere is not defined");
    assert.match(await client.evaluate("await 1"), /await.*cannot be used here/);
    assert.match(await client.evaluate("1 +"), /SyntaxError|Unexpected/);
    const [{ id: srcFrameId }] = (await client.frames()) as [StackFrame];
    await client.ask("copyToGlobals", { srcFrameId, srcVariableName: "scaled", dstVariableName: "copied" });
    await finish(client, cell);
    const { outputs } = await client.run("[factor, spare.value, copied]");
    assert.equal(resultText(outputs), "[ 7, 4, 40 ]");
  });

  it("unfolds values, also those that are large, without calling the user's code", async () => {
    const code = `class Patient {
  #secret = 1;
  name = "Ada";
  get age() { throw new Error("never asked for"); }
}
const patient = new Patient();
const nested = { list: [1, { deep: new Map([["a", new Set([1n, "x"])]]) }], when: new Date(0) };
const many = Array.from({ length: 250 }, (_, index) => index);
const bytes = new Uint8Array(3);
const odd = [undefined, null, NaN, -0, "it's\\n", Symbol("s"), () => 1];
const trap = new Proxy({}, { get() { throw new Error("never asked for"); }, ownKeys() { throw new Error("nor that"); } });
debugger;`;
    const cell = client.run(code);
    await client.stopped("breakpoint");
    const [frame] = await client.frames();
    const { scopes } = await client.ask("scopes", { frameId: frame!.id });
    const globals = await client.variables(scopes[0].variablesReference);
    const partsOf = async (variable: Variable): Promise<Variable[]> => {
      assert.notEqual(variable.variablesReference, 0, variable.name);
      return await client.variables(variable.variablesReference);
    };
    const find = (variables: readonly Variable[], name: string): Variable =>
      variables.find((variable) => variable.name === name)!;
    const values = async (name: string): Promise<Record<string, string>> =>
      Object.fromEntries((await partsOf(find(globals, name))).map((part) => [part.name, part.value]));

    assert.equal(find(globals, "Patient").value, "class Patient");
    assert.equal(find(globals, "patient").value, "Patient { #secret: 1, name: 'Ada' }");
    assert.deepEqual(await values("patient"), { name: "'Ada'", "#secret": "1" });
    const list = find(await partsOf(find(globals, "nested")), "list");
    assert.equal(list.evaluateName, "nested.list");
    const deep = find(await partsOf((await partsOf(list))[1]!), "deep");
    assert.equal(deep.evaluateName, "nested.list[1].deep");
    assert.equal(deep.value, "Map(1) { 'a' => Set(2) { … } }");
    const [entry] = await partsOf(deep);
    assert.deepEqual(
      (await partsOf(find(await partsOf(entry!), "value"))).map(({ value }) => value),
      ["1n", "'x'"],
    );
    assert.deepEqual(await values("many"), { "[0 … 99]": "", "[100 … 199]": "", "[200 … 249]": "" });
    const last = (await partsOf((await partsOf(find(globals, "many")))[2]!)).at(-1)!;
    assert.deepEqual([last.name, last.value, last.evaluateName], ["249", "249", "many[249]"]);
    assert.deepEqual(await values("bytes"), { 0: "0", 1: "0", 2: "0" });
    assert.deepEqual(Object.values(await values("odd")), [
      "undefined",
      "null",
      "NaN",
      "-0",
      `"it's\\n"`,
      "Symbol(s)",
      "ƒ ()",
    ]);
    await partsOf(find(globals, "trap"));
    await client.ask("setVariable", {
      variablesReference: find(globals, "patient").variablesReference,
      name: "name",
      value: "many.length as number",
    });
    assert.equal(await client.evaluate("patient.name"), "250");
    const rich = await client.ask("richInspectVariables", { variableName: "many", frameId: frame!.id });
    assert.match((rich["data"] as Record<string, string>)["text/plain"]!, /^\[\n?\s*0,/);
    const old = scopes[0].variablesReference as number;
    await finish(client, cell);
    const reply = await client.send("variables", { variablesReference: old });
    assert.match(reply.message!, /the program has gone on/);
  });

  it("stops only where the condition of a breakpoint holds", async () => {
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

  it("stops in an edited cell by its new text, and again in each run of a text", async () => {
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

  it("stops in a local file, before it is loaded, after an edit and as TypeScript that becomes other JavaScript", async () => {
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

  it("stops at exceptions that nothing catches, or at all of them, in the user's line", async () => {
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

  it("pauses a loop that runs", async () => {
    const cell = client.run(
      "let turns = 0;\nconsole.log('started');\nwhile (turns >= 0) {\n  turns += 1;\n}",
    );
    await sleep(200);
    await client.ask("pause", { threadId: 1 });
    assert.match((await client.stopped("pause"))[0]!, /^Cell \[\d+\]:[34]$/);
    await client.evaluate("turns = -10");
    assert.equal((await finish(client, cell)).reply.status, "ok");
  });

  it("stops in a timer of a cell that has ended, and in a cell that is a module", async () => {
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

  it("answers whatever it is asked, and the kernel lives", async () => {
    const anything = fc.oneof(
      fc.anything({ maxDepth: 1, withNullPrototype: false }),
      fc.constantFrom(0, 1, -1, 1e9),
    );
    const parameters = fc.record(
      {
        source: fc.oneof(
          fc.record({ path: fc.oneof(fc.string(), fc.constant("/no/such/file.ts")) }),
          anything,
        ),
        breakpoints: fc.oneof(
          fc.array(fc.record({ line: fc.oneof(fc.integer(), anything) }), { maxLength: 3 }),
          anything,
        ),
        variablesReference: anything,
        frameId: anything,
        expression: fc.oneof(fc.string(), anything),
        code: fc.oneof(fc.string(), anything),
        filters: anything,
        name: anything,
        value: anything,
        variableName: fc.oneof(fc.string(), anything),
      },
      { requiredKeys: [] },
    );
    const commands =
      "setBreakpoints source variables scopes evaluate dumpCell setVariable next continue stackTrace modules " +
      "richInspectVariables setExceptionBreakpoints inspectVariables copyToGlobals exceptionInfo threads";
    const command = fc.constantFrom(...commands.split(" "));
    await fc.assert(
      fc.asyncProperty(command, parameters, async (name, given) => {
        // As the message carries it.
        const { success, message } = await client.send(
          name,
          JSON.parse(JSON.stringify(given, plain) ?? "{}") as object,
        );
        assert.ok(success || message !== "");
      }),
      { seed: 7, numRuns: 150 },
    );
    assert.equal(resultText((await client.run("1 + 1")).outputs), "2");
  });

  it("leaves the kernel answering while a cell is stopped", async () => {
    const content = { code: "const text = 'x'; text.toUpp", cursor_pos: 28 };
    const complete = async (): Promise<unknown> => {
      const reply = await client.kernel.request("shell", "complete_request", content, PATIENT);
      return reply.content["matches"];
    };
    while (!((await complete()) as string[]).includes("toUpperCase")) await sleep(100);
    const cell = client.run("debugger; 'done'");
    await client.stopped("breakpoint");
    const info = await client.kernel.request("shell", "kernel_info_request", {}, PATIENT);
    assert.equal(info.content["status"], "ok");
    assert.deepEqual(await complete(), ["toUpperCase"]);
    assert.equal(resultText((await finish(client, cell)).outputs), "'done'");
  });

  it("is interrupted while it holds a cell: the rest does not run, variables stay", async () => {
    const code = "let reached = 1;\nreached = 2;\nreached = 3;";
    await client.breakAt(code, 2);
    for (const wait of ["", "await null;\n"]) {
      const source = `${wait}${code}`;
      await client.breakAt(source, wait === "" ? 2 : 3);
      const cell = client.run(source);
      await client.stopped("breakpoint");
      await client.kernel.interrupt();
      assert.equal((await cell).reply.ename, "KeyboardInterrupt");
      await client.event("continued");
      await client.breakAt(source);
      assert.equal(resultText((await client.run("reached")).outputs), "1");
    }
    // It still stops.
    const cell = client.run("debugger;");
    await client.stopped("breakpoint");
    assert.equal((await finish(client, cell)).reply.status, "ok");
  });

  it("lets the cell go on when it is turned off, and stops nowhere from then on", async () => {
    const code = "let half = 1;\nhalf = 2;\nhalf";
    await client.breakAt(code, 2);
    const cell = client.run(code);
    await client.stopped("breakpoint");
    await client.ask("disconnect", { restart: false, terminateDebuggee: false });
    await client.event("continued");
    assert.equal(resultText((await cell).outputs), "2");
    assert.equal((await client.ask("debugInfo"))["isStarted"], false);
    assert.equal(resultText((await client.run(code)).outputs), "2");
    await client.attach();
    await client.breakAt(code, 3);
    const again = client.run(code);
    await client.stopped("breakpoint");
    assert.equal(resultText((await finish(client, again)).outputs), "2");
  });
});

describe("a kernel whose cell is stopped", () => {
  it("had run that cell already when the debugger came", async () => {
    const client = await DebugClient.start();
    const code =
      "let turns = 0;\nwhile (turns >= 0) {\n  turns += 1;\n  await new Promise((resolve) => setTimeout(resolve, 5));\n}";
    const started = nextBroadcast(client.kernel, ({ header }) => header.msg_type === "execute_input");
    const cell = client.run(code);
    await started;
    await client.attach();
    assert.deepEqual(await client.breakAt(code, 3), [3]);
    assert.deepEqual(await client.stopped("breakpoint"), ["Cell [1]:3"]);
    await client.breakAt(code);
    await client.continue();
    // An interrupt stops what runs, too.
    await client.kernel.interrupt();
    assert.equal((await cell).reply.ename, "KeyboardInterrupt");
    assert.equal(resultText((await client.run("turns > 0")).outputs), "true");
  });

  for (const restart of [true, false]) {
    it(restart ? "restarts" : "shuts down", async () => {
      const client = await DebugClient.start();
      await client.attach();
      const cell = client.run("debugger; await new Promise(() => {});");
      cell.catch(() => {});
      await client.stopped("breakpoint");
      await client.kernel.send("control", "shutdown_request", { restart });
      assert.deepEqual(await client.kernel.exited, { code: 0, signal: null }, client.kernel.log);
    });
  }

  it("ends with `process.exit`, also while the debugger is on", async () => {
    const client = await DebugClient.start();
    await client.attach();
    client.run("process.exit(3)").catch(() => {});
    assert.deepEqual(await client.kernel.exited, { code: 3, signal: null });
  });

  it("goes on when nobody asks its debugger for long", async () => {
    const client = await DebugClient.start({ environment: { ROUNDS_DEBUGGER_MINUTES: "0.01" } });
    await client.attach();
    const { outputs } = await client.run("debugger; 'on its own'");
    assert.equal(resultText(outputs), "'on its own'");
    assert.match(streamText(outputs, "stderr"), /debugger is off and the cell goes on/);
  });
});

describe("a cell that fills the memory while the debugger is on", { timeout: 120_000 }, () => {
  it("is stopped, and the debugger turned off; variables stay, and it can be turned on again", async () => {
    const client = await DebugClient.start({ environment: { NODE_OPTIONS: "--max-old-space-size=150" } });
    await client.run("const kept = 42");
    await client.attach();
    const cell = "{ const numbers: number[] = []; for (let i = 0; ; i++) numbers.push(i + 0.5); }";
    const { reply, outputs } = await client.kernel.execute(cell, { timeoutMilliseconds: 60_000 });
    assert.equal(reply.ename, "KeyboardInterrupt");
    assert.match(streamText(outputs, "stderr"), /it has filled the \d+ MB[^]*The debugger is off too/);
    assert.equal((await client.ask("debugInfo"))["isStarted"], false);
    await client.attach();
    assert.equal(resultText((await client.run("kept")).outputs), "42");
  });
});

describe("MurmurHash2", () => {
  it("gives the values that JupyterLab and ipykernel compute", () => {
    for (const [text, seed, hash] of [
      ["", 0, 0],
      ["a", 0, 2456313694],
      ["ab", 1, 1692487918],
      ["abc", 2, 3876204518],
      ["abcd", 3, 1741750889],
      ["const µ = 1;\n", 0x9747b28c, 1806958777],
    ] as const) {
      assert.equal(murmur2(Buffer.from(text), seed), hash, text);
    }
  });
});
