import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { DISPLAY_SYMBOL, FIGURE_MIME } from "../../lib/display/bundle.ts";
import { JobError } from "../../lib/core/errors.ts";
import type { JobRecord } from "../../lib/jobs/job.ts";
import { launch } from "../../lib/jobs/local/launch.ts";
import type { LocalJob } from "../../lib/jobs/local/local-job.ts";
import { watch } from "../../lib/lab/watch.ts";
import { describeRun } from "../../lib/lab/watch-panel.ts";
import { goodput } from "../../lib/runs/goodput/goodput.ts";
import { readMetrics } from "../../lib/runs/read-metrics.ts";
import { trainConfig } from "../../lib/train/train-config.ts";

interface Shown {
  readonly data: Record<string, unknown>;
  readonly displayId: string;
  readonly update: boolean;
}

let folder: string;
let interrupt: AbortController;
const shown: Shown[] = [];

/** A kernel's display protocol, remembered. */
function pretendKernel(): void {
  interrupt = new AbortController();
  shown.length = 0;
  Reflect.set(globalThis, DISPLAY_SYMBOL, {
    display: (bundle: { data: Record<string, unknown> }, options: { displayId: string; update: boolean }) =>
      void shown.push({ data: bundle.data, ...options }),
    interruptSignal: interrupt.signal,
  });
}

/** A run whose trainer is a script; `$RUN` is its folder. */
async function start(script: string): Promise<LocalJob> {
  const run = mkdtempSync(join(folder, "run-"));
  const config = trainConfig("pretraining", {
    model: { preset: "tiny-mistral" },
    optimization: { steps: 40 },
  });
  writeFileSync(join(run, "train.config.json"), JSON.stringify(config));
  const record: JobRecord = {
    version: 1,
    runId: "r",
    backend: "local",
    state: "PLANNED",
    evidence: "",
    attempts: [],
    history: [],
  };
  const command: [string, ...string[]] = ["/bin/sh", "-c", script];
  return launch(run, record, { processes: 1, resumes: false, command, environment: { RUN: run } });
}

function writeStep(job: LocalJob, step: number): void {
  const loss = { clinical: { loss: 4 / step, tokens: 3 }, general: { loss: 8 / step, tokens: 1 } };
  const counts = { tokens_seen: 4 * step, supervised_tokens: 4 * step, epoch: step / 10, world_size: 1 };
  const rest = {
    lr: 1,
    grad_norm: 1,
    tokens_per_second: 4,
    mfu: null,
    memory_gib: 1,
    step_seconds: 1,
    data_seconds: 0,
  };
  const line = {
    v: 1,
    attempt: 1,
    kind: "train",
    step,
    loss: 5 / step,
    loss_by_domain: loss,
    aux_loss: null,
    time: 0,
  };
  appendFileSync(join(job.folder, "metrics.jsonl"), `${JSON.stringify({ ...line, ...counts, ...rest })}\n`);
}

const untilToldToEnd = 'while [ ! -e "$RUN/end" ]; do sleep 0.05; done; echo done';

function textOf({ data }: Shown): string {
  return String(data["text/plain"]);
}

describe("watch", () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rounds-watch-"));
  });
  afterEach(() => Reflect.deleteProperty(globalThis, DISPLAY_SYMBOL));
  after(() => rmSync(folder, { recursive: true }));

  it("shows state, progress, loss by domain and log, and leaves the last of it with a picture", async () => {
    pretendKernel();
    const job = await start(untilToldToEnd);
    const watching = watch(job);
    writeStep(job, 1);
    while (!shown.some((each) => textOf(each).includes("step 1 of 40")))
      await new Promise((wake) => setTimeout(wake, 20));
    writeStep(job, 2);
    writeFileSync(join(job.folder, "end"), "");
    await watching;

    const outputs = Map.groupBy(shown, ({ displayId }) => displayId);
    assert.equal(outputs.size, 2, "one panel and one figure, replaced in place");
    for (const updates of outputs.values()) {
      assert.deepEqual(
        updates.map(({ update }) => update),
        updates.map((_, index) => index > 0),
      );
    }
    const [panel, figure] = [...outputs.values()].map((updates) => updates.at(-1)!);
    const text = textOf(panel!);
    assert.match(text, /State: COMPLETED: exit code 0/);
    assert.match(text, /Progress: step 2 of 40 \(5 %\), 8 tokens, 0\.20 passes over the data/);
    assert.match(text, /Loss: 2\.500 \(clinical 2\.000, general 4\.000\)/);
    assert.match(text, /done$/);
    assert.match(String(panel!.data["text/html"]), /^<table>.*<pre>done<\/pre>$/s);
    assert.ok(FIGURE_MIME in figure!.data);
    assert.equal(typeof figure!.data["image/png"], "string");
  });

  it("ends with the cell, never with the run", async () => {
    pretendKernel();
    const job = await start(untilToldToEnd);
    setTimeout(() => interrupt.abort(), 100);
    await watch(job);
    assert.equal((await job.status()).state, "RUNNING");
    assert.match(textOf(shown.at(-1)!), /State: RUNNING/);
    writeFileSync(join(job.folder, "end"), "");
    pretendKernel();
    await watch(job);
    assert.match(textOf(shown.at(-1)!), /State: COMPLETED/, "it can be watched again");
  });

  it("says why a run failed", async () => {
    pretendKernel();
    const job = await start(
      `echo '{"error": {"name": "DataError", "message": "a shard is damaged"}}'; exit 1`,
    );
    await assert.rejects(watch(job), (error: JobError) => {
      assert.ok(error instanceof JobError);
      assert.match(error.message, /failed: exit code 1: DataError: a shard is damaged/);
      return true;
    });
    assert.match(textOf(shown.at(-1)!), /State: FAILED/);
  });

  it("tells of a job on a cluster how its starts ended, and that it cannot be reached", async () => {
    const begun = { jobId: "7", nodes: ["n1", "n2"], startedAt: "2026-01-01T00:00:00Z" };
    const rows = describeRun({
      runId: "r",
      config: undefined,
      source: undefined,
      status: {
        state: "RUNNING",
        evidence: "squeue: job 7 RUNNING",
        starts: [
          { ...begun, attempt: 1, endedAt: "2026-01-01T01:00:00Z", reason: "timeout" },
          { ...begun, attempt: 2 },
          { ...begun, attempt: 3 },
        ],
        trouble: "the connection was lost",
      },
      metrics: await readMetrics(folder),
      goodput: goodput({ submittedAt: 0, starts: [], lines: [], endedAt: undefined }, 1),
      logTail: "",
    });
    assert.deepEqual(rows, [
      ["State", "RUNNING: squeue: job 7 RUNNING"],
      ["Starts", "3: timeout, cut off, now on n1, n2"],
      ["Connection", "the connection was lost; trying again, this is what came before"],
    ]);
  });
});
