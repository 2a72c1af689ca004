import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { before, describe, it } from "node:test";
import { KernelClient } from "../../kernels/client/kernel-client.ts";
import { KERNELSPEC, resultText, startKernel, streamText } from "./start-kernel.ts";

describe("KernelClient", { timeout: 60_000 }, () => {
  let kernel: KernelClient;
  before(async () => {
    kernel = await startKernel({ environment: { ROUNDS_CLIENT_TEST: "from the client" } });
  });

  it("does what its example says", async () => {
    const example = await KernelClient.start({ kernelspec: KERNELSPEC });
    const { outputs } = await example.execute("1 + 1");
    assert.deepEqual(outputs[0], {
      output_type: "execute_result",
      data: { "text/plain": "2" },
      metadata: {},
      execution_count: 1,
    });
    await example.shutdown();
    assert.equal(example.alive, false);
    assert.equal(existsSync(example.connectionFile.path), false);
  });

  it("gives the outputs while the cell runs", async () => {
    const { promise: firstSeen, resolve } = Promise.withResolvers<void>();
    const { outputs } = await kernel.execute("console.log('first'); input(); console.log('second')", {
      onOutput(soFar) {
        if (streamText(soFar, "stdout") === "first\n") resolve();
      },
      // The cell ends only after its first output was heard.
      async onInput() {
        await firstSeen;
        return "";
      },
    });
    assert.equal(streamText(outputs, "stdout"), "first\nsecond\n");
  });

  it("gives up after the time it was told, and the cell goes on", async () => {
    const cell = kernel.execute(
      "const slow = new Promise((resolve) => setTimeout(() => resolve('ready'), 400)); await slow",
      { timeoutMilliseconds: 100 },
    );
    await assert.rejects(cell, {
      name: "KernelTimeoutError",
      message: /did not answer execute_request within 100 ms/,
    });
    assert.equal(resultText((await kernel.execute("await slow")).outputs), "'ready'");
  });

  it("hands over variables of the environment", async () => {
    const { outputs } = await kernel.execute("process.env.ROUNDS_CLIENT_TEST");
    assert.equal(resultText(outputs), "'from the client'");
  });

  it("refuses a kernelspec that is not there", async () => {
    await assert.rejects(KernelClient.start({ kernelspec: "/nowhere" }), { code: "ENOENT" });
  });

  it("answers several requests at once, each with its own reply", async () => {
    const [first, second, info] = await Promise.all([
      kernel.execute("'one'"),
      kernel.execute("'two'"),
      kernel.request("control", "kernel_info_request"),
    ]);
    assert.deepEqual([resultText(first.outputs), resultText(second.outputs)], ["'one'", "'two'"]);
    assert.equal(info.header.msg_type, "kernel_info_reply");
  });
});
