import assert from "node:assert/strict";
import { afterEach, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as fc from "fast-check";
import { murmur2 } from "../../kernels/typescript/debugger/source-paths.ts";
import { DebugClient, finish, letGo, type StackFrame, type Variable } from "./debug-client.ts";
import { resultText } from "./start-kernel.ts";

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

describe("the debugger", () => {
  let client: DebugClient;
  before(async () => {
    client = await DebugClient.start();
  });
  afterEach(() => letGo(client));

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
