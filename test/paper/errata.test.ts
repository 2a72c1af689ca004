/** Each finding on the paper is computed here from its own numbers, none is quoted. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import * as fc from "fast-check";

import { SeededRandom } from "../../lib/core/seeded-random.ts";
import { candidateProbability } from "../../lib/corpus/minhash/banding.ts";
import { errata, type CheckRow } from "../../lib/paper/errata.ts";
import { evaluationSizes } from "../../lib/paper/evaluation-size.ts";
import { knownPoints } from "../../lib/paper/known-points.ts";
import { possibleCount } from "../../lib/paper/possible-count.ts";
import { significanceMatrix } from "../../lib/paper/significance-matrix.ts";
import { table2 } from "../../lib/paper/table-2.ts";

function check(name: string): readonly CheckRow[] {
  const erratum = errata.find((each) => each.name === name) ?? assert.fail(`no erratum ${name}`);
  return erratum.check?.() ?? assert.fail(`${name} has no check`);
}

const rounded = (value: unknown, digits: number): number => Number((value as number).toFixed(digits));

describe("errata", () => {
  it("have names of their own, and checks that find something", () => {
    assert.equal(new Set(errata.map(({ name }) => name)).size, errata.length);
    for (const { name, check: run } of errata) if (run !== null) assert.ok(run().length > 0, name);
  });

  it("on MinHash: 15 x 400 is not 9,000 and finds nothing, 450 x 20 is and turns at 0.737", () => {
    const [paper, lee] = check("minhash-buckets");
    assert.equal(paper!["hashes"], 6000);
    assert.equal(lee!["hashes"], 9000);
    assert.equal((paper!["foundAtThreshold"] as number).toExponential(1), "8.8e-28");
    assert.equal(rounded(lee!["turningPoint"], 3), 0.737);
    for (const row of [paper!, lee!]) {
      const banding = { bands: row["bands"] as number, rows: row["rows"] as number };
      assert.equal(row["foundAtThreshold"], candidateProbability(0.85, banding));
    }
  });

  it("on NEFTune and bfloat16", () => {
    assert.equal(rounded(check("neftune-scale")[0]!["ratio"], 12), rounded(Math.sqrt(5), 12));
    const [weight] = check("bfloat16-weights");
    assert.equal(rounded(weight!["halfStep"], 6), 6.1e-5);
    assert.equal(weight!["isLost"], true);
  });

  it("on the same article: shingles of edited text, against a simulation", () => {
    for (const { editedShare, similarity } of check("same-article")) {
      // Words of a long text are replaced at random: a shingle is shared where all five of its words are left.
      const words = 200_000;
      const random = new SeededRandom(1);
      let shared = 0;
      let unchanged = 0;
      for (let word = 0; word < words; word++) {
        unchanged = random.chance(editedShare as number) ? 0 : unchanged + 1;
        if (unchanged >= 5) shared++;
      }
      const jaccard = shared / (2 * (words - 4) - shared);
      assert.ok(Math.abs(jaccard - (similarity as number)) < 0.005, `${jaccard} and ${similarity}`);
    }
  });

  it("on steps: batches of 80 x 5 x 8,192 and 40 x 85 x 2,048 are consistent with Table 1", () => {
    for (const [model, gpus, rowsPerGpu, contextLength, perStep] of [
      ["mistral", 80, 5, 8192, 3_280_385],
      ["mixtral", 40, 85, 2048, 6_962_296],
    ] as const) {
      const rows = check(`pretraining-steps-${model}`);
      const found = rows.find((row) => row["gpus"] === gpus && row["contextLength"] === contextLength);
      assert.equal(found!["rowsPerGpu"], rowsPerGpu);
      assert.equal(Math.round(found!["meanTokensPerStep"] as number), perStep);
    }
    const tokens = check("fine-tuning-steps").map((row) => Math.round(row["meanTokensPerStep"] as number));
    assert.deepEqual(tokens, [246_346, 579_374]);
  });

  it("on Table 3: 55.29 % are medical, StackExchange 15.1 % and MedMCQA 42.5 % of them", () => {
    const [share] = check("medical-share");
    assert.deepEqual([share!["medical"], share!["samples"]], [424_853, 768_382]);
    assert.equal(rounded(share!["percent"], 2), 55.29);
    const forums = check("medical-forums").map((row) => rounded(row["percentOfMedical"], 1));
    assert.deepEqual(forums, [15.1, 42.5]);
    assert.deepEqual(
      check("medqa-samples").map((row) => row["isEnough"]),
      [false, true],
    );
  });

  it("on in-domain gains: the models learn from 180,462 MedMCQA and 244 MMLU samples", () => {
    assert.deepEqual(check("in-domain-gains"), [
      { dataset: "MedMCQA", trainingSamples: 180_462 },
      { dataset: "MMLU", trainingSamples: 244 },
    ]);
  });

  it("on Table 2's words: five declines, Med42 above Mistral on all four tasks, Mixtral gaining more", () => {
    const declines = check("improves-on-all-tasks").map(
      ({ model, from, to, task }) => `${model} ${task} ${from} > ${to}`,
    );
    assert.deepEqual(declines, [
      "Mistral 7b USMLE F > N",
      "Mistral 7b MedMCQA P+F > P+N",
      "Mixtral 8x7b USMLE F > N",
      "Mixtral 8x7b USMLE P+F > P+N",
      "Mixtral 8x7b MMLU medical P+F > P+N",
    ]);
    assert.ok(check("outperforms-others").every((row) => row["isMed42Above"] === true));
    assert.deepEqual(
      check("marginal-for-mixtral").map((row) => row["difference"]),
      [4.08, 4.49],
    );
  });

  it("on Table 2's accuracies: which are possible on which published set", () => {
    const rows = check("accuracies");
    const counted = (task: string, printed: string) =>
      rows.filter((row) => row["task"] === task && row["printed"] === printed).length;
    assert.equal(counted("MedQA", "rounded"), 8);
    assert.equal(counted("MedQA", "truncated"), 2);
    const truncated = rows.filter((row) => row["task"] === "MedQA" && row["printed"] === "truncated");
    assert.deepEqual(
      truncated.map(({ percent, correct }) => [percent, correct]),
      [
        [58.36, 743],
        [62.6, 797],
      ],
    );
    assert.equal(counted("USMLE", "impossible"), 10);
    assert.equal(counted("MMLU medical", "impossible"), 10);
    assert.deepEqual([counted("MedMCQA", "rounded"), counted("MedMCQA", "truncated")], [9, 1]);
    for (const { task, label, count } of evaluationSizes) {
      assert.equal(count === null, counted(label, "impossible") === 10, task);
    }
  });
});

describe("significanceMatrix", () => {
  it("leaves Mistral MedQA F to N alone below 0.05 after Holm's correction", () => {
    const rows = significanceMatrix();
    const p = (model: string, task: string) =>
      rows
        .filter((row) => row.model.startsWith(model) && row.task === task)
        .map(({ pValue }) => rounded(pValue, 3));
    // F to P+F, N to P+N, F to N, P+F to P+N.
    assert.deepEqual(p("Mistral", "medqa"), [0.038, 0.308, 0.001, 0.026]);
    assert.deepEqual(p("Mistral", "medmcqa"), [0.011, 0.257, 0.673, 0.325]);
    assert.deepEqual(p("Mixtral", "medqa"), [0.018, 0.446, 0.022, 0.498]);
    assert.deepEqual(p("Mixtral", "medmcqa"), [0.02, 0.506, 0.088, 0.963]);
    const significant = rows.filter(({ correctedPValue }) => correctedPValue < 0.05);
    assert.deepEqual(
      significant.map(({ model, task, from, to }) => [model, task, from, to]),
      [["Mistral 7b", "medqa", "F", "N"]],
    );
    assert.equal(rounded(significant[0]!.correctedPValue, 3), 0.016);
  });
});

describe("possibleCount", () => {
  it("finds every percentage that a count prints, and says how it was printed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(), (count, seed) => {
        const correct = seed % (count + 1);
        const exact = (10_000 * correct) / count;
        assert.deepEqual(possibleCount(Math.round(exact) / 100, count), { correct, printed: "rounded" });
        const truncated = possibleCount(Math.floor(exact) / 100, count);
        assert.ok(truncated !== undefined);
        if (truncated.printed === "truncated") assert.equal(truncated.correct, correct);
      }),
    );
  });

  it("finds no count for a percentage between two neighbours", () => {
    assert.equal(possibleCount(50.01, 100), undefined);
    assert.equal(possibleCount(33.34, 3), undefined);
    assert.deepEqual(possibleCount(100, 3), { correct: 3, printed: "rounded" });
  });
});

describe("knownPoints", () => {
  it("are Table 2's accuracies but for the bound that section 6 states", () => {
    const printed = new Set(table2.rows.map(({ medqa }) => medqa));
    for (const { accuracyPercent, isLowerBound } of knownPoints.rows)
      assert.equal(printed.has(accuracyPercent), !isLowerBound);
  });
});
