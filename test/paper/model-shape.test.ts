import assert from "node:assert/strict";
import { describe, it } from "node:test";

import * as fc from "fast-check";

import { countParameters, modelShapes, type ModelShape } from "../../lib/paper/model-shape.ts";

describe("countParameters", () => {
  it("gives the published models' numbers", () => {
    assert.equal(countParameters(modelShapes["Mistral 7B"]).total, 7_241_732_096);
    assert.equal(countParameters(modelShapes["Mistral 7B"]).active, 7_241_732_096);
    assert.equal(countParameters(modelShapes["Mixtral 8x7B"]).total, 46_702_792_704);
    assert.equal(countParameters(modelShapes["Mixtral 8x7B"]).active, 12_879_925_248);
  });

  it("counts each matrix of a model once, whatever its shape", () => {
    const size = fc.integer({ min: 1, max: 8 });
    fc.assert(
      fc.property(size, size, size, size, size, size, fc.boolean(), (heads, groups, width, ...rest) => {
        const [feedForward, layers, vocabulary, tied] = rest;
        const shape: ModelShape = {
          ...modelShapes["Mistral 7B"],
          attentionHeads: heads * groups,
          keyValueHeads: heads,
          hiddenSize: heads * groups * width,
          intermediateSize: feedForward,
          layers,
          vocabularySize: vocabulary,
          tieWordEmbeddings: tied,
        };
        const d = shape.hiddenSize;
        const matrices = [
          d * d,
          d * heads * width,
          d * heads * width,
          d * d,
          ...[1, 2, 3].map(() => d * feedForward),
        ];
        const layer = matrices.reduce((sum, each) => sum + each, 2 * d);
        const { total, active } = countParameters(shape);
        assert.equal(total, vocabulary * d + layers * layer + d + (tied ? 0 : vocabulary * d));
        assert.equal(active, total);
        const oneExpert = countParameters({ ...shape, experts: 1, expertsPerToken: 1 });
        assert.equal(oneExpert.total, total + layers * d);
      }),
    );
  });
});
