/** A model that is really trained on planted canaries: what it saw often it gives away, what it never saw it does not. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { testCanaries } from "../../lib/care/canaries/canary-report.ts";
import { makeCanaries } from "../../lib/care/canaries/canary.ts";
import { plantCanaries } from "../../lib/care/canaries/plant-canaries.ts";
import { generateLabelledNotes } from "../../lib/care/labelled-notes.ts";
import type { Document } from "../../lib/corpus/document.ts";
import { tokenizeDocuments } from "../../lib/corpus/tokens/tokenize-documents.ts";
import { trainTokenizer } from "../../lib/corpus/tokens/train-tokenizer.ts";
import { exportCheckpoint } from "../../lib/jobs/local/export-checkpoint.ts";
import { startTraining } from "../../lib/jobs/local/start-training.ts";
import { connectModel } from "../../lib/models/connect-model.ts";
import { startLocalServer } from "../../lib/models/local-server.ts";
import { trainConfig } from "../../lib/train/train-config.ts";

const set = makeCanaries({ seed: "a real training", repetitions: [1, 48], perGroup: 4, digits: 4 });

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "rounds-canaries-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Notes with the canaries in them, trained on for some epochs by a small model; the folder of its export. */
async function trainedModel(): Promise<string> {
  const notes = generateLabelledNotes({ count: 56, seed: 1 }).map(({ id, text }): Document => ({
    id,
    text,
    source: "generated",
    licence: "CC0-1.0",
    metadata: {},
    sensitivity: "public",
  }));
  // Of the notes alone: a tokenizer of the planted texts would have the secrets for tokens.
  const tokenizer = await trainTokenizer(notes, { vocabularySize: 512 });
  await tokenizer.save(join(folder, "tokenizer"));
  const [train, heldOut] = [join(folder, "train"), join(folder, "held-out")];
  const settings = { domain: "clinical", tokenizer, workers: 1 };
  await tokenizeDocuments(plantCanaries(notes.slice(8), set), { ...settings, output: train });
  await tokenizeDocuments(notes.slice(0, 8), { ...settings, output: heldOut });
  const config = trainConfig("pretraining", {
    model: {
      preset: "tiny-mistral",
      shape: {
        hiddenSize: 64,
        intermediateSize: 128,
        layers: 2,
        attentionHeads: 4,
        keyValueHeads: 2,
        vocabularySize: tokenizer.vocabularySize,
      },
      tokenizer: join(folder, "tokenizer"),
    },
    data: {
      train: [{ domain: "clinical", path: train, weight: 1 }],
      heldOut: [{ domain: "clinical", path: heldOut, rows: 4 }],
      contextLength: 64,
    },
    optimization: { steps: 160, rowsPerStep: 16, rowsPerMicroBatch: 16, learningRate: 6e-3 },
    heldOutEverySteps: 160,
    checkpoint: { everySteps: 160 },
  });
  const job = await startTraining(config, { runs: join(folder, "runs"), name: "canaries" });
  assert.equal((await job.completed()).state, "COMPLETED");
  return exportCheckpoint(job, { precision: "float32" });
}

describe("canaries in a real training", () => {
  it("are exposed where they came often, and not where they never did", { timeout: 300_000 }, async () => {
    const server = await startLocalServer(await trainedModel(), { device: "cpu" });
    try {
      const model = await connectModel(server.url, { apiKey: server.token });
      const report = await testCanaries(model, set, { alternatives: 399 });
      const [controls, , often] = report.groups;
      const shown = JSON.stringify(report.groups);
      assert.equal(controls!.extracted, 0, shown);
      assert.equal(controls!.exposed, 0, shown);
      assert.equal(often!.repetitions, 48);
      assert.equal(often!.exposed, 4, shown);
      assert.ok(often!.extracted >= 2, shown);
      assert.ok(often!.meanExposure > controls!.meanExposure + 4, shown);
      assert.equal(report.isMemorised, true);
      assert.equal(report.model.fingerprint, model.fingerprint);
    } finally {
      await server.stop();
    }
  });
});
