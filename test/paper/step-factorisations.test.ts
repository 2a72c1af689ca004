import assert from "node:assert/strict";
import { describe, it } from "node:test";

import * as fc from "fast-check";

import { stepFactorisations } from "../../lib/paper/step-factorisations.ts";
import { hyperparametersOf } from "../../lib/paper/table-1.ts";

const wordsOf = (found: ReturnType<typeof stepFactorisations>) =>
  found.map(({ gpus, rowsPerGpu, contextLength }) => `${gpus} × ${rowsPerGpu} × ${contextLength}`);

describe("stepFactorisations", () => {
  it("finds that Mistral's 79,259 steps fit 80 GPUs × 5 × 8,192 within 0.11 %", () => {
    const { steps } = hyperparametersOf("Mistral 7B", "pretraining");
    const found = stepFactorisations(260e9, steps, { gpus: [80], contextLengths: [8192] });
    assert.deepEqual(wordsOf(found), ["80 × 5 × 8192"]);
    assert.equal((100 * found[0]!.deviation).toFixed(2), "-0.11");
  });

  it("finds that Mixtral's 37,344 steps fit 40 GPUs × 85 × 2,048 within 0.013 % and nothing round on 80", () => {
    const { steps } = hyperparametersOf("Mixtral 8x7B", "pretraining");
    const all = stepFactorisations(260e9, steps);
    const best = all.find(({ gpus, contextLength }) => gpus === 40 && contextLength === 2048);
    assert.equal(best?.rowsPerGpu, 85);
    assert.equal((100 * best.deviation).toFixed(3), "0.013");
    const long = stepFactorisations(260e9, steps, { contextLengths: [4096, 8192, 32_768] });
    assert.deepEqual(
      long.filter(({ gpus }) => gpus >= 40),
      [],
    );
  });

  it("finds every batch whose product is near enough, and no other", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 1, max: 64 }),
        fc.constantFrom(2048, 4096, 8192),
        fc.integer({ min: 1, max: 1e5 }),
        (gpus, rowsPerGpu, contextLength, steps) => {
          const tokens = gpus * rowsPerGpu * contextLength * steps;
          const options = { gpus: [gpus], contextLengths: [contextLength], tolerance: 1e-12 };
          assert.deepEqual(stepFactorisations(tokens, steps, options), [
            { gpus, rowsPerGpu, contextLength, tokensPerStep: tokens / steps, deviation: 0 },
          ]);
        },
      ),
    );
  });

  it("says what is wrong with its parameters", () => {
    assert.throws(() => stepFactorisations(0, 10), {
      message: '"tokens" must be a number > 0, got 0 (number)',
    });
    assert.throws(() => stepFactorisations(10, 1.5), /"steps" must be a whole number >= 1/u);
    assert.throws(() => stepFactorisations(10, 1, { gpu: [8] } as never), /did you mean gpus\?/u);
  });
});
