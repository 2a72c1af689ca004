/** The paper's study on a cluster, before anything is sent. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";

import { study as studyCommand } from "../../../lib/cli/study.ts";
import { DISPLAY_SYMBOL } from "../../../lib/display/bundle.ts";
import { alternativeText } from "../../../lib/display/alternative-text.ts";
import { FigureSvg } from "../../../lib/display/figure-svg.ts";
import { miniatureStudy } from "../../../lib/lab/study/miniature-study.ts";
import { studySizes } from "../../../lib/lab/study/study-size.ts";
import type { PlannedJob } from "../../../lib/lab/study-plan/plan-stage.ts";
import { planStudy, type StudyPlan } from "../../../lib/lab/study-plan/plan-study.ts";
import { checkJobSpec } from "../../../lib/jobs/job-spec.ts";
import { collectStudy } from "../../../lib/lab/study-plan/collect-study.ts";
import { StudyPlace, studyJobSpec } from "../../../lib/lab/study-plan/study-job-spec.ts";
import { submitStudy } from "../../../lib/lab/study-plan/submit-study.ts";
import { scheduleStudy } from "../../../lib/lab/study-plan/schedule-study.ts";
import { paperStudy } from "../../../lib/lab/study-plan/study-definition.ts";
import { studyJobs } from "../../../lib/lab/study-plan/study-jobs.ts";
import { studyTimeline } from "../../../lib/lab/study-plan/study-timeline.ts";
import { planTraining } from "../../../lib/train/plan/plan-training.ts";
import { trainConfig } from "../../../lib/train/train-config.ts";
import { projectRoot } from "../../../setup/paths.mjs";

const config = join(projectRoot, "docs", "clusters.example.json");

describe("planStudy", () => {
  it("has the paper's six trainings, each checkpoint tuned twice and evaluated", async () => {
    const { jobs, rows } = await planStudy({ cluster: "h100-80" });
    const names = new Set(jobs.map(({ name }) => name));
    assert.equal(names.size, jobs.length);
    for (const [index, { dependsOn }] of jobs.entries())
      for (const name of dependsOn)
        assert.ok(
          jobs.slice(0, index).some((job) => job.name === name),
          `${name} comes before`,
        );
    // Sixteen kept checkpoints of Mistral and the model before them: one evaluation, two tunings and theirs of each.
    const counts = Object.fromEntries(
      rows.filter(({ model }) => model === "mistral-7b").map(({ kind, jobs: count }) => [kind, count]),
    );
    assert.deepEqual(counts, {
      pretraining: 1,
      "fine-tuning": 17,
      neftune: 17,
      export: 16 + 2 * 17,
      evaluation: 3 * 17,
    });
    assert.deepEqual(rows.map(({ nodes, gpusPerNode }) => [nodes, gpusPerNode]).slice(0, 3), [
      [10, 8],
      [4, 8],
      [4, 8],
    ]);
  });

  it("takes each training's numbers from planTraining, and adds them up", async () => {
    const plan = await planStudy({ cluster: "h100", config, mfu: 0.4 });
    const pretraining = plan.jobs.find(({ name }) => name === "mistral-7b.pretraining")!;
    const alone = planTraining(trainConfig("pretraining"), "h100-80", { mfu: 0.4 });
    assert.equal(pretraining.gpuHours!.low, alone.time!.gpuHours.low);
    assert.equal(pretraining.memoryGiB, alone.memory.total.value);
    assert.equal(pretraining.tokens, 79_259 * 400 * 8192);
    const sum = plan.jobs.reduce((all, { gpuHours }) => all + gpuHours!.high, 0);
    assert.ok(Math.abs(plan.total.gpuHours!.high - sum) < 1e-6);
    assert.ok(Math.abs(plan.total.money!.high - 2.5 * sum) < 1e-6);
    assert.ok(
      plan.warnings.some((warning) => /mixtral-8x7b, evaluation: does not fit on one GPU/u.test(warning)),
    );
  });

  it("says no money without a price, and no hours without hardware", async () => {
    const { total } = await planStudy({ cluster: "h100-80" });
    assert.equal(total.money, null);
    const machine = await planStudy({ cluster: "this-machine" });
    assert.equal(machine.total.gpuHours, null);
    assert.equal(machine.schedule, null);
    assert.throws(() => studyTimeline(machine), /of a cluster with its hardware/u);
  });

  it("plans the miniature by the same names, and knows no hours of processors", async () => {
    const study = miniatureStudy(studySizes.test, 1);
    const { jobs, total } = await planStudy({ cluster: "h100", config, study });
    const [first] = study.models;
    const last = `${first!.name}.${first!.checkpoints.at(-1)}.neftune.evaluation`;
    assert.ok(jobs.some(({ name }) => name === last));
    assert.equal(total.gpuHours, null);
    assert.deepEqual(new Set(jobs.map(({ fits }) => fits)), new Set([null]));
  });

  it("tunes Mixtral's first and last checkpoint alone where the paper does", () => {
    const jobs = studyJobs(paperStudy({ tuned: "paper", checkpoints: 4 }));
    const tuned = (model: string) =>
      jobs.filter((job) => job.model === model && job.kind === "neftune").map(({ step }) => step);
    assert.deepEqual(tuned("mixtral-8x7b"), [0, 37_344]);
    assert.deepEqual(tuned("mistral-7b"), [0, 20_000, 40_000, 60_000, 79_259]);
  });

  it("says where each choice is from, and which the paper does not make", async () => {
    const { choices } = await planStudy({ cluster: "h100-80" });
    for (const { name, source } of choices) assert.match(source, /paper|assumed|caller|Jain|Mistral/u, name);
    assert.ok(choices.some(({ name }) => name === "data.contextLength"));
    assert.ok(choices.some(({ name }) => name === "optimization.rowsPerStep (Mistral 7B, pretraining)"));
  });

  it("is shown as a table with its totals first", async () => {
    const plan = await planStudy({ cluster: "h100", config, mfu: 0.4 });
    const { data } = plan[DISPLAY_SYMBOL]() as { data: Record<string, string> };
    assert.match(
      data["text/plain"]!,
      /^264 jobs on h100 \(10 nodes of 8 GPUs\): [\d,]+ to [\d,]+ GPU-hours, [\d,]+ to [\d,]+ USD/u,
    );
    assert.match(data["text/plain"]!, /Mistral 7B {4}pretraining, 259\.7 B tokens +1 +10 × 8/u);
    assert.match(data["text/html"]!, /NEFTune, 1\.60 B tokens/u);
  });

  it("refuses a study that contradicts itself", () => {
    const study = paperStudy({ models: ["mistral-7b"], checkpoints: 1 });
    const [model] = study.models;
    assert.throws(
      () => studyJobs({ ...study, models: [{ ...model!, checkpoints: [80_000] }] }),
      /must be steps from 0 to 79259, got 80000/u,
    );
    assert.throws(
      () => studyJobs({ ...study, models: [model!, model!] }),
      /each different, got "mistral-7b"/u,
    );
    const random = trainConfig("pretraining", { model: { preset: "tiny-mistral" } });
    assert.throws(
      () =>
        studyJobs({ ...study, models: [{ ...model!, pretraining: random, tuned: [], checkpoints: [0] }] }),
      /starts from no model/u,
    );
    assert.throws(() => paperStudy({ models: ["mistral-8b" as "mistral-7b"] }), /mistral-7b/u);
  });
});

describe("rounds study", () => {
  const place = { folder: projectRoot, signal: new AbortController().signal };

  it("prints the plan as a table for people and as JSON for programs", async (test) => {
    const written: string[] = [];
    test.mock.method(process.stderr, "write", (text: string) => written.push(text) > 0);
    const words =
      "--cluster h100 --models mistral-7b --checkpoints 2 --mfu 0.4 --config docs/clusters.example.json";
    const report = (await studyCommand.run(words.split(" "), place)) as StudyPlan;
    assert.equal(report.total.jobs, 1 + 7 + 2 * 8);
    assert.equal(report.total.gpuHours!.low > 8955, true);
    assert.match(written.join(""), /^24 jobs on h100/u);
  });

  it("asks for what it needs", async () => {
    await assert.rejects(studyCommand.run([], place), /--cluster is missing/u);
    await assert.rejects(
      studyCommand.run(["--cluster", "h100-80", "--submit"], place),
      /--submit needs --token/u,
    );
  });
});

describe("submitStudy", () => {
  it("leaves out by name what does not fit, before the cluster is reached", async () => {
    const plan = await planStudy({ cluster: "h100", config });
    const jobs = plan.jobs.filter(({ name }) => name === "mixtral-8x7b.0.evaluation");
    const { blocked } = await submitStudy({ ...plan, jobs }, { token: "none", config });
    assert.deepEqual([...blocked], [["mixtral-8x7b.0.evaluation", "its memory does not fit"]]);
    const { isOver, failures } = await collectStudy({ ...plan, jobs }, { token: "none" });
    assert.ok(isOver);
    assert.equal(failures[0]!.job.evidence, "its memory does not fit");
    await assert.rejects(submitStudy(plan, { token: "not a token", config }), /"token" must be letters/u);
  });

  it("asks each job for what its plan says, with time for the slower end and restarts for the rest", async () => {
    const plan = await planStudy({ cluster: "h100", config, mfu: 0.4 });
    const place = new StudyPlace("paper-1", "/shared");
    const specs = plan.jobs.map((job) => checkJobSpec(studyJobSpec(job, plan, place, ".")));
    const byName = new Map(specs.map((spec) => [spec.name, spec]));
    const pretraining = byName.get("mistral-7b.pretraining")!;
    assert.deepEqual(pretraining.resources, { nodes: 10, gpusPerNode: 8, timeLimitMinutes: 48 * 60 });
    // 112 hours at 40 %, a quarter more, in starts of 48.
    assert.equal(pretraining.restartsMaximum, 2 + 3);
    const tuning = byName.get("mistral-7b.5000.neftune")!;
    assert.deepEqual(tuning.config!.model.initializeFrom, {
      kind: "safetensors",
      path: "/shared/runs/paper-1-mistral-7b.5000.export/model",
    });
    assert.deepEqual(tuning.dependsOn, [{ job: "paper-1-mistral-7b.5000.export", condition: "success" }]);
    const first = byName.get("mistral-7b.0.fine-tuning")!;
    assert.deepEqual(first.config!.model.initializeFrom, {
      kind: "safetensors",
      path: "/shared/models/mistral-7b",
    });
    const exported = byName.get("mistral-7b.79259.fine-tuning.export")!;
    assert.equal(
      exported.command!.at(-1),
      "/shared/runs/paper-1-mistral-7b.79259.fine-tuning/checkpoints/6089",
    );
  });
});

describe("scheduleStudy", () => {
  const job = fc.record({
    nodes: fc.integer({ min: 1, max: 3 }),
    gpusPerNode: fc.constantFrom(0, 1, 4),
    hours: fc.double({ min: 0.1, max: 10, noNaN: true }),
    after: fc.array(fc.nat(), { maxLength: 2 }),
  });

  it("starts nothing before what it waits for, and never uses more than there is", () => {
    fc.assert(
      fc.property(fc.array(job, { minLength: 1, maxLength: 20 }), (drawn) => {
        const jobs = drawn.map(
          ({ nodes, gpusPerNode, hours, after }, index) =>
            ({
              name: `job-${index}`,
              dependsOn: index === 0 ? [] : after.map((each) => `job-${each % index}`),
              resources: { nodes, gpusPerNode },
              hours: { low: hours / 2, high: hours },
            }) as unknown as PlannedJob,
        );
        const cluster = { nodes: 3, gpusPerNode: 4 };
        const schedule = scheduleStudy(jobs, cluster, "slower")!;
        assert.deepEqual(
          schedule.map((each) => each.job.name),
          jobs.map(({ name }) => name),
        );
        const ends = new Map(schedule.map((each) => [each.job.name, each.end]));
        for (const { job: each, start, end } of schedule) {
          assert.ok(Math.abs(end - start - each.hours!.high) < 1e-9);
          for (const name of each.dependsOn) assert.ok(start >= ends.get(name)!);
          const used = schedule
            .filter((other) => other.start <= start && other.end > start)
            .reduce((sum, { job: { resources } }) => sum + resources.nodes * resources.gpusPerNode, 0);
          assert.ok(used <= 12, `${used} GPUs at ${start}`);
        }
      }),
    );
  });
});

describe("studyTimeline", () => {
  it("is, key by key, what it was, and nothing that plotly would change", async () => {
    const study = paperStudy({ models: ["mistral-7b"], checkpoints: 2 });
    const figure = studyTimeline(await planStudy({ cluster: "h100", config, study, mfu: [0.3, 0.4] }));
    const path = new URL("../../golden/figures/study-timeline.json", import.meta.url);
    const text = `${JSON.stringify(figure, null, 1)}\n`;
    if (process.env["UPDATE_GOLDEN"] !== undefined) writeFileSync(path, text);
    assert.equal(text, readFileSync(path, "utf8"));
    assert.deepEqual(new FigureSvg().problems(figure), []);
    assert.match(
      alternativeText(figure),
      /Hours since submission, 0 to 1\d\d(?:\.\d)?\. Vertical axis: Mistral 7B: pre/u,
    );
  });
});
