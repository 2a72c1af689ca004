import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";
import { describeProgress } from "../../lib/runs/describe-progress.ts";
import { MetricsReader, readMetrics } from "../../lib/runs/read-metrics.ts";

let folder: string;

function line(step: number, attempt = 1, loss: number | string = 10 / step, kind = "train"): string {
  const lossByDomain = { clinical: { loss, tokens: 96 }, general: { loss, tokens: 32 } };
  const speed = { tokens_per_second: 128, step_seconds: 1, data_seconds: 0, memory_gib: 1, world_size: 1 };
  const counts = { tokens_seen: 128 * step, supervised_tokens: 128 * step, epoch: step / 100 };
  const rest = {
    ...counts,
    loss,
    loss_by_domain: lossByDomain,
    aux_loss: null,
    lr: 1e-3,
    grad_norm: 1,
    mfu: null,
  };
  return `${JSON.stringify({ v: 1, run_id: "r", attempt, kind, step, ...rest, ...speed, time: step })}\n`;
}

function runFolder(name: string, text?: string): string {
  const made = mkdtempSync(join(folder, `${name}-`));
  if (text !== undefined) writeFileSync(join(made, "metrics.jsonl"), text);
  return made;
}

describe("the metrics of a run", () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rounds-metrics-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("are empty before the first line", async () => {
    const metrics = await readMetrics(runFolder("none"));
    assert.deepEqual(metrics, { train: [], heldOut: [], checkpoints: [], events: [], skippedLines: 0 });
  });

  it("are rows with the loss of each domain", async () => {
    const { train } = await readMetrics(runFolder("one", line(1)));
    assert.equal(train[0]!.loss, 10);
    assert.deepEqual(train[0]!.lossByDomain["general"], { loss: 10, tokens: 32 });
    assert.equal(train[0]!.mfu, null);
    assert.equal(train[0]!.learningRate, 1e-3);
  });

  it("keep of a step that was trained twice the later attempt's row, in order of steps", async () => {
    const text = line(1) + line(2) + line(3) + line(4) + line(3, 2, 0.5) + line(4, 2, 0.25) + line(5, 2, 0.1);
    const { train } = await readMetrics(runFolder("twice", text));
    assert.deepEqual(
      train.map(({ step, attempt }) => [step, attempt]),
      [
        [1, 1],
        [2, 1],
        [3, 2],
        [4, 2],
        [5, 2],
      ],
    );
  });

  it("have NaN and infinities, which JSON has not", async () => {
    const { train } = await readMetrics(runFolder("nan", line(1, 1, "nan") + line(2, 1, "inf")));
    assert.ok(Number.isNaN(train[0]!.loss));
    assert.equal(train[1]!.loss, Infinity);
  });

  it("skip a line that a crash tore and count it", async () => {
    const { train, skippedLines } = await readMetrics(
      runFolder("torn", `${line(1)}${line(2).slice(0, 40)}\n${line(2, 2)}`),
    );
    assert.equal(train.length, 2);
    assert.equal(skippedLines, 1);
  });

  it("are the same however the file grew between two looks", async () => {
    const text =
      Array.from({ length: 30 }, (_, index) => line(index + 1)).join("") + line(12, 2, "nan") + line(31, 2);
    const bytes = Buffer.from(text);
    const whole = await readMetrics(runFolder("whole", text));
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const growing = runFolder("growing");
        const reader = new MetricsReader(growing);
        let from = 0;
        for (const to of [...places.toSorted((left, right) => left - right), bytes.length]) {
          appendFileSync(join(growing, "metrics.jsonl"), bytes.subarray(from, to));
          await reader.refresh();
          from = to;
        }
        assert.deepEqual(await reader.refresh(), whole);
      }),
      { numRuns: 25 },
    );
  });

  it("are read once: a refresh reads what is new, and a shorter file anew", async () => {
    const made = runFolder("incremental", line(1));
    const reader = new MetricsReader(made);
    await reader.refresh();
    const offset = reader.offset;
    appendFileSync(join(made, "metrics.jsonl"), line(2));
    const { train } = await reader.refresh();
    assert.equal(reader.offset - offset, line(2).length);
    assert.equal(train.length, 2);
    writeFileSync(join(made, "metrics.jsonl"), line(7));
    assert.deepEqual(
      (await reader.refresh()).train.map(({ step }) => step),
      [7],
    );
  });

  it("tell on one line where the run is", async () => {
    const { train } = await readMetrics(runFolder("words", line(1) + line(2)));
    assert.equal(
      describeProgress(train, 3602),
      "step 2 of 3,602: loss 5.000 (clinical 5.000, general 5.000), 128 tokens a second, 1 h 0 min left",
    );
    assert.equal(describeProgress([], 10), "step 0 of 10");
  });
});
