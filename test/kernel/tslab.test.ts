/** One notebook in the stock tslab kernel and in our own. */
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { KernelClient } from "../../kernels/client/kernel-client.ts";
import type { ExecuteOptions, ExecuteOutcome } from "../../kernels/client/kernel-client.ts";
import type { Output } from "../../kernels/client/outputs.ts";
import { forTypeScript50 } from "../../kernels/tslab/rounds-package.ts";
import { projectRoot } from "../../setup/paths.mjs";
import { resultText, startKernel, streamText } from "./start-kernel.ts";

const TIMEOUT = { timeoutMilliseconds: 60_000 };
const TSLAB = fileURLToPath(new URL("../../kernels/tslab", import.meta.url));
/** Within the project, where tslab finds `rounds`. */
const DIRECTORY = fileURLToPath(new URL(".", import.meta.url));

function sourcesOf(notebook: string): string[] {
  const { cells } = JSON.parse(readFileSync(join(DIRECTORY, notebook), "utf8")) as {
    cells: { cell_type: string; source: string }[];
  };
  return cells.filter(({ cell_type }) => cell_type === "code").map(({ source }) => source);
}

/** tslab refuses every cell for 200 ms after one that failed. */
async function execute(
  kernel: KernelClient,
  code: string,
  options: ExecuteOptions = {},
): Promise<ExecuteOutcome> {
  for (let tries = 0; ; tries += 1) {
    const outcome = await kernel.execute(code, { ...TIMEOUT, ...options });
    if (String(outcome.reply.status) !== "abort" || tries === 20) return outcome;
    await sleep(100);
  }
}

/** What a cell showed, without its result and its streams. */
function displaysOf(outputs: readonly Output[]): unknown[] {
  return outputs.flatMap((output) =>
    output.output_type === "display_data" ? [{ data: output.data, metadata: output.metadata }] : [],
  );
}

describe("a notebook of tslab", { timeout: 180_000 }, () => {
  let tslab: KernelClient;
  let own: KernelClient;
  before(async () => {
    // As on a new machine.
    rmSync(join(projectRoot, "node_modules", "rounds"), { recursive: true, force: true });
    tslab = await KernelClient.start({ kernelspec: TSLAB, directory: DIRECTORY });
    own = await startKernel({ directory: DIRECTORY });
  });
  after(() => tslab?.kill());

  it("runs in both kernels and shows the same: displays, tables, figures, streams and results", async () => {
    for (const source of sourcesOf("tslab-notebook.ipynb")) {
      const [theirs, ours] = [await tslab.execute(source, TIMEOUT), await own.execute(source, TIMEOUT)];
      assert.equal(streamText(theirs.outputs, "stderr"), "", source);
      assert.equal(theirs.reply.status, "ok", source);
      assert.equal(ours.reply.status, "ok", `${source}\n${ours.reply.evalue}`);
      assert.deepEqual(displaysOf(ours.outputs), displaysOf(theirs.outputs), source);
      // tslab prints a result to stdout.
      const result = resultText(ours.outputs);
      const printed = streamText(ours.outputs, "stdout") + (result === undefined ? "" : `${result}\n`);
      assert.equal(printed, streamText(theirs.outputs, "stdout"), source);
    }
  });

  it("shows a figure in all its forms and a table that needs no script, in tslab too", async () => {
    const { outputs } = await tslab.execute(
      "await show(visits); await show(rounds.histogramFigure([{ days: 3 }, { days: 5 }], { x: 'days' }));",
      TIMEOUT,
    );
    const [table, figure] = displaysOf(outputs) as { data: Record<string, string>; metadata: object }[];
    assert.deepEqual(Object.keys(table!.data), [
      "application/vnd.rounds.table.v1+json",
      "text/html",
      "text/plain",
    ]);
    assert.deepEqual(Object.keys(figure!.data).toSorted(), [
      "application/vnd.plotly.v1+json",
      "image/png",
      "text/plain",
    ]);
    assert.ok("image/png" in figure!.metadata);
  });

  it("is checked by tslab with the library's types", async () => {
    const wrong = await execute(tslab, 'const name: string = fromRows([{ ward: "A" }]);');
    assert.match(
      streamText(wrong.outputs, "stderr"),
      /'Table<\{ ward: string; \}>' is not assignable to type 'string'/,
    );
  });

  it("is interrupted in tslab, and a query with it", async () => {
    const started = Promise.withResolvers<void>();
    const query = "SELECT count(*) AS n FROM range(100000000000) a(i) WHERE i % 7 = i % 11";
    const cell = execute(tslab, `console.log("started"); await visits.sql("${query}").rows()`, {
      onOutput: () => started.resolve(),
    });
    await started.promise;
    // A signal that comes before the first await ends tslab's code and nothing else.
    await sleep(500);
    await tslab.interrupt();
    const { outputs } = await cell;
    assert.match(streamText(outputs, "stderr"), /abort|interrupt/i);
    const { outputs: later } = await execute(tslab, "console.log((await visits.rows()).length)");
    assert.equal(streamText(later, "stdout"), "2\n");
  });

  it("is told by tslab that there are no comms", async () => {
    const { outputs } = await execute(
      tslab,
      'const host = (globalThis as any)[Symbol.for("Jupyter.display")]; host.openComm("any", {});',
    );
    assert.match(streamText(outputs, "stderr"), /the tslab kernel has no comms/);
  });
});

describe("declarations for TypeScript 5.0", () => {
  it("import without endings, also in types, and have plain arrays of bytes", () => {
    assert.equal(
      forTypeScript50(
        'import { a } from "../a.ts";\nexport * from "./b/c.ts";\nexport type D = import("./d.ts").D;\nimport x from "pkg/e.ts";\ndeclare const f: Uint8Array<ArrayBufferLike>, g: BigInt64Array<ArrayBuffer>, h: "./x.ts";',
      ),
      'import { a } from "../a";\nexport * from "./b/c";\nexport type D = import("./d").D;\nimport x from "pkg/e.ts";\ndeclare const f: Uint8Array, g: BigInt64Array, h: "./x.ts";',
    );
  });
});
