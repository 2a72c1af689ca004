import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";

import { DISPLAY_SYMBOL } from "../../lib/display/bundle.ts";
import { compareRuns } from "../../lib/runs/compare-runs.ts";
import { diffConfigs } from "../../lib/runs/diff-configs.ts";
import { smooth } from "../../lib/runs/smooth.ts";

let folder: string;
let runs = 0;

interface Step {
  readonly step: number;
  readonly loss: number | string;
  readonly attempt?: number;
  readonly time?: number;
}

function lineOf({ step, loss, attempt = 1, time = step }: Step): string {
  const counts = { tokens_seen: 100 * step, supervised_tokens: 100 * step, epoch: 0 };
  return `${JSON.stringify({ v: 1, run_id: "r", kind: "train", attempt, step, loss, time, ...counts })}\n`;
}

function runOf(steps: readonly Step[], config?: object): string {
  const path = join(folder, `run-${runs++}`);
  mkdirSync(path);
  writeFileSync(join(path, "metrics.jsonl"), steps.map(lineOf).join(""));
  if (config !== undefined) writeFileSync(join(path, "train.config.json"), JSON.stringify(config));
  return path;
}

function stepsOf(losses: readonly (number | string)[]): Step[] {
  return losses.map((loss, index) => ({ step: index + 1, loss }));
}

function trace(figure: { readonly data: readonly { readonly name?: string }[] }, name: string) {
  const found = figure.data.find((each) => each.name === name);
  assert.ok(found, `${name} is not among ${figure.data.map((each) => each.name).join(", ")}`);
  return found as unknown as { x: (number | null)[]; y: (number | null)[]; opacity?: number };
}

describe("compareRuns", () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rounds-compare-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("has a row and a curve for each run, whatever wrote it", async () => {
    const log = join(folder, "peer.log");
    writeFileSync(log, "s:0 trl:9.5\ns:1 trl:8.5\ns:2 trl:9\n");
    const { rows, figure } = await compareRuns([{ path: runOf(stepsOf([4, 2, 3])), name: "ours" }, log]);
    assert.deepEqual(
      rows.map(({ run, format, steps, tokens, last, lowest, lowestAtStep }) => [
        run,
        format,
        steps,
        tokens,
        last,
        lowest,
        lowestAtStep,
      ]),
      [
        ["ours", "rounds", 3, 300, 3, 2, 2],
        ["peer.log", "nanogpt", 2, null, 9, 8.5, 1],
      ],
    );
    assert.deepEqual(trace(figure, "peer.log").y, [9.5, 8.5, 9]);
  });

  it("draws by tokens or hours, and says which run cannot be", async () => {
    const ours = runOf([1, 2].map((step) => ({ step, loss: 1, time: 3600 * step })));
    assert.deepEqual(trace((await compareRuns([ours], { x: "tokens" })).figure, "run-1").x, [100, 200]);
    assert.deepEqual(trace((await compareRuns([ours], { x: "time" })).figure, "run-1").x, [0, 1]);
    const log = join(folder, "no-tokens.log");
    writeFileSync(log, "s:0 trl:9.5\ns:1 trl:8.5\n");
    const byTokens = compareRuns([ours, log], { x: "tokens" });
    await assert.rejects(
      byTokens,
      /no-tokens\.log tells no tokens; give it tokensPerStep, or choose "step"/u,
    );
    const told = await compareRuns([ours, { path: log, tokensPerStep: 64 }], { x: "tokens" });
    assert.deepEqual(trace(told.figure, "no-tokens.log").x, [0, 64]);
  });

  it("keeps the raw line under the smoothed one", async () => {
    const { figure, rows } = await compareRuns([runOf(stepsOf([4, 4, 1]))], { smoothing: 1 });
    const [raw, smoothed] = figure.data as unknown as { y: number[]; opacity?: number }[];
    assert.deepEqual(raw!.y, [4, 4, 1]);
    assert.equal(raw!.opacity, 0.3);
    assert.deepEqual(smoothed!.y, [4, 4, (4 / 4 + 4 / 2 + 1) / 1.75]);
    assert.equal(rows[0]!.last, smoothed!.y[2]);
  });

  it("marks restarts, gaps and values that are not finite", async () => {
    const steps: Step[] = [
      { step: 1, loss: 5 },
      { step: 2, loss: "nan" },
      { step: 3, loss: 4 },
      { step: 4, loss: 3 },
      { step: 3, loss: 2.5, attempt: 2 },
      { step: 4, loss: 2 },
      { step: 20, loss: 1, attempt: 2 },
    ];
    const { figure, rows } = await compareRuns([runOf(steps)]);
    const { notFinite, restarts, gaps, last } = rows[0]!;
    assert.deepEqual({ notFinite, restarts, gaps, last }, { notFinite: 1, restarts: 1, gaps: 1, last: 1 });
    assert.deepEqual(trace(figure, `run-${runs - 1}`).y, [5, null, 2.5, 2, null, 1]);
    assert.deepEqual(trace(figure, "NaN or infinite"), {
      ...trace(figure, "NaN or infinite"),
      x: [2],
      y: [5],
    });
    assert.deepEqual(trace(figure, "restart").x, [3]);
    assert.deepEqual(trace(figure, "no rows").x, [4, 20, 20]);
  });

  it("takes runs that differ by their seed alone for one, with its spread", async () => {
    const config = (seed: number, learningRate = 1e-3) => ({ seed, optimization: { learningRate } });
    const seeds = [3, 1, 2].map((loss, index) => runOf(stepsOf([9, loss]), config(index)));
    const other = runOf(stepsOf([9, 5]), config(0, 2e-3));
    const compared = await compareRuns([...seeds, { path: other, name: "other" }]);
    assert.equal(compared.rows.length, 2);
    const { seeds: count, last, lastLow, lastHigh, run } = compared.rows[0]!;
    assert.deepEqual([count, last, lastLow, lastHigh], [3, 2, 1, 3]);
    assert.match(run, /: mean of 3 seeds$/u);
    assert.ok(compared.figure.data.some(({ name }) => name?.endsWith(": lowest to highest")));
    const interval = (await compareRuns(seeds, { spread: "interval" })).rows[0]!;
    // 2 ± 4.303 × 1 / √3
    assert.ok(Math.abs(interval.lastHigh! - 4.4843) < 1e-3 && Math.abs(interval.lastLow! + 0.4843) < 1e-3);
    assert.equal((await compareRuns([...seeds, other], { spread: "none" })).rows.length, 4);
  });

  it("takes the mean of seeds where all of them are, and refuses seeds that never meet", async () => {
    const short = runOf(stepsOf([9, 3]));
    const long = runOf(stepsOf([9, 1, 100]));
    const { rows } = await compareRuns([short, long].map((path) => ({ path, group: "both" })));
    assert.deepEqual([rows[0]!.steps, rows[0]!.last], [2, 2]);
    const late = { path: runOf([{ step: 50, loss: 1 }]), group: "both" };
    await assert.rejects(compareRuns([{ path: short, group: "both" }, late]), /steps in common/u);
  });

  it("says what configurations differ in, nested keys too, and nothing else", async () => {
    const common = { model: { layers: 2 }, choices: [{ name: "x" }] };
    const left = {
      ...common,
      optimization: { learningRate: 1e-3, steps: 10 },
      data: { train: [{ weight: 1 }] },
    };
    const right = {
      ...common,
      optimization: { learningRate: 2e-3, steps: 10 },
      data: { train: [] },
      choices: [],
    };
    const paths = [runOf(stepsOf([1]), left), runOf(stepsOf([1]), right)];
    const { differences, differenceRows } = await compareRuns(paths);
    assert.deepEqual(differences, [
      { key: "optimization.learningRate", values: [1e-3, 2e-3] },
      { key: "data.train[0].weight", values: [1, undefined] },
      { key: "data.train", values: [undefined, "[]"] },
    ]);
    assert.equal(Object.values(differenceRows[1]!).at(-1), "not set");
  });

  it("reads at a refresh what has come since, however long the runs are", async () => {
    for (const length of [10, 5000]) {
      const run = runOf(Array.from({ length }, (_, index) => ({ step: index + 1, loss: 1 })));
      const log = join(folder, `growing-${length}.log`);
      writeFileSync(log, Array.from({ length }, (_, step) => `s:${step} trl:5.5\n`).join(""));
      const comparison = await compareRuns([run, log]);
      const read = comparison.bytesRead;
      const [line, foreign] = [lineOf({ step: length + 1, loss: 0.5 }), `s:${length} trl:4.5\n`];
      appendFileSync(join(run, "metrics.jsonl"), line);
      appendFileSync(log, foreign);
      await comparison.refresh();
      assert.equal(comparison.bytesRead - read, line.length + foreign.length);
      assert.deepEqual(
        comparison.rows.map(({ last }) => last),
        [0.5, 4.5],
      );
    }
  });

  it("draws true log axes, and says how many points have no place on them", async () => {
    const log = join(folder, "from-zero.log");
    writeFileSync(log, "s:0 trl:9\ns:1 trl:8\ns:10 trl:7\n");
    const { layout, data } = (await compareRuns([log], { xScale: "log", yScale: "log" })).figure;
    const { xaxis, yaxis } = layout as Record<string, { type: string; title: { text: string } }>;
    assert.deepEqual([xaxis!.type, yaxis!.type], ["log", "log"]);
    assert.equal(xaxis!.title.text, "Step (not shown: 1 point at or below 0)");
    assert.equal(yaxis!.title.text, "Loss (nats a token)");
    assert.deepEqual(data[0]!["x"], [null, 1, 10]);
  });

  it("finds a metric under its other names, and says which it could be", async () => {
    const one = join(folder, "one.jsonl");
    writeFileSync(one, '{"_step":1,"train/loss":2}\n{"_step":2,"train/loss":1}\n');
    assert.equal((await compareRuns([one])).rows[0]!.last, 1);
    const two = join(folder, "two.jsonl");
    writeFileSync(two, '{"_step":1,"train/loss":2,"lm loss":3}\n');
    await assert.rejects(
      compareRuns([two]),
      /which has train\/loss and lm loss: \{ path, metric: "train\/loss" \}/u,
    );
    assert.equal((await compareRuns([{ path: two, metric: "lm loss" }])).rows[0]!.last, 3);
    await assert.rejects(compareRuns([one], { metric: "train/los" }), /did you mean train\/loss\?/u);
  });

  it("compares evaluations by their scores", async () => {
    for (const [name, value] of [
      ["a", 0.4],
      ["b", 0.5],
    ] as const) {
      mkdirSync(join(folder, name));
      const results = { medqa: { "acc,none": value, "acc_stderr,none": 0.02 } };
      writeFileSync(join(folder, name, "results_1.json"), JSON.stringify({ results }));
    }
    const { rows, scores, figure } = await compareRuns([join(folder, "a"), join(folder, "b")]);
    assert.deepEqual(rows, []);
    assert.deepEqual(
      scores.map(({ run, task, metric, value, low }) => [run, task, metric, value, low?.toFixed(4)]),
      [
        ["a", "medqa", "acc", 0.4, "0.3608"],
        ["b", "medqa", "acc", 0.5, "0.4608"],
      ],
    );
    assert.deepEqual(figure.data[1]!["x"], ["medqa (acc)"]);
  });

  it("shows its table, a run that has only begun without a row", async () => {
    const comparison = await compareRuns([runOf(stepsOf([2, 1])), runOf([])]);
    const { data } = await comparison[DISPLAY_SYMBOL]();
    assert.match(String(data["text/plain"]), /loss of 2 runs/u);
    assert.equal(comparison.rows.length, 1);
  });

  it("tells runs of one folder name apart, and refuses one path twice", async () => {
    const [left, right] = ["left", "right"].map((name) => join(folder, name, "run"));
    for (const path of [left!, right!]) {
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "metrics.jsonl"), lineOf({ step: 1, loss: 1 }));
    }
    const { rows } = await compareRuns([left!, right!]);
    assert.deepEqual(
      rows.map(({ run }) => run),
      ["left/run", "right/run"],
    );
    await assert.rejects(compareRuns([left!, left!]), /runs of different names/u);
    await assert.rejects(compareRuns([]), /"runs" must be at least one/u);
    await assert.rejects(
      compareRuns([left!], { smoothing: -1 }),
      /"smoothing" must be a number of steps >= 0/u,
    );
  });
});

describe("smooth", () => {
  it("is the weighted mean of all finite values up to a point, by its closed form", () => {
    const values = fc.array(fc.oneof(fc.double({ min: -5, max: 5, noNaN: true }), fc.constant(NaN)), {
      maxLength: 30,
    });
    const gaps = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(values, gaps, fc.double({ min: 0.5, max: 40, noNaN: true }), (held, between, halfLife) => {
        let step = 0;
        const points = held.map((value, index) => ({ step: (step += between[index]!), value }));
        for (const [index, got] of smooth(points, halfLife).entries()) {
          const now = points[index]!;
          if (Number.isNaN(now.value)) assert.ok(Number.isNaN(got));
          else {
            const finite = points.slice(0, index + 1).filter(({ value }) => Number.isFinite(value));
            const weights = finite.map((point) => 2 ** (-(now.step - point.step) / halfLife));
            const sum = weights.reduce((total, weight) => total + weight, 0);
            const expected = finite.reduce((total, { value }, at) => total + value * weights[at]!, 0) / sum;
            assert.ok(Math.abs(got - expected) < 1e-9);
          }
        }
      }),
    );
  });
});

describe("diffConfigs", () => {
  it("finds nothing between equal ones, and every leaf that was changed", () => {
    const json = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,3}$/u),
      fc.oneof(fc.integer(), fc.array(fc.boolean(), { minLength: 1 })),
      {
        minKeys: 1,
      },
    );
    fc.assert(
      fc.property(json, fc.integer(), (config, value) => {
        assert.deepEqual(diffConfigs([config, structuredClone(config)]), []);
        const key = Object.keys(config)[0]!;
        const changed = { ...config, nested: { [key]: value } };
        assert.deepEqual(diffConfigs([config, changed]), [
          { key: `nested.${key}`, values: [undefined, value] },
        ]);
      }),
    );
  });
});
