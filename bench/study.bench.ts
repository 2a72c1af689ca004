/** The study in miniature at full size, five seeds on two processors, on the generated sample: its time, and what reading the facts does. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { runStudy } from "../lib/lab/stages/study.ts";
import type { StudyEffect } from "../lib/lab/study/study-effects.ts";
import { miniature } from "../lib/lab/study/study.ts";
import type { Measurement } from "./harness.ts";

const largestMinutes = 20;
const largestP = 0.01;
/** What models that did not read the facts may be off chance: twice the deviation of one seed's 60 guesses. */
const largestFromChance = 0.11;

export default async function studyBenchmark(): Promise<Measurement[]> {
  // The same texts on every machine: longer ones would state each fact more seldom in as many steps.
  process.env["ROUNDS_DATA"] = "sample";
  const folder = mkdtempSync(join(tmpdir(), "rounds-bench-study-"));
  try {
    const started = performance.now();
    await runStudy(miniature, { size: "full" }, { folder, workers: 2 });
    const seconds = (performance.now() - started) / 1000;
    const effects = JSON.parse(readFileSync(join(folder, "effects", "table.json"), "utf8")) as StudyEffect[];
    const { p, firstAccuracy, secondAccuracy, bySeed, interval } = effects[0]!;
    const points = (share: number): string => (100 * share).toFixed(1);
    return [
      {
        what: "Time of the full study, from raw text to figures",
        value: seconds,
        unit: "s",
        atMost: largestMinutes * 60,
        detail: `${(seconds / 60).toFixed(1)} minutes with two workers`,
      },
      {
        what: "p of what reading the facts does for fine-tuned models, over five seeds",
        // The test has two sides: to answer worse for certain is no success.
        value: interval.low > 0 ? p : 1,
        unit: "ratio",
        atMost: largestP,
        detail: `${points(firstAccuracy)} to ${points(secondAccuracy)} %, by seed ${bySeed.map(points).join(", ")} points; 95 % from ${points(interval.low)} to ${points(interval.high)}`,
      },
      {
        what: "Distance of models that did not read the facts from the chance of a quarter, fine-tuned, over five seeds",
        value: Math.abs(firstAccuracy - 0.25),
        unit: "ratio",
        atMost: largestFromChance,
        detail: `${points(firstAccuracy)} %`,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
