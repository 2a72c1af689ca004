/** The schedule as TypeScript has it, against what the trainer computes: one golden file that both read. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

import { learningRate, type ScheduleConfig } from "../../lib/train/learning-rate.ts";

const golden = JSON.parse(
  readFileSync(new URL("../golden/learning-rate.json", import.meta.url), "utf8"),
) as readonly { readonly schedule: ScheduleConfig; readonly rates: Readonly<Record<string, number>> }[];

describe("learningRate", () => {
  it("is the trainer's, step by step", () => {
    for (const { schedule, rates } of golden) {
      for (const [step, rate] of Object.entries(rates)) {
        const error = Math.abs(learningRate(Number(step), schedule) - rate);
        assert.ok(error <= 1e-15 * schedule.learningRate, `step ${step} of ${schedule.steps}`);
      }
    }
  });

  it("refuses a step outside of the run", () => {
    const { schedule } = golden[0]!;
    for (const step of [-1, 0.5, schedule.steps])
      assert.throws(() => learningRate(step, schedule), /"step" must be a whole number from 0 to/u);
  });
});
