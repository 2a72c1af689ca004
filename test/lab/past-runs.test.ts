import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

import { pastRuns } from "../../lib/lab/past-runs.ts";
import { planTraining } from "../../lib/train/plan/plan-training.ts";
import { trainConfig, type TrainConfig } from "../../lib/train/train-config.ts";

const runs = mkdtempSync(join(tmpdir(), "rounds-past-runs-"));
after(() => rmSync(runs, { recursive: true }));

/** A run folder of which each step trained at one of these speeds, over two processes. */
function writeRun(name: string, config: TrainConfig | undefined, speeds: readonly number[]): void {
  const folder = join(runs, name);
  mkdirSync(folder);
  if (config !== undefined) writeFileSync(join(folder, "train.config.json"), JSON.stringify(config));
  const lines = speeds.map((speed, index) =>
    JSON.stringify({
      v: 1,
      kind: "train",
      step: index + 1,
      attempt: 1,
      tokens_per_second: speed,
      world_size: 2,
    }),
  );
  writeFileSync(join(folder, "metrics.jsonl"), `${lines.join("\n")}\n{"torn`);
}

const config = trainConfig("pretraining", { model: { preset: "tiny-mistral" } });
const other = trainConfig("pretraining", { model: { preset: "tiny-mixtral" } });
writeRun("1-slow-start", config, [1, 1, 1, 1, 1, 200, 400, 300]);
writeRun("2-faster", config, [1, 1, 1, 1, 1, 500, 700]);
writeRun("3-other-model", other, [1, 1, 1, 1, 1, 9000]);
writeRun("4-stopped-early", config, [1, 1, 1]);
writeRun("5-no-configuration", undefined, [1, 1, 1, 1, 1, 1]);

describe("pastRuns", () => {
  it("takes the median speed of a process after the first five steps, and passes over what tells nothing", async () => {
    const found = await pastRuns(runs);
    assert.deepEqual(
      found.map(({ name, tokensPerSecondPerGpu }) => [name, tokensPerSecondPerGpu]),
      [
        ["1-slow-start", 150],
        ["2-faster", 300],
        ["3-other-model", 4500],
      ],
    );
    assert.deepEqual(await pastRuns(join(runs, "nowhere")), []);
  });

  it("gives a plan the speed of this machine", async () => {
    const { speed, time } = planTraining(config, "this-machine", { ownRuns: await pastRuns(runs) });
    assert.deepEqual([time!.tokensPerSecondPerGpu.low, time!.tokensPerSecondPerGpu.high], [150, 300]);
    assert.match(speed.basis, /^measured: 2 past runs/u);
    assert.equal(planTraining(config, "this-machine").time, null);
  });
});
