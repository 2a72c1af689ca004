/** A study of four small stages, to be run, explained, run again and compared. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Stage } from "../../lib/lab/stages/stage.ts";
import { defineStudy, runStudy } from "../../lib/lab/stages/study.ts";
import type { Figure } from "../../lib/plots/figure.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { withEnvironment } from "../data/with-environment.ts";

interface Miniature {
  readonly notes: string;
  /** What another machine, or other code, would get. */
  readonly loss: number;
  readonly accuracy: number;
  readonly sum: number;
}

/** A study of four stages: notes -> tokens -> a run -> a figure, and a table that needs no run. */
export function miniature({ notes, loss, accuracy, sum }: Miniature): Stage[] {
  const base = { settings: {}, files: [], inputs: [] };
  const figure: Figure = {
    data: [
      {
        type: "bar",
        x: ["ours"],
        y: [accuracy],
        error_y: { type: "data", array: [0.05], arrayminus: [0.05] },
      },
      { type: "scatter", x: [1, 2], y: [2 * loss, loss] },
    ],
    layout: { title: { text: "Accuracy <b>of ours</b>" }, meta: { kind: "Bars" } },
  };
  return [
    {
      ...base,
      name: "tokens",
      title: "Tokens & more",
      kind: "shards",
      files: [notes],
      async run({ folder }) {
        writeFileSync(join(folder, "tokens.txt"), readFileSync(notes));
        return { values: { sum: { value: sum, compare: "exact" } } };
      },
    },
    {
      ...base,
      name: "run",
      title: "Pretraining",
      kind: "run",
      inputs: ["tokens"],
      run: async () => ({ values: { loss: { value: loss, compare: "trained" } }, runId: "r1" }),
    },
    {
      ...base,
      name: "figure",
      title: "Figure 2",
      kind: "figure",
      inputs: ["run"],
      run: async () => ({
        figure,
        values: {
          accuracy: { value: accuracy, interval: [accuracy - 0.05, accuracy + 0.05], compare: "interval" },
        },
      }),
    },
    {
      ...base,
      name: "counts",
      title: "Counts",
      kind: "table",
      inputs: ["tokens"],
      run: async () => ({ table: [{ source: "notes", tokens: sum }] }),
    },
  ];
}

/** What the miniature gets now; tests change it. */
export const now = { loss: 2.5, accuracy: 0.7, sum: 12 };
const study = defineStudy("test-miniature", ({ notes }: { notes: string }) => miniature({ notes, ...now }));

export async function run(t: TestContext): Promise<{ folder: string; notes: string; elsewhere: string }> {
  const root = temporaryFolder(t);
  withEnvironment(t, { ROUNDS_LINEAGE: join(root, "lineage") });
  Object.assign(now, { loss: 2.5, accuracy: 0.7, sum: 12 });
  const notes = join(root, "notes.jsonl");
  writeFileSync(notes, "a note");
  const folder = join(root, "study");
  await runStudy(study, { notes }, { folder });
  return { folder, notes, elsewhere: join(root, "elsewhere") };
}
