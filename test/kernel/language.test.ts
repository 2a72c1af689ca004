import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExecuteOutcome, KernelClient } from "../../kernels/client/kernel-client.ts";
import { startKernel, streamText } from "./start-kernel.ts";

const TIMEOUT = { timeoutMilliseconds: 20_000 };
/** How long a warning may take to come; loading TypeScript for the first time is most of it. */
const WARNING_MILLISECONDS = 20_000;

const directory = mkdtempSync(join(tmpdir(), "rounds-language-"));
after(() => rmSync(directory, { recursive: true, force: true }));
writeFileSync(join(directory, "docs.csv"), "pmid,year\n12,2001\n13,2002\n");

async function matches(kernel: KernelClient, code: string): Promise<string[]> {
  const content = { code, cursor_pos: code.length };
  return (await kernel.request("shell", "complete_request", content, TIMEOUT)).content["matches"] as string[];
}

async function hover(kernel: KernelClient, code: string): Promise<string> {
  const content = { code, cursor_pos: code.length, detail_level: 0 };
  const reply = await kernel.request("shell", "inspect_request", content, TIMEOUT);
  return String((reply.content["data"] as Record<string, unknown>)["text/plain"]);
}

/** Late output is added to the cell's outputs. */
async function warningsOf({ outputs }: ExecuteOutcome): Promise<string> {
  const until = performance.now() + WARNING_MILLISECONDS;
  while (streamText(outputs, "stderr") === "" && performance.now() < until) await sleep(20);
  return streamText(outputs, "stderr");
}

/** Wait until types answer; before that, values do. */
async function typesAreLoaded(kernel: KernelClient): Promise<void> {
  const until = performance.now() + WARNING_MILLISECONDS;
  while (!(await matches(kernel, "[1].map((one) => one.toF")).includes("toFixed")) {
    assert.ok(performance.now() < until, "types were not loaded in time");
    await sleep(50);
  }
}

describe("types in the kernel", () => {
  let kernel: KernelClient;
  before(async () => {
    kernel = await startKernel({ directory });
    await kernel.execute("/** The oldest. */\nfunction oldest(names: string[]) { return names[0] }", TIMEOUT);
    await typesAreLoaded(kernel);
  });

  it("complete code that has not run, and what values know where types know nothing", async () => {
    assert.deepEqual(await matches(kernel, "oldest(['a'].map((one) => one.toUpperC"), ["toUpperCase"]);
    await kernel.execute("const parsed = JSON.parse('{ \"answer\": 42 }')", TIMEOUT);
    assert.deepEqual(await matches(kernel, "parsed.ans"), ["answer"]);
    assert.deepEqual(await matches(kernel, 'import { x } from "node:fs/pro'), ["node:fs/promises"]);
  });

  it("describe a name with the user's documentation and its value", async () => {
    const text = await hover(kernel, "oldest");
    assert.match(text, /^function oldest\(names: string\[\]\): string\n[\s\S]*The oldest\./);
    await kernel.execute("const three = [1, 2, 3]", TIMEOUT);
    assert.match(
      await hover(kernel, "three"),
      /^const three: number\[\]\n\nType: Array\(3\)\n\n\[ 1, 2, 3 \]$/,
    );
  });

  it("answer while a cell keeps the thread busy", async () => {
    const cell = kernel.execute("for (const end = Date.now() + 3000; Date.now() < end; );", TIMEOUT);
    let isRunning = true;
    void cell.then(() => (isRunning = false));
    assert.deepEqual(await matches(kernel, "oldest(['a']).toUpperC"), ["toUpperCase"]);
    assert.match(await hover(kernel, "oldest("), /here: \*\/ names: string\[\]/);
    assert.ok(isRunning, "the answers came after the cell");
    await cell;
  });

  it("warn after a cell that has run, and do not stop it", async () => {
    const cell = await kernel.execute("const count: number = 'three';\ncount", TIMEOUT);
    assert.equal(cell.reply.status, "ok");
    assert.match(
      await warningsOf(cell),
      /^Cell \[\d+\]:1:7 warning TS2322: Type 'string' is not assignable to type 'number'\.\n$/,
    );
  });

  it("know the columns of a table that was opened, and the one that was meant", async () => {
    await kernel.execute('import { open } from "rounds";\nconst docs = await open("docs.csv");', TIMEOUT);
    const until = performance.now() + WARNING_MILLISECONDS;
    let columns: string[] = [];
    while (columns.length === 0 && performance.now() < until) {
      columns = await matches(kernel, "for await (const row of docs) row.");
    }
    assert.deepEqual(columns, ["pmid", "year"]);
    assert.deepEqual(await matches(kernel, "(await docs.head())[0].y"), ["year"]);
    const cell = await kernel.execute("const [first] = await docs.head(1); first.yaer", TIMEOUT);
    assert.match(await warningsOf(cell), /Property 'yaer' does not exist.* Did you mean 'year'\?/);
    const failed = await kernel.execute("await docs.select('yaer').head()", TIMEOUT);
    assert.equal(failed.reply.status, "error");
    assert.match(failed.reply.evalue ?? "", /yaer[\s\S]*year/);
  });

  it("know the columns of a table that a later cell assigned", async () => {
    const opened = await kernel.execute('let current = await open("docs.csv");', TIMEOUT);
    assert.equal(opened.reply.status, "ok");
    const assigned = await kernel.execute('current = current.sql("SELECT pmid AS id FROM this");', TIMEOUT);
    assert.equal(assigned.reply.status, "ok");
    const until = performance.now() + WARNING_MILLISECONDS;
    let columns: string[] = [];
    while (columns[0] !== "id" && performance.now() < until) {
      columns = await matches(kernel, "for await (const row of current) row.");
    }
    assert.deepEqual(columns, ["id"]);
  });
});

describe("strict types", () => {
  it("keep a cell with type errors from running", async () => {
    const kernel = await startKernel({ directory, environment: { ROUNDS_TYPES: "strict" } });
    const wrong = await kernel.execute("console.log('ran'); const count: number = 'three'", TIMEOUT);
    assert.equal(wrong.reply.status, "error");
    assert.equal(wrong.reply.ename, "TypeCheckError");
    assert.match(wrong.reply.evalue ?? "", /^Cell \[1\]:1:27 warning TS2322/);
    assert.equal(streamText(wrong.outputs, "stdout"), "");
    const right = await kernel.execute("console.log('ran'); const count: number = 3", TIMEOUT);
    assert.equal(right.reply.status, "ok");
    assert.equal(streamText(right.outputs, "stdout"), "ran\n");
  });
});
