import assert from "node:assert/strict";
import { describe, it } from "node:test";

import * as fc from "fast-check";

import type { InstructSample } from "../../lib/instruct/instruct-sample.ts";
import { mixSamples } from "../../lib/instruct/mix-samples.ts";

function samplesOf(source: string, count: number): InstructSample[] {
  return Array.from({ length: count }, (_, index) => ({
    id: String(index),
    system: "S",
    prompter: "P",
    assistant: "A",
    source,
    licence: null,
    sensitivity: "public" as const,
  }));
}

describe("mixSamples", () => {
  it("has the paper's weights where none are given: as many samples as Table 3 has", async () => {
    const sources = { MMLU: samplesOf("mmlu", 244), PubMedQA: samplesOf("pubmedqa", 499) };
    const { samples, shares } = await mixSamples(sources);
    assert.equal(samples.length, 743);
    assert.deepEqual(
      shares.map(({ source, available, taken }) => [source, available, taken]),
      [
        ["MMLU", 244, 244],
        ["PubMedQA", 499, 499],
      ],
    );
    assert.equal(shares[0]!.wantedShare, 244 / 743);
    assert.equal(shares[0]!.realisedShare, shares[0]!.wantedShare);
  });

  it("is limited by its scarcest source, or gives all of it so many times", async () => {
    const sources = { a: samplesOf("a", 10), b: samplesOf("b", 1000) };
    const weights = { a: 1, b: 3 };
    const once = await mixSamples(sources, { weights });
    assert.deepEqual(
      once.shares.map(({ taken }) => taken),
      [10, 30],
    );
    const often = await mixSamples(sources, { weights, passes: 3 });
    assert.deepEqual(
      often.shares.map(({ taken }) => taken),
      [30, 90],
    );
    const timesOfA = often.samples.filter(({ source }) => source === "a").map(({ id }) => id);
    for (const { id } of sources.a) assert.equal(timesOfA.filter((each) => each === id).length, 3);
    const short = await mixSamples(sources, { weights, total: 400 });
    assert.deepEqual(
      short.shares.map(({ taken, realisedShare }) => [taken, Number(realisedShare.toFixed(4))]),
      [
        [10, 0.0323],
        [300, 0.9677],
      ],
    );
  });

  it("takes whole samples that add up, none oftener than allowed, the same for the same seed", async () => {
    const source = fc.record({
      count: fc.integer({ min: 1, max: 30 }),
      weight: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(source, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
        async (parts, passes, total) => {
          const sources = Object.fromEntries(
            parts.map(({ count }, index) => [`s${index}`, samplesOf(`s${index}`, count)]),
          );
          const weights = Object.fromEntries(parts.map(({ weight }, index) => [`s${index}`, weight]));
          const options = { weights, passes, seed: 1, ...(total && { total }) };
          const mixture = await mixSamples(sources, options);
          assert.deepEqual(await mixSamples(sources, options), mixture);
          const times = Map.groupBy(mixture.samples, ({ source: name, id }) => `${name} ${id}`);
          for (const same of times.values()) assert.ok(same.length <= passes);
          assert.equal(
            mixture.shares.reduce((sum, { taken }) => sum + taken, 0),
            mixture.samples.length,
          );
          if (total !== undefined) assert.ok(mixture.samples.length <= total);
          for (const { taken, available, wantedShare } of mixture.shares) {
            const capped = taken === available * passes;
            if (total !== undefined && !capped) assert.ok(Math.abs(taken - total * wantedShare) < 1 + 1e-9);
          }
        },
      ),
    );
  });

  it("mixes the order, and another seed another way", async () => {
    const sources = { a: samplesOf("a", 50), b: samplesOf("b", 50) };
    const order = async (seed: number) =>
      (await mixSamples(sources, { weights: { a: 1, b: 1 }, seed })).samples.map(
        ({ source, id }) => source + id,
      );
    const first = await order(0);
    assert.notDeepEqual(first, first.toSorted());
    assert.notDeepEqual(await order(1), first);
  });

  it("names a source that has no weight, or no samples", async () => {
    await assert.rejects(mixSamples({ MedQuAD: samplesOf("medquad", 1) }), /did you mean MedQUAD\?/u);
    await assert.rejects(mixSamples({ MMLU: [] }), /"sources\.MMLU" must be at least one sample/u);
    await assert.rejects(mixSamples({ a: samplesOf("a", 1) }, { weights: { a: 0 } }), /"weights" must be/u);
    await assert.rejects(mixSamples({}), /"sources" must be samples of at least one source/u);
  });
});
