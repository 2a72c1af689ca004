/** Cells that no kernel should survive by luck: each is answered, and the variables are kept. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { ExecuteOutcome, KernelClient } from "../../kernels/client/kernel-client.ts";
import { resultText, startKernel, streamText } from "./start-kernel.ts";

const TIMEOUT = { timeoutMilliseconds: 60_000 };

describe("bad code", { timeout: 180_000 }, () => {
  let kernel: KernelClient;
  before(async () => {
    kernel = await startKernel();
    await kernel.execute("const kept = 42", TIMEOUT);
  });

  async function run(code: string): Promise<ExecuteOutcome> {
    const outcome = await kernel.execute(code, { ...TIMEOUT, stopOnError: false });
    assert.equal(resultText((await kernel.execute("kept", TIMEOUT)).outputs), "42", code.slice(0, 100));
    return outcome;
  }

  for (const [code, message, line] of [
    ["const text = `abc ${1 + ", /Unexpected token/, 1],
    ["const text = `abc", /Unterminated string/, 1],
    ["1;\nconst text = 'abc\n2", /Unterminated string/, 2],
    ["/* never closed", /Unterminated multiline comment/, 1],
    ["const pattern = /a(b/", /Unterminated group/, 1],
    ["function open() {\n  return (1", /Expected `\)`/, 2],
    ["function wait() { await 1 }", /`await` is only allowed within async functions/, 1],
    ["const wait = (value = await 1) => value", /await expression not allowed in formal parameter/, 1],
    ["class Wait { value = await 1 }", /`await` is only allowed/, 1],
    ["class Wait { static { await 1 } }", /Cannot use await in class static/, 1],
    ["yield 1", /yield/, 1],
    ["return 1", /'return' statement/, 1],
    ["const twice = 1;\nconst twice = 2", /`twice` has already been declared/, 2],
    ["import { join } from 'node:path'; import { join } from 'node:path'", /`join` has already/, 1],
    ["import { nope } from 'node:fs'; nope", /does not provide an export named 'nope'/, 1],
    ["import './no-such-file.ts'", /Cannot find module/, 1],
    ["const \ud835 = 1", /binary|Invalid/, 1],
    ["[".repeat(20_000), /nested too deeply/, 1],
  ] as const) {
    it(`is shown with its line: ${JSON.stringify(code.slice(0, 60))}`, async () => {
      const { reply } = await run(code);
      assert.equal(reply.status, "error");
      assert.match(reply.evalue!, message);
      assert.match(reply.traceback!.join("\n"), new RegExp(`Cell \\[\\d+\\], line ${line}:`));
    });
  }

  it("waits at the top wherever a module may", async () => {
    for (const [code, result] of [
      ["`${await Promise.resolve(1)}`", "'1'"],
      ["({ [await Promise.resolve('key')]: 1 })", "{ key: 1 }"],
      ["const { missing = await Promise.resolve(2) } = {} as { missing?: number }; missing", "2"],
      ["let sum = 0; for await (const part of [1, Promise.resolve(2)]) sum += part; sum", "3"],
      ["(await Promise.resolve({ a: { b: 4 } }))?.a?.b", "4"],
    ] as const) {
      assert.equal(resultText((await run(code)).outputs), result, code);
    }
  });

  it("throws what cannot be looked at: its cell ends all the same, at once or late", async () => {
    const { reply } = await run(
      "const revoked = Proxy.revocable({}, {}); revoked.revoke(); throw revoked.proxy",
    );
    assert.match(reply.evalue!, /cannot be shown/);
    const late =
      "Promise.reject(revoked.proxy); setTimeout(() => { throw revoked.proxy }); await new Promise((resolve) => setTimeout(resolve, 50))";
    const { outputs } = await run(late);
    assert.equal(streamText(outputs, "stderr").match(/cannot be shown/g)?.length, 2);
  });

  it("recurses for ever", async () => {
    const { reply } = await run("function again(): number { return again() + 1 }\nagain()");
    assert.equal(reply.ename, "RangeError");
    assert.match(reply.traceback!.join("\n"), /> 1 \| function again/);
  });

  it("is 10 MB of source", async () => {
    assert.equal(
      resultText((await run(`const text = '${"lorem + (ipsum) ".repeat(640_000)}'; text.length`)).outputs),
      "10240000",
    );
    assert.equal(
      resultText((await run(`const bytes = \`${"v7+/".repeat(2_500_000)}\`; bytes.length`)).outputs),
      "10000000",
    );
  });

  it("holds lone surrogates: in its text, its output and its result", async () => {
    const { outputs } = await run("console.log('\\ud800 ok'); '\ud801'.length");
    assert.match(streamText(outputs, "stdout"), /ok\n$/);
    assert.equal(resultText(outputs), "1");
  });

  it("takes away what the kernel itself uses", async () => {
    await run(
      "process.removeAllListeners(); setTimeout(() => { throw new Error('late') }, 5); await new Promise((resolve) => setTimeout(resolve, 50))",
    );
    await run(
      "delete (globalThis as any).setTimeout; (globalThis as any).Promise = class {}; (globalThis as any).process = undefined",
    );
    const { reply } = await kernel.execute("JSON.stringify = () => { throw new Error('gone') }", TIMEOUT);
    assert.equal(reply.status, "ok");
  });
});

describe("a cell that ends the process", { timeout: 60_000 }, () => {
  for (const [code, how] of [
    ["process.removeAllListeners(); process.exit(3)", { code: 3, signal: null }],
    ["process.kill(process.pid)", { code: null, signal: "SIGTERM" }],
  ] as const) {
    it(`does so: ${code}`, async () => {
      const kernel = await startKernel();
      const cell = Promise.allSettled([kernel.execute(code)]);
      assert.deepEqual(await kernel.exited, how);
      await cell;
    });
  }
});
