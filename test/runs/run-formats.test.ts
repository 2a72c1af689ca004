/** Records of other programs are read as what they are, and nothing else is taken for one. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";

import { openRun } from "../../lib/runs/open-run.ts";
import type { RunReader } from "../../lib/runs/run-reader.ts";
import { projectRoot } from "../../setup/paths.mjs";

let folder: string;
let files = 0;

/** A file that was written long ago, so that its last line counts as whole. */
function fileOf(text: string, name = `record-${files++}.txt`): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  utimesSync(path, 1e9, 1e9);
  return path;
}

async function read(path: string, options: Parameters<typeof openRun>[1] = {}): Promise<RunReader> {
  const reader = await openRun(path, options);
  await reader.refresh();
  return reader;
}

function valuesOf({ series }: RunReader, metric: string): [number, number][] {
  return series.points(metric).map(({ step, value }) => [step, value]);
}

/** Where real logs lie beside the project; a generated one of the same shape stands in elsewhere. */
const mirror = resolve(process.env["ROUNDS_DATA_MIRROR"] ?? join(projectRoot, "../shared/data"));

function logOf(name: string, generated: (step: number) => string): string {
  const path = join(mirror, "logs", name);
  if (existsSync(path)) return path;
  return fileOf(Array.from({ length: 300 }, (_, step) => generated(step)).join(""), name);
}

describe("records of runs", () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rounds-formats-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("of modded-nanogpt and llm.c have every step's loss, as cutting the line at its signs gives it", async () => {
    const logs = [
      logOf("2024-10-29_Optimizers_8bfe4e35.log", (step) =>
        step % 125 === 0
          ? `step:${step}/300 val_loss:${(9 / (1 + step)).toFixed(4)} train_time:${140 * step}ms step_avg:nanms\n`
          : `step:${step}/300 train_loss:${(8 / (1 + step)).toFixed(4)} train_time:${140 * step}ms step_avg:140.00ms\n`,
      ),
      logOf("2024-10-13_llmc.log", (step) =>
        step % 250 === 0
          ? `s:${step} tel:${(9 / (1 + step)).toFixed(4)}\n`
          : `s:${step} trl:${(8 / (1 + step)).toFixed(4)} lr:0.000002 norm:0.22\n`,
      ),
    ];
    for (const path of logs) {
      const reader = await read(path);
      assert.equal(reader.format, "nanogpt");
      const lines = readFileSync(path, "utf8").trim().split("\n");
      const cut = (sign: string): [number, number][] =>
        lines
          .filter((line) => line.includes(sign))
          .map((line) => [parseInt(line.split(":")[1]!, 10), parseFloat(line.split(sign)[1]!)]);
      assert.deepEqual(valuesOf(reader, "loss"), [...cut("train_loss:"), ...cut(" trl:")]);
      assert.deepEqual(valuesOf(reader, "heldOutLoss"), [...cut("val_loss:"), ...cut(" tel:")]);
      assert.ok(valuesOf(reader, "loss").length > 100);
    }
  });

  it("of modded-nanogpt go on in time when their clock is set anew", async () => {
    const line = (step: number, time: number) =>
      `step:${step}/9 train_loss:5.0 train_time:${time}ms step_avg:nanms\n`;
    const { series } = await read(fileOf(line(1, 9000) + line(2, 10_000) + line(3, 0) + line(4, 3000)));
    assert.deepEqual(
      series.points("loss").map(({ seconds }) => seconds),
      [0, 1, 1, 4],
    );
  });

  it("of nanoGPT have the step's loss, and the estimate apart from it", async () => {
    const reader = await read(
      fileOf(
        "tokens per iteration will be: 491,520\nstep 0: train loss 4.28, val loss 4.29\n" +
          "iter 0: loss 4.26, time 23127.17ms, mfu -100.00%\niter 10: loss nan, time 128.10ms, mfu 31.20%",
      ),
      { tokensPerStep: 491_520 },
    );
    assert.deepEqual(valuesOf(reader, "loss"), [
      [0, 4.26],
      [10, NaN],
    ]);
    assert.deepEqual(valuesOf(reader, "heldOutLoss"), [[0, 4.29]]);
    assert.deepEqual(valuesOf(reader, "estimatedLoss"), [[0, 4.28]]);
    assert.equal(reader.series.points("loss")[1]!.tokens, 4_915_200);
  });

  it("of Megatron count tokens by their context length, and time by their clock", async () => {
    const reader = await read(
      fileOf(
        `using world size: 8\n  seq_length ...................................... 2048\n${megatron(1, "10:00:00", 6.5)}` +
          `${megatron(2, "10:00:30", 6.25)} validation loss at iteration 2 on validation set | lm loss value: 6.5E+00 | lm loss PPL: 6.6E+02 | \n`,
      ),
    );
    assert.equal(reader.format, "megatron");
    assert.deepEqual(reader.series.points("loss"), [
      { step: 1, tokens: 256 * 2048, seconds: 0, value: 6.5 },
      { step: 2, tokens: 512 * 2048, seconds: 30, value: 6.25 },
    ]);
    assert.deepEqual(valuesOf(reader, "heldOutLoss"), [[2, 6.5]]);
    assert.deepEqual(valuesOf(reader, "learningRate"), [
      [1, 0.00015],
      [2, 0.00015],
    ]);
    assert.deepEqual(valuesOf(reader, "number of nan iterations"), [
      [1, 0],
      [2, 0],
    ]);
  });

  it("that go back in steps were started again: what was done twice holds once, of every metric", async () => {
    const text = [1, 2, 3, 4, 5, 3, 4].map((step, index) => `s:${step} trl:${index}.5\n`).join("");
    const reader = await read(fileOf(text.replace("s:3 trl:5.5", "s:4 tel:9\ns:3 trl:5.5")));
    assert.deepEqual(valuesOf(reader, "loss"), [
      [1, 0.5],
      [2, 1.5],
      [3, 5.5],
      [4, 6.5],
    ]);
    assert.deepEqual(reader.series.restarts("loss").slice(-1), [3]);
    assert.deepEqual(valuesOf(reader, "heldOutLoss"), []);
  });

  it("of the Trainer hold its history, with NaN as Python writes it", async () => {
    const history = `[{"step": 1, "loss": 2.5, "learning_rate": 1e-3, "num_input_tokens_seen": 640},
      {"step": 2, "loss": NaN, "note": "NaN"}, {"step": 2, "eval_loss": 2.25}]`;
    const path = fileOf(`{"max_steps": 2, "log_history": ${history}}`, "trainer_state.json");
    const reader = await read(path);
    assert.equal(reader.format, "trainer-state");
    assert.deepEqual(valuesOf(reader, "loss"), [
      [1, 2.5],
      [2, NaN],
    ]);
    assert.deepEqual(valuesOf(reader, "heldOutLoss"), [[2, 2.25]]);
    assert.equal(reader.series.points("loss")[0]!.tokens, 640);
    assert.deepEqual(reader.config, { max_steps: 2 });
    const read1 = reader.bytesRead;
    await reader.refresh();
    assert.equal(reader.bytesRead, read1, "an unchanged file is not read again");
  });

  it("of a real Trainer's run are all there", async () => {
    const path = join(mirror, "logs", "chatdoctor_trainer_state.json");
    const state = existsSync(path) ? path : join(folder, "trainer_state.json");
    const held = JSON.parse(readFileSync(state, "utf8").replaceAll(/: NaN/gu, ": null")) as {
      log_history: { step: number; loss?: number | null }[];
    };
    const losses = held.log_history.filter(({ loss }) => loss !== undefined);
    const reader = await read(state);
    assert.deepEqual(
      valuesOf(reader, "loss"),
      losses.map(({ step, loss }) => [step, loss ?? NaN]),
    );
  });

  it("of the Trainer's output folder are the newest checkpoint's", async () => {
    const output = mkdtempSync(join(folder, "output-"));
    for (const step of [9, 10]) {
      mkdirSync(join(output, `checkpoint-${step}`));
      const state = { log_history: [{ step, loss: step }] };
      writeFileSync(join(output, `checkpoint-${step}`, "trainer_state.json"), JSON.stringify(state));
    }
    assert.deepEqual(valuesOf(await read(output), "loss"), [[10, 10]]);
  });

  it("of Weights & Biases, as JSON lines, are numbers by their paths at the optimizer's step", async () => {
    const reader = await read(
      fileOf(
        '{"_step":0,"_runtime":1.5,"train/global_step":10,"train/loss":2.5,"deep":{"norm":1}}\n' +
          '{"_step":1,"_runtime":3.5,"train/global_step":20,"train/loss":"NaN","plot":{"_type":"histogram","values":[1]}}\n',
      ),
    );
    assert.equal(reader.format, "wandb");
    assert.deepEqual(valuesOf(reader, "train/loss"), [
      [10, 2.5],
      [20, NaN],
    ]);
    assert.equal(reader.series.points("train/loss")[1]!.seconds, 2);
    assert.deepEqual(reader.series.metricNames, ["train/loss", "deep.norm"]);
  });

  it("of Weights & Biases, as CSV, have no value where a metric was not logged", async () => {
    const text = ",_step,loss,val_loss,tokens_seen\n0,1,2.5,,640\n1,2,2.25,2.5,1280\n";
    const reader = await read(fileOf(text));
    assert.deepEqual(valuesOf(reader, "val_loss"), [[2, 2.5]]);
    assert.equal(reader.series.points("loss")[1]!.tokens, 1280);
  });

  it("of a chart of Weights & Biases are of the run that is named", async () => {
    const header = '"Step","a, b - train/loss","a, b - train/loss__MIN","c - train/loss"';
    const path = fileOf(`${header}\n1,2.5,2.4,3.5\n2,2.25,2.2,\n`);
    assert.deepEqual(valuesOf(await read(path, { run: "a, b" }), "train/loss"), [
      [1, 2.5],
      [2, 2.25],
    ]);
    await assert.rejects(read(path), /"run" must be one of a, b, c, got undefined/u);
  });

  it("of lm-evaluation-harness are scores with their standard errors, of both its versions", async () => {
    const results = {
      medqa: {
        alias: "medqa",
        "acc,none": 0.41,
        "acc_stderr,none": 0.02,
        "em,strict": 0.3,
        "em_stderr,strict": "N/A",
      },
      old: { acc: 0.5, acc_stderr: 0.01 },
    };
    const reader = await read(fileOf(JSON.stringify({ results, config: { model: "hf" } }), "results.json"));
    assert.deepEqual(reader.series.scores, [
      { task: "medqa", metric: "acc", value: 0.41, standardError: 0.02 },
      { task: "medqa", metric: "em (strict)", value: 0.3, standardError: undefined },
      { task: "old", metric: "acc", value: 0.5, standardError: 0.01 },
    ]);
  });

  it("that are none of them, or more than one, are refused with what is there", async () => {
    const cases: [string, RegExp][] = [
      [fileOf("Stage,Step,Tokens Seen\nstage1,0,0\n"), /holds no format that is known; known are rounds, /u],
      [fileOf('{"some": "json"}'), /holds no format that is known/u],
      [fileOf(""), /holds no format that is known/u],
      [join(folder, "nowhere"), /nowhere does not exist/u],
      [
        fileOf(`${megatron(1, "10:00:00", 6)}s:1 trl:5.5\n`),
        /line 2: a line of nanogpt in a log of megatron/u,
      ],
      [fileOf("s:1 trl:5.5\ns:2 trl:5.x\n"), /line 2: a step whose numbers cannot be read/u],
      [fileOf("_step,loss\n1,2\n1,2,3\n"), /line 3: 3 fields where the header has 2/u],
      [fileOf('_step,loss\n1,2\n{"_step":3}\n'), /line 3: CSV and JSON in one file/u],
      [fileOf('{"_step":1}\n{"loss":2}\n'), /line 2: a row without a step/u],
      [fileOf('{"log_history": 3}'), /has no list "log_history"/u],
    ];
    for (const [path, message] of cases) await assert.rejects(read(path), { name: "DataError", message });
    const both = mkdtempSync(join(folder, "both-"));
    writeFileSync(join(both, "metrics.jsonl"), "");
    writeFileSync(join(both, "trainer_state.json"), '{"log_history": []}');
    await assert.rejects(read(both), /more than one record: rounds \(.*\), trainer-state/u);
    assert.equal((await read(both, { format: "trainer-state" })).format, "trainer-state");
    await assert.rejects(read(both, { format: "wandb" }), /holds rounds, trainer-state, not wandb/u);
  });

  it("are the same however a log grew between two looks", async () => {
    const text = Array.from({ length: 40 }, (_, step) => `s:${step} trl:${9 - step / 10}\nchatter\n`).join(
      "",
    );
    const whole = valuesOf(await read(fileOf(text)), "loss");
    const cuts = fc.uniqueArray(fc.integer({ min: 12, max: text.length - 1 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const ends = [...places.toSorted((left, right) => left - right), text.length];
        const path = fileOf(text.slice(0, 12));
        const reader = await read(path);
        let from = 12;
        for (const to of ends) {
          appendFileSync(path, text.slice(from, to));
          await reader.refresh();
          from = to;
        }
        assert.deepEqual(valuesOf(reader, "loss"), whole);
        assert.equal(reader.bytesRead, text.length);
      }),
      { numRuns: 20 },
    );
  });
});

function megatron(step: number, time: string, loss: number): string {
  return (
    ` [2026-05-01 ${time}] iteration ${String(step).padStart(8)}/     500 | consumed samples: ${String(256 * step).padStart(12)} | ` +
    `elapsed time per iteration (ms): 1234.5 | learning rate: 1.500000E-04 | global batch size:   256 | ` +
    `lm loss: ${loss.toExponential(6).toUpperCase()} | loss scale: 1.0 | grad norm: 1.250 | number of skipped iterations:   0 | ` +
    `number of nan iterations:   0 |\n`
  );
}
