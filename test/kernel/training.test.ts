/** A training run and the kernel that started it; a shell script stands in the trainer's place. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { LocalJob } from "../../lib/jobs/local/local-job.ts";
import { trainConfig } from "../../lib/train/train-config.ts";
import { projectRoot } from "../../setup/paths.mjs";
import { startKernel } from "./start-kernel.ts";

let run: string;

const script = 'touch "$RUN/ready"; while [ ! -e "$RUN/end" ]; do sleep 0.05; done; echo trained';

/** A cell that starts the run and watches it at once, so that an interrupt meets both. */
function startingCell(): string {
  const record = {
    version: 1,
    runId: "r",
    backend: "local",
    state: "PLANNED",
    evidence: "",
    attempts: [],
    history: [],
  };
  const attempt = {
    processes: 1,
    resumes: false,
    command: ["/bin/sh", "-c", script],
    environment: { RUN: run },
  };
  return `
    import { watch } from "rounds";
    const { launch } = await import(${JSON.stringify(join(projectRoot, "lib/jobs/local/launch.ts"))});
    const job = await launch(${JSON.stringify(run)}, ${JSON.stringify(record)}, ${JSON.stringify(attempt)});
    await watch(job);`;
}

describe("a training run", () => {
  before(() => {
    run = mkdtempSync(join(tmpdir(), "rounds-kernel-run-"));
    writeFileSync(
      join(run, "train.config.json"),
      JSON.stringify(trainConfig("pretraining", { model: { preset: "tiny-mistral" } })),
    );
  });
  after(() => rmSync(run, { recursive: true, force: true }));

  it("goes on when the cell that started it is interrupted and the kernel killed, and another kernel watches it", async () => {
    const job = new LocalJob(run);
    const first = await startKernel();
    const cell = first.execute(startingCell());
    for (let tries = 0; !existsSync(join(run, "ready")); tries++) {
      assert.ok(tries < 300, "the run starts within 30 s");
      await sleep(100);
    }
    await sleep(300);
    await first.interrupt();
    const { reply } = await cell;
    assert.equal(reply.ename, "KeyboardInterrupt");
    assert.equal((await job.status()).state, "RUNNING", "an interrupt ends the watching alone");
    await first.kill();
    assert.equal((await job.status()).state, "RUNNING", "the run is no child of the kernel");

    const second = await startKernel();
    const watching = second.execute(
      `import { LocalJob, watch } from "rounds"; await watch(new LocalJob(${JSON.stringify(run)}));`,
    );
    await sleep(500);
    writeFileSync(join(run, "end"), "");
    const { reply: watched, outputs } = await watching;
    assert.equal(watched.status, "ok");
    assert.equal(outputs.length, 1, "one panel, its updates in place");
    assert.match(JSON.stringify(outputs[0]), /State: COMPLETED: exit code 0.*trained/);
    assert.equal((await job.status()).state, "COMPLETED");
  });
});
