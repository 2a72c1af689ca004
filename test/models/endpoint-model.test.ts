import assert from "node:assert/strict";
import { statSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import * as fc from "fast-check";
import type { CallProgress } from "../../lib/models/language-model.ts";
import { connectModel, type ConnectModelOptions } from "../../lib/models/connect-model.ts";
import { scoreQuestions } from "../../lib/evals/score-questions.ts";
import { confirmEndpoint } from "../../lib/models/confirm-endpoint.ts";
import { fewShot } from "../../lib/prompts/few-shot.ts";
import { nearestExamples } from "../../lib/prompts/nearest-examples.ts";
import { zeroShot } from "../../lib/prompts/without-examples.ts";
import { withEnvironment } from "../data/with-environment.ts";
import { cutPairs, type TokenPair } from "../../lib/models/token-boundary.ts";
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
      const { model, endpoint } = await connected(test, misbehaviour, { promptsPerRequest: 2 });
      // Texts are sent with the word that keeps vLLM from putting a begin token before them.
      for (const { prompt, add_special_tokens: special } of endpoint.requests)
        assert.equal(special, typeof prompt[0] === "string" ? false : undefined);
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
    ["no-generated-token", { values: (values) => [null, -1, ...values.slice(1, -1)] }],
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
    const { model: asked } = await connected(
      test,
      { failFirst: { count: 1, status: 503, retryAfter: new Date(Date.now() + 90_000).toUTCString() } },
      { selfCheck: false, timeoutSeconds: 60 },
    );
    await assert.rejects(asked.logLikelihood(requests), /it asks to wait (?:8\d|90)/u);
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

  it("is asked again, and counted once, where it hangs, answers in half or is cut", async (test) => {
    for (const how of ["hang", "hang-within", "cut"] as const) {
      const failing = { failsWhileAnswering: { count: 1, how } };
      const options = { selfCheck: false, timeoutSeconds: 1, maximumRetries: 1 };
      const { model, endpoint } = await connected(test, failing, options);
      const [first] = await model.logLikelihood(requests);
      assert.ok(Math.abs(first![0]!.sum - expectedSum("Is water wet?", " Yes")) < 1e-9);
      assert.equal(endpoint.requests.length, 2);
      const sent = requests.flatMap(({ context, continuations }) =>
        continuations.map((continuation) => encodeCharacters(context + continuation).length + 1),
      );
      assert.equal(
        model.tokensSpent,
        sent.reduce((sum, count) => sum + count, 0),
        how,
      );
    }
    const { model } = await connected(
      test,
      { failsWhileAnswering: { count: 99, how: "hang-within" } },
      { selfCheck: false, timeoutSeconds: 1, maximumRetries: 0 },
    );
    await assert.rejects(model.logLikelihood(requests), {
      name: "ModelError",
      message: /no answer within 1 s/u,
    });
    assert.equal(model.tokensSpent, 0);
  });

  it("is refused where it answers NaN in the midst of a run, with nothing of that answer kept", async (test) => {
    const bad = { values: (values: (number | null)[]) => values.with(values.length - 2, Number.NaN) };
    const cacheFolder = join(temporaryFolder(test), "cache");
    const { model, endpoint } = await connected(test, bad, { selfCheck: false, cacheFolder });
    // JSON has no NaN: it comes as null.
    await assert.rejects(model.logLikelihood(requests), /log-probability \d+ of a prompt is null/u);
    const asked = endpoint.requests.length;
    await assert.rejects(model.logLikelihood(requests), /log-probability/u);
    assert.ok(endpoint.requests.length > asked);
  });

  it("does not follow to another place what it was asked", async (test) => {
    const elsewhere = await startFakeEndpoint();
    test.after(() => elsewhere.close());
    const redirects = { redirectsTo: `${elsewhere.url}/completions` };
    const { model } = await connected(test, redirects, { selfCheck: false });
    await assert.rejects(model.logLikelihood(requests), { name: "ModelError", status: 307 });
    assert.equal(elsewhere.requests.length, 0);
  });

  it("ends when it is told to, while it waits too", async (test) => {
    const failing = { failFirst: { count: 99, status: 429, retryAfter: "30" } };
    const { model } = await connected(test, failing, { selfCheck: false });
    const ended = model.logLikelihood(requests, { signal: AbortSignal.timeout(50) });
    await assert.rejects(ended, { name: /AbortError|TimeoutError/u });
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
    const [folder] = readdirSync(cacheFolder);
    const [file] = readdirSync(join(cacheFolder, folder!));
    const path = join(cacheFolder, folder!, file!);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("generates where an endpoint only chats, and says that it has no likelihoods", async (test) => {
    const endpoint = await startFakeEndpoint({ onlyChats: true });
    test.after(() => endpoint.close());
    await assert.rejects(connectModel(endpoint.url), { name: "ModelError", status: 404 });
    const model = await connectModel(endpoint.url, { protocol: "chat", budget: { tokens: 30 } });
    const [generation] = await model.generate([{ prompt: "Count!", maximumTokens: 4, stop: ["c"] }]);
    assert.deepEqual(generation, { text: "ab", promptTokens: 5, tokens: 2, finishReason: "length" });
    assert.equal(model.tokensSpent, 7);
    await assert.rejects(model.logLikelihood(requests), /only chats, which has no likelihoods/u);
    const long = { prompt: "More than twenty-three bytes", maximumTokens: 4 };
    await assert.rejects(model.generate([long]), /budget of 30 tokens/u);
    const { model: both } = await connected(test, {}, { protocol: "chat" });
    await assert.rejects(both.logLikelihood(requests), /only chats/u);
    await assert.rejects(connected(test, { keepsStop: true }, { protocol: "chat" }), /stop-not-trimmed/u);
  });

  it("asks once for what is wanted several times in one call", async (test) => {
    const { model, endpoint } = await connected(test, {}, { selfCheck: false });
    const [first, second] = await model.logLikelihood([requests[0]!, requests[0]!]);
    assert.deepEqual(first, second);
    assert.equal(endpoint.requests[0]!.prompt.length, 3);
    await model.generate([
      { prompt: "a", maximumTokens: 3 },
      { prompt: "a", maximumTokens: 3, sampleIndex: 1 },
      { prompt: "a", maximumTokens: 3 },
    ]);
    assert.equal(endpoint.requests.length, 1 + 2);
  });

  it("is not mixed up with another model that has come to bear its name", async (test) => {
    const cacheFolder = join(temporaryFolder(test), "cache");
    const shift = { now: 0 };
    const endpoint = await startFakeEndpoint({
      get shift() {
        return shift.now;
      },
    });
    test.after(() => endpoint.close());
    const connect = () => connectModel(endpoint.url, { encode: encodeCharacters, cacheFolder });
    await connect();
    shift.now = -0.01;
    await connect();
    shift.now = -1;
    await assert.rejects(connect(), /another model has its name now/u);
  });

  it("tells how far it is, what it cost and how long it will take", async (test) => {
    const price = { input: 1e6, output: 2e6 };
    const options = { selfCheck: false, promptsPerRequest: 1, concurrency: 1, price };
    const { model } = await connected(test, {}, options);
    const told: CallProgress[] = [];
    await model.logLikelihood(requests, { onProgress: (progress) => told.push(progress) });
    assert.deepEqual(
      told.map(({ done, total }) => [done, total]),
      [0, 1, 2, 3, 4, 5].map((done) => [done, 5]),
    );
    assert.equal(told[0]!.secondsLeft, undefined);
    assert.ok(told[2]!.secondsLeft! > 0);
    assert.equal(told.at(-1)!.secondsLeft, 0);
    assert.equal(told.at(-1)!.cost, model.costSpent);
    assert.equal(model.costSpent, model.tokensSpent + 5, "five output tokens at twice the price");
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
    const few = { selfCheck: false, budget: { tokens: 9 } };
    const { model: embedding, endpoint: asked2 } = await connected(test, {}, few);
    await assert.rejects(embedding.embed(["more than nine bytes"]), /budget of 9 tokens/u);
    assert.equal(asked2.requests.length, 0);
    const wrong = (options: object) => connectModel("http://127.0.0.1:1/v1", options);
    await assert.rejects(wrong({ budget: { cost: 1 } }), /"price" must be given/u);
    await assert.rejects(wrong({ budget: { euros: 1 } }), /"budget" must be \{ tokens, cost \}/u);
    await assert.rejects(wrong({ price: { input: 1 } }), /"price" must be \{ input, output \}/u);
    await assert.rejects(connectModel("localhost:8000"), { name: "ArgumentError" });
  });

  it("refuses what is longer than its context, and what is elsewhere and not confirmed", async (test) => {
    const { model } = await connected(test, {}, { selfCheck: false });
    const long = { context: "x".repeat(4000), continuations: [" y"] };
    await assert.rejects(model.logLikelihood([long]), /4002 tokens, the model takes 4000/u);
    await assert.rejects(
      connectModel("https://models.example.org/v1"),
      /is not on this machine.*confirmEndpoint/u,
    );
    await assert.rejects(
      connected(test, {}, { model: "other" }),
      /it serves formula; "other" is none of them/u,
    );
  });
});

describe("an endpoint that is not on this machine", () => {
  it("is not taken for this machine where Node sends its requests through a proxy", async (test) => {
    const endpoint = await startFakeEndpoint();
    test.after(() => endpoint.close());
    const none = { NODE_USE_ENV_PROXY: undefined, no_proxy: undefined, NO_PROXY: undefined };
    withEnvironment(test, { ...none, HTTP_PROXY: "http://proxy.example.org:3128" });
    await connectModel(endpoint.url, { encode: encodeCharacters });
    const asked = endpoint.requests.length;
    process.env["NODE_USE_ENV_PROXY"] = "1";
    const connecting = connectModel(endpoint.url, { encode: encodeCharacters });
    await assert.rejects(connecting, /through a proxy .* nothing was sent/u);
    assert.equal(endpoint.requests.length, asked);
    process.env["NO_PROXY"] = "localhost, 127.0.0.1";
    await connectModel(endpoint.url, { encode: encodeCharacters });
  });

  it("gets text when that was confirmed, and restricted text when that was", async (test) => {
    withEnvironment(test, { ROUNDS_APPROVALS: join(temporaryFolder(test), "approvals.json") });
    const endpoint = await startFakeEndpoint();
    test.after(() => endpoint.close());
    // An address that leads here and is not one of this machine's own names.
    const url = endpoint.url.replace("127.0.0.1", "0.0.0.0");
    const options = { encode: encodeCharacters, selfCheck: false };
    await assert.rejects(connectModel(url, options), /is not on this machine.*confirmEndpoint/u);
    await confirmEndpoint(url);
    const model = await connectModel(url, options);
    await model.logLikelihood(requests);
    const asked = endpoint.requests.length;
    const restricted = { sensitivity: "restricted" as const };
    const calls = [
      () => model.logLikelihood(requests, restricted),
      () => model.generate([{ prompt: "a", maximumTokens: 1 }], restricted),
      () => model.embed(["a"], restricted),
    ];
    for (const call of calls)
      await assert.rejects(call(), { name: "ModelError", message: /restricted.*nothing was sent/u });
    const question = {
      id: "q",
      dataset: "d",
      question: "Who?",
      options: ["a", "b"],
      answerIndex: 0,
      metadata: {},
    };
    const example = { ...question, id: "e", question: "What?", ...restricted };
    const settings = [
      { strategy: zeroShot(), asked: { ...question, ...restricted }, scoring: "full-text" },
      { strategy: fewShot([example]), asked: question, scoring: "full-text" },
      { strategy: zeroShot(), asked: { ...question, ...restricted }, scoring: "generate" },
      { strategy: nearestExamples([example], { count: 1 }), asked: question, scoring: "full-text" },
    ] as const;
    for (const { asked: one, ...setting } of settings)
      await assert.rejects(scoreQuestions(model, [one], setting), /restricted.*nothing was sent/u);
    assert.equal(endpoint.requests.length, asked);
    await assert.rejects(confirmEndpoint(url, restricted), /"reason" must be why/u);
    await confirmEndpoint(url, { ...restricted, reason: "a test" });
    await model.logLikelihood(requests, restricted);
    const { results } = await scoreQuestions(model, [{ ...question, ...restricted }], {
      strategy: zeroShot(),
    });
    assert.equal(results[0]!.sensitivity, "restricted");
    await assert.rejects(confirmEndpoint("models.example.org"), { name: "ArgumentError" });
  });
});

describe("the boundary of context and continuation", () => {
  it("moves white space to the continuation and loses no character", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), async (context, continuation) => {
        fc.pre(context.trim() !== "" && continuation.trim() !== "");
        const [{ tokens, contextLength }] = (await cutPairs(context, [continuation], encodeCharacters)) as [
          TokenPair,
        ];
        assert.deepEqual(tokens, encodeCharacters(context + continuation));
        assert.equal(contextLength, encodeCharacters(context.trimEnd()).length);
      }),
    );
  });

  it("that a tokenizer joins is an error, and so is nothing", async () => {
    const pairs = (text: string): number[] =>
      (text.match(/.{1,2}/gu) ?? []).map((two) => two.codePointAt(0)! * 1000 + (two.codePointAt(1) ?? 0));
    await assert.rejects(cutPairs("abc", ["de"], pairs), /begins where the context ends/u);
    await assert.rejects(cutPairs(" ", ["de"], pairs), /"context" must be a text/u);
    await assert.rejects(
      cutPairs("abc", ["de", " "], pairs),
      /"continuation" must be more than white space/u,
    );
  });
});
