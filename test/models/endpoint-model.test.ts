import assert from "node:assert/strict";
import { statSync, readdirSync, appendFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import * as fc from "fast-check";
import { connectModel, type ConnectModelOptions } from "../../lib/models/connect-model.ts";
import { cutPair } from "../../lib/models/token-boundary.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { encodeCharacters, logProbability, startFakeEndpoint, type Misbehaviour } from "./fake-endpoint.ts";

async function connected(test: TestContext, misbehaviour: Misbehaviour, options: ConnectModelOptions = {}) {
  const endpoint = await startFakeEndpoint(misbehaviour);
  test.after(() => endpoint.close());
  const model = await connectModel(endpoint.url, { encode: encodeCharacters, ...options });
  return { endpoint, model };
}

/** What the formula says of a continuation. */
function expectedSum(context: string, continuation: string): number {
  const tokens = encodeCharacters(context + continuation);
  const start = encodeCharacters(context.trimEnd()).length;
  return tokens
    .slice(start)
    .reduce((sum, token, place) => sum + logProbability(tokens[start + place - 1]!, token), 0);
}

const requests = [
  { context: "Is water wet?", continuations: [" Yes", " No", " Perhaps"] },
  { context: "Answer: ", continuations: ["A", "B"] },
];

describe("a model behind the OpenAI protocol", () => {
  it("gives each continuation its own tokens' log-likelihood, in the order asked", async (test) => {
    for (const misbehaviour of [{}, { reversesChoices: true }]) {
      const { model } = await connected(test, misbehaviour, { promptsPerRequest: 2 });
      const results = await model.logLikelihood(requests);
      for (const [index, { context, continuations }] of requests.entries()) {
        assert.equal(results[index]!.length, continuations.length);
        for (const [place, continuation] of continuations.entries()) {
          const { sum, tokens, logProbabilities } = results[index]![place]!;
          assert.ok(Math.abs(sum - expectedSum(context, continuation)) < 1e-9);
          assert.equal(tokens.length, logProbabilities.length);
        }
      }
    }
  });

  it("sends prompts of like length together, the continuations of one context in one request", async (test) => {
    const { endpoint, model } = await connected(test, {}, { promptsPerRequest: 4, concurrency: 1 });
    const contexts = ["short:", "of a length between:", "the longest of all the contexts here:", "tiny:"];
    const before = endpoint.requests.length;
    await model.logLikelihood(contexts.map((context) => ({ context, continuations: [" a", " b"] })));
    const lengths = endpoint.requests
      .slice(before)
      .map(({ prompt }) => [...prompt].map((tokens) => tokens.length - " a".length));
    assert.deepEqual(lengths, [
      [37, 37, 20, 20],
      [6, 6, 5, 5],
    ]);
  });

  it("asks the server for tokens when it has no tokenizer", async (test) => {
    const endpoint = await startFakeEndpoint();
    test.after(() => endpoint.close());
    const model = await connectModel(endpoint.url);
    const [[yes] = []] = await model.logLikelihood(requests.slice(0, 1));
    assert.ok(Math.abs(yes!.sum - expectedSum("Is water wet?", " Yes")) < 1e-9);
  });

  const faults: [name: string, misbehaviour: Misbehaviour][] = [
    ["no-generated-token", { values: (values) => values.slice(0, -1) }],
    ["echo-ignored", { values: (values) => values.slice(-1) }],
    ["bos-added", { values: (values) => [null, ...values] }],
    ["bos-added", { values: (values, prompt) => (typeof prompt === "string" ? [null, ...values] : values) }],
    ["stop-not-trimmed", { keepsStop: true }],
  ];
  for (const [name, misbehaviour] of faults) {
    it(`is refused for ${name}`, async (test) => {
      await assert.rejects(connected(test, misbehaviour), {
        name: "ModelError",
        message: new RegExp(name, "u"),
      });
    });
  }

  it("is refused for log-probabilities that are none", async (test) => {
    for (const bad of [Number.NaN, 3, null]) {
      const values = (given: (number | null)[]): (number | null)[] => given.with(2, bad);
      await assert.rejects(connected(test, { values }), /log-probability \d+ of a prompt is/u);
    }
  });

  it("waits where it is told to, and gives up with the status", async (test) => {
    const failing = { failFirst: { count: 2, status: 429, retryAfter: "0.05" } };
    const { model, endpoint } = await connected(test, failing, { selfCheck: false });
    await model.logLikelihood(requests);
    assert.equal(endpoint.requests.length, 2 + 1, "two refusals, then one request for all five prompts");
    const hopeless = { failFirst: { count: 99, status: 500, retryAfter: "0.01" } };
    const { model: other } = await connected(test, hopeless, { selfCheck: false, maximumRetries: 1 });
    await assert.rejects(other.logLikelihood(requests), (error: { status?: number; endpoint?: string }) => {
      assert.equal(error.status, 500);
      assert.match(error.endpoint ?? "", /^http:\/\/127/u);
      return true;
    });
    const { model: cut } = await connected(
      test,
      { dropsConnection: true },
      { selfCheck: false, maximumRetries: 0 },
    );
    await assert.rejects(cut.logLikelihood(requests), /no answer/u);
  });

  it("asks for nothing twice that the cache holds, in another process's cache either", async (test) => {
    const cacheFolder = join(temporaryFolder(test), "cache");
    const options = { cacheFolder, selfCheck: false };
    const endpoint = await startFakeEndpoint();
    test.after(() => endpoint.close());
    const connect = () => connectModel(endpoint.url, { encode: encodeCharacters, ...options });
    const [first, other] = [await connect(), await connect()];
    const before = await first.logLikelihood(requests);
    await first.generate([{ prompt: "a", maximumTokens: 3, sampleIndex: 0 }]);
    const asked = endpoint.requests.length;
    const progress: number[] = [];
    const again = await other.logLikelihood(requests, { onProgress: ({ cached }) => progress.push(cached) });
    await other.generate([{ prompt: "a", maximumTokens: 3, sampleIndex: 0 }]);
    assert.equal(endpoint.requests.length, asked);
    assert.deepEqual(again, before);
    assert.equal(progress.at(-1), 5);
    await other.generate([{ prompt: "a", maximumTokens: 3, sampleIndex: 1 }]);
    assert.equal(endpoint.requests.length, asked + 1, "another sample is another request");
    const [file] = readdirSync(cacheFolder);
    assert.equal(statSync(join(cacheFolder, file!)).mode & 0o777, 0o600);
    appendFileSync(join(cacheFolder, file!), '{"key": "torn');
    assert.deepEqual(await (await connect()).logLikelihood(requests), before);
  });

  it("keeps no error in its cache", async (test) => {
    const cacheFolder = join(temporaryFolder(test), "cache");
    const failing = { failFirst: { count: 1, status: 400 } };
    const { model } = await connected(test, failing, { cacheFolder, selfCheck: false, maximumRetries: 0 });
    await assert.rejects(model.logLikelihood(requests), /not now/u);
    assert.equal((await model.logLikelihood(requests)).length, 2);
  });

  it("stops before its budget is passed, and spends nothing on what it refuses", async (test) => {
    const { model, endpoint } = await connected(test, {}, { selfCheck: false, budget: { tokens: 60 } });
    await model.logLikelihood(requests.slice(1));
    const asked = endpoint.requests.length;
    await assert.rejects(model.logLikelihood(requests), /budget of 60 tokens could be passed/u);
    assert.equal(endpoint.requests.length, asked);
    const price = { input: 1e6, output: 0 };
    const { model: priced } = await connected(test, {}, { selfCheck: false, budget: { cost: 10 }, price });
    await assert.rejects(priced.logLikelihood(requests), /a cost of 10/u);
  });

  it("refuses what is longer than its context, and what is elsewhere and not confirmed", async (test) => {
    const { model } = await connected(test, {}, { selfCheck: false });
    const long = { context: "x".repeat(4000), continuations: [" y"] };
    await assert.rejects(model.logLikelihood([long]), /4002 tokens, the model takes 4000/u);
    await assert.rejects(
      connectModel("https://models.example.org/v1"),
      /is not on this machine.*confirmEndpoint/u,
    );
    await assert.rejects(connected(test, {}, { model: "other" }), /it serves formula; not "other"/u);
  });
});

describe("the boundary of context and continuation", () => {
  it("moves white space to the continuation and loses no character", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), async (context, continuation) => {
        fc.pre(context.trim() !== "" && continuation.trim() !== "");
        const { tokens, contextLength } = await cutPair(context, continuation, encodeCharacters);
        assert.deepEqual(tokens, encodeCharacters(context + continuation));
        assert.equal(contextLength, encodeCharacters(context.trimEnd()).length);
      }),
    );
  });

  it("that a tokenizer joins is an error, and so is nothing", async () => {
    const pairs = (text: string): number[] =>
      (text.match(/.{1,2}/gu) ?? []).map((two) => two.codePointAt(0)! * 1000 + (two.codePointAt(1) ?? 0));
    await assert.rejects(cutPair("abc", "de", pairs), /begins where the context ends/u);
    await assert.rejects(cutPair(" ", "de", pairs), /"context" must be a text/u);
    await assert.rejects(cutPair("abc", " ", pairs), /"continuation" must be more than white space/u);
  });
});
