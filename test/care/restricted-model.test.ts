/** What was trained on restricted data is restricted, and all that it writes, through any number of models. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { inspect } from "node:util";

import { cardMarkdown } from "../../lib/care/card/card-markdown.ts";
import { modelCard, type ModelProvenance } from "../../lib/care/card/model-card.ts";
import { DISPLAY_SYMBOL } from "../../lib/display/bundle.ts";
import { connectModel, generateChains, scoreQuestions, tryPrompt, zeroShot } from "../../lib/index.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { withEnvironment } from "../data/with-environment.ts";
import { encodeCharacters, startFakeEndpoint } from "../models/fake-endpoint.ts";

const question = {
  id: "q",
  dataset: "d",
  question: "Who?",
  options: ["a", "b"],
  answerIndex: 0,
  metadata: {},
};

describe("a model that says that it is restricted", () => {
  it("makes restricted what it answers to public questions, and keeps none of it in the open cache", async (test) => {
    const folder = temporaryFolder(test);
    withEnvironment(test, { ROUNDS_AUDIT_FILE: join(folder, "audit.jsonl") });
    const endpoint = await startFakeEndpoint({ sensitivity: "restricted" });
    test.after(() => endpoint.close());
    const cacheFolder = join(folder, "cache");
    const model = await connectModel(endpoint.url, {
      encode: encodeCharacters,
      selfCheck: false,
      cacheFolder,
    });
    assert.equal(model.sensitivity, "restricted");
    const [generation] = await model.generate([{ prompt: "public", maximumTokens: 4 }]);
    assert.doesNotMatch(inspect(generation), new RegExp(RegExp.escape(generation!.text), "u"));
    const { results } = await scoreQuestions(model, [question], { strategy: zeroShot() });
    assert.equal(results[0]!.sensitivity, "restricted");
    const trial = await tryPrompt(zeroShot(), question, model, { maximumTokens: 4 });
    const shown = JSON.stringify(await trial[DISPLAY_SYMBOL]());
    assert.doesNotMatch(shown, /Who\?/u);
    const { chains } = await generateChains([question], (...call) => model.generate(...call), {
      parse: () => ({ index: 0 }),
    });
    assert.ok(chains.every(({ sensitivity }) => sensitivity === "restricted"));
    for (const entry of readdirSync(cacheFolder, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) assert.equal(readFileSync(join(entry.parentPath, entry.name), "utf8"), "");
    assert.match(readFileSync(join(folder, "audit.jsonl"), "utf8"), /"model-call"/u);
  });

  it("has a card of restricted data, though what it was tuned on is public", () => {
    const data = { part: "train", domain: "general", weight: 1, sensitivity: "public" } as const;
    const made = {
      format: "rounds-export",
      version: 1,
      run: "r",
      name: "n",
      step: 1,
      tokensSeen: 1,
      supervisedTokens: 1,
      weights: "bfloat16",
      purpose: null,
      licences: [],
      config: {
        recipe: "fine-tuning",
        seed: 0,
        model: { architecture: "mistral", initializeFrom: { kind: "safetensors", path: "earlier" } },
        data: { contextLength: 8 },
        optimization: { steps: 1 },
        choices: [],
      },
      data: [{ ...data, fingerprint: "f", documentCount: 7, tokenCount: 1234, sources: [] }],
      losses: [],
      code: null,
    } satisfies ModelProvenance;
    const text = (sensitivity: "public" | "restricted"): string =>
      cardMarkdown(modelCard({ ...made, sensitivity }));
    assert.match(text("public"), /\| 7 \| 1,234 \|/u);
    assert.match(text("restricted"), /\| fewer than 11 \| about 1,230 \|/u);
    assert.match(text("restricted"), /What it learned from is restricted, and so is it/u);
  });
});
