/** A process of the trainer for many commands, from TypeScript. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { JobError } from "../../lib/core/errors.ts";
import { TrainerWorker } from "../../lib/jobs/local/trainer-worker.ts";

describe("TrainerWorker", () => {
  it(
    "says of each command what is wrong with it, and ends when it is told to",
    { timeout: 120_000 },
    async () => {
      const worker = new TrainerWorker();
      const failures = await Promise.allSettled([
        worker.run("train", "--run", "/nowhere"),
        worker.run("export", "--checkpoint", "/nowhere/checkpoints/1", "--output", "/nowhere/model"),
      ]);
      for (const [index, command] of ["train --run /nowhere", "export --checkpoint"].entries()) {
        const { reason } = failures[index] as PromiseRejectedResult;
        assert.ok(reason instanceof JobError);
        assert.match(reason.message, new RegExp(`^trainer ${command}.*: \\w+: .*nowhere`, "u"));
      }
      await worker[Symbol.asyncDispose]();
      await assert.rejects(worker.run("train", "--run", "/nowhere"), /the process has ended/u);
    },
  );

  it("is killed by its signal, and what waits fails", { timeout: 120_000 }, async () => {
    const controller = new AbortController();
    await using worker = new TrainerWorker({ signal: controller.signal });
    const waiting = worker.run("train", "--run", "/nowhere");
    controller.abort();
    await assert.rejects(waiting, /SIGKILL/u);
  });
});
