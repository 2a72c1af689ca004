/** Goodput against a simulated run whose every microsecond is known. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";
import { describeGoodput } from "../../lib/runs/goodput/describe-goodput.ts";
import { goodput, timeParts, type RunTimeline, type TimePart } from "../../lib/runs/goodput/goodput.ts";
import { readGoodput } from "../../lib/runs/goodput/read-goodput.ts";

type Start = RunTimeline["starts"][number];
type Line = RunTimeline["lines"][number];

/** One start of a simulated run: how many steps it comes to, and how it ends. */
interface SimulatedStart {
  readonly queue: number;
  readonly start: number;
  readonly steps: number;
  readonly ends: "saved" | "failed" | "silent";
  readonly end: number;
}

interface Simulation {
  readonly timeline: RunTimeline;
  readonly parts: Record<TimePart, number>;
  readonly lostSteps: number;
  readonly now: number;
}

/** Play a run through, keeping the books beside its files: durations come from `draw`. */
function simulate(plan: readonly SimulatedStart[], everySteps: number, draw: () => number): Simulation {
  const parts = Object.fromEntries(timeParts.map((part) => [part, 0])) as Record<TimePart, number>;
  const submittedAt = 1_795_000_000_000_000;
  let now = submittedAt;
  const starts: Start[] = [];
  const lines: Line[] = [];
  let saved = 0;
  let lostSteps = 0;
  const pass = (part: TimePart, time: number): void => {
    parts[part] += time;
    now += time;
  };
  for (const [index, { queue, start, steps, ends, end }] of plan.entries()) {
    const earlier = plan[index - 1];
    pass(earlier?.ends === "silent" ? "silence" : "queue", queue);
    const startedAt = now;
    pass("start", start);
    lines.push({ kind: "started", step: saved, time: now });
    const sinceSave: { training: number; data: number }[] = [];
    const first = saved;
    for (let step = first + 1; step <= first + steps; step++) {
      const [dataTime, work] = [draw(), draw() + 1];
      parts.data += dataTime;
      parts.training += work;
      now += dataTime + work;
      sinceSave.push({ training: work, data: dataTime });
      lines.push({ kind: "train", step, time: now, stepTime: dataTime + work, dataTime });
      const isLast = step === first + steps;
      const savesNow = step % everySteps === 0 || (isLast && ends === "saved");
      if (savesNow) {
        lines.push({ kind: "checkpoint", step, time: now });
        sinceSave.length = 0;
        saved = step;
      }
      const isSilent = isLast && ends === "silent";
      if (!isSilent) pass(isLast ? "end" : savesNow ? "saving" : "between", draw());
      if (step % 3 === 0) {
        const took = draw();
        pass("measuring", took);
        lines.push({ kind: "eval", time: now, took });
      }
    }
    for (const { training, data } of sinceSave) {
      parts.training -= training;
      parts.data -= data;
      parts.lostSteps += training + data;
      lostSteps++;
    }
    if (ends === "silent") starts.push({ startedAt, endedAt: undefined });
    else {
      pass(steps > 0 ? "end" : "start", end);
      starts.push({ startedAt, endedAt: now });
    }
  }
  const isOver = plan.at(-1)?.ends !== "silent";
  return {
    timeline: { submittedAt, starts, lines, endedAt: isOver ? now : undefined },
    parts,
    lostSteps,
    now,
  };
}

const duration = fc.integer({ min: 0, max: 10_000_000 });
/** Two starts are never at the same moment. */
const wait = fc.integer({ min: 1, max: 10_000_000 });
const simulatedStart = fc.record({
  queue: wait,
  start: duration,
  steps: fc.integer({ min: 0, max: 12 }),
  ends: fc.constantFrom("saved", "failed", "silent" as const),
  end: duration,
}) as fc.Arbitrary<SimulatedStart>;
const last = fc.record({
  queue: wait,
  start: duration,
  steps: fc.integer({ min: 1, max: 12 }),
  ends: fc.constant("saved" as const),
  end: duration,
});

describe("goodput", () => {
  it("gives every microsecond of a run to what it went to", () => {
    const plans = fc.tuple(fc.array(simulatedStart, { maxLength: 5 }), last);
    fc.assert(
      fc.property(
        plans,
        fc.integer({ min: 1, max: 5 }),
        fc.infiniteStream(duration),
        (starts, every, times) => {
          const draw = () => times.next().value as number;
          const { timeline, parts, lostSteps, now } = simulate([...starts[0], starts[1]], every, draw);
          const result = goodput(timeline, now);
          assert.deepEqual(result.parts, parts);
          assert.equal(result.lostSteps, lostSteps);
          assert.equal(result.total, now - timeline.submittedAt!);
          assert.equal(result.share, parts.training / result.total);
        },
      ),
    );
  });

  it("adds up to the time passed whatever the clocks say", () => {
    const time = fc.integer({ min: 0, max: 100 });
    const line = fc.oneof(
      fc.record({ kind: fc.constant("train" as const), step: time, time, stepTime: time, dataTime: time }),
      fc.record({ kind: fc.constant("eval" as const), time, took: time }),
      fc.record({ kind: fc.constantFrom("checkpoint", "started"), step: time, time }) as fc.Arbitrary<Line>,
    );
    const start = fc.record({ startedAt: time, endedAt: fc.option(time, { nil: undefined }) });
    const timelines = fc.record({
      submittedAt: time,
      starts: fc.array(start, { maxLength: 4 }),
      lines: fc.array(line, { maxLength: 20 }),
      endedAt: fc.option(time, { nil: undefined }),
    });
    fc.assert(
      fc.property(timelines, (timeline) => {
        const { total, parts } = goodput(timeline, 100);
        const end = timeline.endedAt ?? 100;
        assert.ok(Object.values(parts).every((part) => part >= 0));
        assert.equal(
          total,
          Object.values(parts).reduce((sum, part) => sum + part),
        );
        assert.ok(total <= Math.max(0, end - timeline.submittedAt));
      }),
    );
  });

  it("counts the wait of a run that has not started", () => {
    const timeline = { submittedAt: 10, starts: [], lines: [], endedAt: undefined };
    assert.deepEqual(goodput(timeline, 50).parts.queue, 40);
    assert.equal(goodput(timeline, 50).share, 0);
    assert.ok(Number.isNaN(goodput({ ...timeline, submittedAt: undefined }, 50).share));
  });

  it("counts a run that trains up to its last line", () => {
    const lines: Line[] = [
      { kind: "started", step: 0, time: 30 },
      { kind: "train", step: 1, time: 40, stepTime: 10, dataTime: 2 },
    ];
    const starts = [{ startedAt: 20, endedAt: undefined }];
    const { parts, total } = goodput({ submittedAt: 0, starts, lines, endedAt: undefined }, 1000);
    assert.deepEqual([parts.queue, parts.start, parts.data, parts.training, total], [20, 10, 2, 8, 40]);
  });
});

describe("goodput of a run folder", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rounds-goodput-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const clock = (seconds: number): string => new Date(1_800_000_000_000 + 1000 * seconds).toISOString();
  const line = (kind: string, step: number, seconds: number, rest: object = {}): string =>
    `${JSON.stringify({ v: 1, attempt: 1, kind, step, time: 1_800_000_000 + seconds, ...rest })}\n`;

  it("reads the starts of a cluster and the lines of the trainer", async () => {
    const run = join(folder, "cluster");
    mkdirSync(join(run, "attempts"), { recursive: true });
    const write = (name: string, value: object) => writeFileSync(join(run, name), JSON.stringify(value));
    write("submitted.json", { time: clock(0) });
    write("attempts/1.json", { attempt: 1, startedAt: clock(10), endedAt: clock(40) });
    write("attempts/2.json", { attempt: 2, startedAt: clock(60), endedAt: clock(99) });
    write("exit.json", { exitCode: 0, reason: "completed", time: clock(100) });
    const step = { step_seconds: 10, data_seconds: 1, loss_by_domain: {} };
    const text = [
      line("event", 0, 15, { event: "started" }),
      line("train", 1, 25, step),
      line("checkpoint", 1, 26),
      line("train", 2, 38, step),
      line("event", 1, 65, { event: "started" }),
      line("train", 2, 80, step),
      line("checkpoint", 2, 81),
      line("eval", 2, 90, { seconds: 4, loss_by_domain: {} }),
    ];
    writeFileSync(join(run, "metrics.jsonl"), `${text.join("")}{"torn`);
    const result = await readGoodput(run);
    const seconds = Object.fromEntries(
      Object.entries(result.parts).map(([part, time]) => [part, time / 1e6]),
    );
    assert.deepEqual(seconds, {
      training: 18,
      data: 2,
      lostSteps: 10,
      saving: 3,
      measuring: 4,
      between: 0,
      start: 15,
      end: 17,
      silence: 0,
      queue: 31,
    });
    assert.equal(
      describeGoodput(result),
      "18.0 % of 1 min; lost to queue 31.0 % (31 s), ending 17.0 % (17 s), starting 15.0 % (15 s), " +
        "lost steps 10.0 % (10 s, 1 step), held-out loss 4.0 % (4 s), checkpoints 3.0 % (3 s), waiting for data 2.0 % (2 s)",
    );
  });

  it("reads the attempts of a run on this machine", async () => {
    const run = join(folder, "local");
    mkdirSync(run);
    const attempts = [{ plannedAt: clock(0), endedAt: clock(20) }];
    writeFileSync(join(run, "job.json"), JSON.stringify({ state: "COMPLETED", attempts }));
    const step = { step_seconds: 10, data_seconds: 0, loss_by_domain: {} };
    writeFileSync(join(run, "metrics.jsonl"), line("train", 1, 15, step) + line("checkpoint", 1, 16));
    const { parts, share } = await readGoodput(run);
    assert.deepEqual([parts.start, parts.training, parts.end, share], [5e6, 10e6, 5e6, 0.5]);
  });
});
