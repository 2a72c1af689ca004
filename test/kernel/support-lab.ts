import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { ExecuteOutcome, KernelClient } from "../../kernels/client/kernel-client.ts";
import { resultText, startKernel } from "./start-kernel.ts";

/** A cell that takes longer has hung. */
const TIMEOUT = { timeoutMilliseconds: 30_000 };
/** What the outputs of one cell may take in a notebook. */
const MAXIMUM_OUTPUT_CHARACTERS = 200_000;
/** What bad input may make of the kernel's memory. */
const MAXIMUM_RESIDENT_KILOBYTES = 1_000_000;

/** A notebook that has imported "rounds", in a folder of its own. */
export interface Lab {
  readonly kernel: KernelClient;
  readonly folder: string;
  /** Run a cell; its outputs must be bounded, and the kernel must still calculate afterwards. */
  run(code: string): Promise<ExecuteOutcome>;
  /** Run a cell that must fail; gives the error's name and text. */
  fail(code: string): Promise<{ name: string; message: string; traceback: string }>;
  /** Run a cell that must show something; gives its forms. */
  show(code: string): Promise<Record<string, unknown>>;
  /** Run a cell, interrupt it once it has said `started`, and require that this ended it. */
  interrupt(code: string): Promise<void>;
  /** Require that the kernel never took more than about 1 GB. */
  requireBoundedMemory(): Promise<void>;
}

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Start a kernel in a temporary folder, which is removed when the test file ends. */
export async function startLab(): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), "rounds-bad-input-"));
  folders.push(folder);
  const kernel = await startKernel({ directory: folder });
  const run = async (code: string): Promise<ExecuteOutcome> => {
    const outcome = await kernel.execute(code, TIMEOUT);
    const characters = JSON.stringify(outcome.outputs).length;
    assert.ok(characters < MAXIMUM_OUTPUT_CHARACTERS, `${characters} characters of output`);
    await requireAlive(kernel);
    return outcome;
  };
  const imported = await run('import * as rounds from "rounds"; import * as fs from "node:fs";');
  assert.equal(imported.reply.status, "ok", imported.reply.evalue);
  return {
    kernel,
    folder,
    run,
    async fail(code) {
      const { reply } = await run(code);
      assert.equal(reply.status, "error", `no error from ${code}`);
      return { name: reply.ename!, message: reply.evalue!, traceback: reply.traceback!.join("\n") };
    },
    async show(code) {
      const { reply, outputs } = await run(code);
      assert.equal(reply.status, "ok", reply.evalue);
      assert.deepEqual(
        outputs.filter(({ output_type }) => output_type === "stream"),
        [],
      );
      const shown = outputs.find((output) => "data" in output);
      assert.ok(shown !== undefined && "data" in shown, "nothing was shown");
      return shown.data;
    },
    async interrupt(code) {
      let wasInterrupted = false;
      const cell = kernel.execute(`console.log("started"); ${code}`, {
        ...TIMEOUT,
        onOutput: () => {
          if (wasInterrupted) return;
          wasInterrupted = true;
          setTimeout(() => void kernel.interrupt(), 300);
        },
      });
      assert.equal((await cell).reply.ename, "KeyboardInterrupt");
      await requireAlive(kernel);
    },
    async requireBoundedMemory() {
      const { outputs } = await kernel.execute("process.resourceUsage().maxRSS", TIMEOUT);
      const kilobytes = Number(resultText(outputs));
      assert.ok(kilobytes < MAXIMUM_RESIDENT_KILOBYTES, `the kernel took ${kilobytes} kB`);
    },
  };
}

async function requireAlive(kernel: KernelClient): Promise<void> {
  assert.equal(resultText((await kernel.execute("1 + 1", TIMEOUT)).outputs), "2");
}
