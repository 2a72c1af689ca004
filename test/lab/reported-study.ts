import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { runStages } from "../../lib/lab/stages/run-stages.ts";
import { accuracyFigure, barFigure, pretrainingAccuracyFigure } from "../../lib/plots/index.ts";

const common = { settings: {}, inputs: [], files: [] };

/** A small study with planted, real and restricted stages, a run and a results file, below a folder. */
export async function writeReportedStudy(
  home: string,
): Promise<{ study: string; runs: string[]; results: string[] }> {
  const [study, runs, facts] = [join(home, "study"), join(home, "runs"), join(home, "facts.txt")];
  writeFileSync(facts, "a fact");
  const accuracy = { value: 60, interval: [55, 65], compare: "interval" } as const;
  const bar = { model: "tiny", recipe: "F", accuracyPercent: 60, lowPercent: 55, highPercent: 65 };
  await runStages(
    [
      {
        ...common,
        name: "documents",
        title: "Documents",
        kind: "source",
        files: [facts],
        run: async () => ({}),
      },
      {
        ...common,
        name: "figure-2",
        questions: "planted",
        title: "Figure 2: accuracy on planted facts",
        kind: "figure",
        inputs: ["documents"],
        run: async () => ({
          figure: pretrainingAccuracyFigure([
            { series: "F", promptFormat: "zero-shot", pretrainingTokens: 0, accuracyPercent: 40 },
            { series: "F", promptFormat: "zero-shot", pretrainingTokens: 1e6, accuracyPercent: 60 },
          ]),
        }),
      },
      {
        ...common,
        name: "table-2-planted",
        questions: "planted",
        title: "Accuracy on planted facts",
        kind: "table",
        inputs: ["documents"],
        run: async () => ({
          figure: accuracyFigure([{ task: "Facts", ...bar }]),
          table: [{ model: "tiny", accuracy: 60 }],
          values: { tiny: accuracy },
        }),
      },
      {
        ...common,
        name: "table-2-real",
        questions: "real",
        title: "Accuracy on real questions",
        kind: "table",
        inputs: ["documents"],
        run: async () => ({
          table: [{ model: "tiny", accuracy: 25 }],
          values: { tiny: { ...accuracy, value: 56 } },
        }),
      },
      {
        ...common,
        name: "answers",
        title: "Answers",
        kind: "results",
        inputs: ["documents"],
        run: async () => ({
          values: {
            "made-up ones": { ...accuracy, questions: "planted" },
            "true ones": { ...accuracy, questions: "real" },
          },
        }),
      },
      {
        ...common,
        name: "notes",
        title: "Notes",
        kind: "table",
        settings: { sensitivity: "restricted" },
        run: async () => ({
          table: [{ patient: "Jane Secret" }, { patient: "Jane Secret" }],
          values: {
            patients: { value: 7, compare: "exact" },
            visits: { value: 1234, interval: [1200, 1250], compare: "interval" },
            "mean age": { value: 41.5, compare: "exact" },
          },
        }),
      },
      {
        ...common,
        name: "ages",
        title: "Ages",
        kind: "figure",
        inputs: ["notes"],
        run: async () => ({
          figure: barFigure([{ patient: "Jane Secret", age: 41 }], { x: "patient", y: "age" }),
        }),
      },
    ],
    { folder: study },
  );
  const run = join(runs, "2026-01-01-000000-tiny-000000");
  mkdirSync(run, { recursive: true });
  writeFileSync(join(run, "train.config.json"), "{}");
  writeFileSync(
    join(run, "metrics.jsonl"),
    [1, 2, 3, 4].map((step) => `${JSON.stringify(trainLine(step))}\n`).join(""),
  );
  const results = join(home, "results.jsonl");
  writeFileSync(
    results,
    [true, false, true].map((correct, id) => `${JSON.stringify(resultLine(String(id), correct))}\n`).join(""),
  );
  return { study, runs: [runs], results: [results] };
}

function trainLine(step: number): object {
  const domains = { clinical: { loss: 4 / step, tokens: 60 }, general: { loss: 5 / step, tokens: 20 } };
  return {
    v: 1,
    run_id: "tiny",
    attempt: 1,
    kind: "train",
    step,
    tokens_seen: 80 * step,
    supervised_tokens: 80,
    epoch: 0,
    loss: 4.25 / step,
    loss_by_domain: domains,
    aux_loss: null,
    lr: 1e-3,
    grad_norm: 1,
    tokens_per_second: 1000 + step,
    mfu: null,
    memory_gib: 1,
    step_seconds: 0.1,
    data_seconds: 0.01,
    world_size: 1,
    time: step,
  };
}

function resultLine(id: string, correct: boolean): object {
  return {
    id,
    dataset: "facts",
    model: "tiny",
    modelFingerprint: "0",
    scoring: "generate",
    strategy: "zero-shot",
    strategyFingerprint: "0",
    format: "Figure 4",
    promptSha256: "0",
    optionCount: 4,
    choice: correct ? 0 : 1,
    gold: 0,
    correct,
    outputs: ["A"],
    tokens: 1,
  };
}
