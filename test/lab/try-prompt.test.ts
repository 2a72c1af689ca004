import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { holm } from "../../lib/core/statistics/holm.ts";
import {
  DISPLAY_SYMBOL,
  PROMPT_MIME,
  STRATEGIES_MIME,
  toRichBundle,
  type RichBundle,
} from "../../lib/display/bundle.ts";
import { compareStrategies } from "../../lib/lab/compare-strategies.ts";
import { tryPrompt, type TriedQuestion } from "../../lib/lab/try-prompt.ts";
import { connectModel } from "../../lib/models/connect-model.ts";
import type { LanguageModel } from "../../lib/models/language-model.ts";
import type { Question } from "../../lib/evals/question.ts";
import { ensemble } from "../../lib/prompts/ensemble.ts";
import { fewShot } from "../../lib/prompts/few-shot.ts";
import type { PromptExample } from "../../lib/prompts/prompt-question.ts";
import { withTemplate } from "../../lib/prompts/with-template.ts";
import { chainOfThought, noPrompt, zeroShot } from "../../lib/prompts/without-examples.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { encodeCharacters, startFakeEndpoint } from "../models/fake-endpoint.ts";

const question: TriedQuestion = {
  id: "q1",
  question: "Is <b>1 < 2</b>?",
  options: ["<i>yes</i>", "no", "perhaps"],
  answerIndex: 0,
};

/** Likes the options in the order in which the prompt shows them, the last one best, and texts after reasoning more. */
function listModel(): LanguageModel & { readonly contexts: string[] } {
  const contexts: string[] = [];
  return {
    name: "list",
    fingerprint: "list",
    contextLength: undefined,
    contexts,
    logLikelihood: async (requests) =>
      requests.map(({ context, continuations }) => {
        contexts.push(context);
        return continuations.map((text) => {
          const sum = -10 + context.lastIndexOf(`${text.trim()}\n`) / 1000;
          return {
            contextTokens: context.length,
            tokens: [1],
            logProbabilities: [sum],
            sum,
            isGreedy: false,
          };
        });
      }),
    generate: async (requests) =>
      requests.map(({ prompt }) => ({
        text: " Since <u>so</u>.",
        promptTokens: prompt.length,
        tokens: 4,
        finishReason: "stop" as const,
      })),
    embed: () => Promise.reject(new Error("the list has no embeddings")),
  };
}

const outputCharacters = 200_000;

describe("tryPrompt", () => {
  it("gives the exact prompt, what the model writes, and each option's likelihood after it", async () => {
    const model = listModel();
    const { runs, vote } = await tryPrompt(chainOfThought(), question, model);
    const [run] = runs;
    const prompt = (await chainOfThought().prompts([question]))[0]![0]!;
    assert.equal(run!.prompt.text, prompt.text);
    assert.equal(run!.promptTokens, prompt.text.length);
    assert.equal(run!.output, " Since <u>so</u>.");
    assert.equal(model.contexts[0], `${prompt.text} Since <u>so</u>. Therefore, the correct answer is:`);
    assert.deepEqual(
      run!.options.map(({ answer }) => answer),
      question.options,
    );
    assert.equal(run!.choice, 2);
    assert.deepEqual(vote, { choice: 2, counts: [0, 0, 1], abstentions: 0, tied: [] });
  });

  it("lets the runs of an ensemble vote on the options themselves", async () => {
    const { runs, vote } = await tryPrompt(ensemble(zeroShot(), { runs: 3 }), question, listModel());
    assert.deepEqual(
      runs.map(({ choice }) => choice),
      runs.map(({ prompt }) => prompt.permutation.at(-1)),
    );
    assert.deepEqual(vote.counts, [1, 1, 1]);
    assert.equal(vote.choice, runs[0]!.choice);
  });

  it("is shown with every text escaped", async () => {
    const trial = await tryPrompt(ensemble(chainOfThought(), { runs: 2 }), question, listModel());
    const { data } = toRichBundle(await trial[DISPLAY_SYMBOL]());
    const page = String(data["text/html"]);
    assert.doesNotMatch(page, /<[biu]>/u);
    assert.ok(page.includes("Is &lt;b&gt;1 &lt; 2&lt;/b&gt;?"));
    assert.ok(page.includes("&lt;i&gt;yes&lt;/i&gt;"));
    assert.match(page, /right answer/u);
    assert.ok(page.includes("Since &lt;u&gt;so&lt;/u&gt;."));
    assert.ok(String(data["text/plain"]).includes("Let's think step-by-step. Since <u>so</u>."));
  });

  it("counts the tokens of outputs and of every option's score, and says what they cost", async () => {
    const model = { ...listModel(), price: { input: 2, output: 8 } };
    const trial = await tryPrompt(chainOfThought(), question, model);
    const [run] = trial.runs;
    const context = model.contexts[0]!.length;
    const cue = model.contexts[1]!.length;
    // The output, and each option after the reasoning and, for PMI, after the cue alone.
    const input = run!.promptTokens + 3 * (context + 1) + 3 * (cue + 1);
    const output = 4 + 6;
    assert.deepEqual(trial.usage, { input, output, cost: (2 * input + 8 * output) / 1e6 });
    const { data } = toRichBundle(await trial[DISPLAY_SYMBOL]());
    const words = `${input.toLocaleString("en-US")} tokens in, 10 out, cost 0.0`;
    for (const type of ["text/html", "text/plain"]) assert.ok(String(data[type]).includes(words));
    assert.equal((await tryPrompt(zeroShot(), question, listModel())).usage.cost, undefined);
  });

  it("shows pieces of prompts that runs share once, and joined they are the prompt", async () => {
    const shown = Array.from({ length: 5 }, (_, index): PromptExample => ({
      id: `e${index}`,
      question: `Sign ${index}?`,
      options: ["yes", "no"],
      answerIndex: 0,
      reasoning: "Since it is.",
    }));
    const trial = await tryPrompt(ensemble(fewShot(shown), { runs: 5 }), question, listModel());
    const { data } = toRichBundle(await trial[DISPLAY_SYMBOL]());
    const { pieces, runs } = data[PROMPT_MIME] as { pieces: string[]; runs: { prompt: number[] }[] };
    assert.ok(pieces.length <= 5 * 2 + 5);
    assert.deepEqual(
      runs.map(({ prompt }) => prompt.map((place) => pieces[place]).join("")),
      trial.runs.map(({ prompt }) => prompt.text),
    );
  });

  it("leaves long texts and many runs out of the notebook, and says so", async () => {
    const long = { ...question, question: `"<${'"'.repeat(30_000)}`, options: ["<&>".repeat(5000), "no"] };
    const trial = await tryPrompt(ensemble(chainOfThought(), { runs: 40 }), long, listModel());
    const { data } = toRichBundle(await trial[DISPLAY_SYMBOL]());
    assert.ok(JSON.stringify(data).length < outputCharacters, `${JSON.stringify(data).length} characters`);
    for (const type of ["text/html", "text/plain"]) {
      assert.match(String(data[type]), /characters, left out to keep the notebook small/u);
      assert.match(String(data[type]), /30 more runs are not shown/u);
    }
    assert.equal(trial.runs.length, 40);
  });

  it("saves no text of a restricted question", async () => {
    const restricted: TriedQuestion = { ...question, question: "Jane Secret?", sensitivity: "restricted" };
    const named = { ...restricted, options: ["Secret one", "Secret two"] };
    const trial = await tryPrompt(ensemble(chainOfThought(), { runs: 2 }), named, {
      ...listModel(),
      generate: async (requests) =>
        requests.map(() => ({ text: " Secret.", promptTokens: 1, tokens: 1, finishReason: "stop" })),
    });
    const { data } = toRichBundle(await trial[DISPLAY_SYMBOL]());
    assert.equal(JSON.stringify(data).includes("Secret"), false);
    assert.match(String(data["text/html"]), /restricted: not saved with the notebook/u);
    assert.ok(trial.runs[0]!.prompt.text.includes("Jane Secret?"));
  });

  it("needs no known answer", async () => {
    const { answerIndex: _, ...open } = question;
    const trial = await tryPrompt(noPrompt(), open, listModel());
    const { data } = toRichBundle(await trial[DISPLAY_SYMBOL]());
    assert.doesNotMatch(String(data["text/html"]), /\((?:right|wrong)\)|right answer/u);
  });
});

describe("compareStrategies", () => {
  const questions = [0, 1, 2, 2].map((answerIndex, index): Question => ({
    ...question,
    id: `q${index}`,
    dataset: "made",
    answerIndex,
    metadata: {},
  }));

  it("gives each strategy's accuracy, and its flips against the first", async () => {
    const strategies = [zeroShot(), ensemble(zeroShot(), { runs: 1, seed: 3 }), noPrompt()];
    const { rows } = await compareStrategies(strategies, questions, listModel());
    assert.equal(rows[0]!.summary.accuracy, 0.5);
    assert.equal(rows[0]!.againstFirst, undefined);
    const last = (await strategies[1]!.prompts(questions))[0]![0]!.permutation.at(-1);
    const right = questions.filter(({ answerIndex }) => answerIndex === last).length;
    assert.equal(rows[1]!.summary.correct, right);
    assert.deepEqual(rows[1]!.againstFirst!.notComparable, []);
    assert.ok(rows[2]!.againstFirst!.notComparable.some((reason) => reason.startsWith("format")));
  });

  it("fills in one table on screen, and ends when its cell is interrupted", async (test) => {
    const interrupt = new AbortController();
    type Model = { asked: number; state: string };
    const shown: { page: string; model: Model; displayId: string; update: boolean }[] = [];
    const host = {
      interruptSignal: interrupt.signal,
      display: (bundle: RichBundle, { displayId, update }: { displayId: string; update: boolean }) =>
        shown.push({
          page: String(bundle.data["text/html"]),
          model: bundle.data[STRATEGIES_MIME] as Model,
          displayId,
          update,
        }),
    };
    Object.assign(globalThis, { [DISPLAY_SYMBOL]: host });
    test.after(() => Reflect.deleteProperty(globalThis, DISPLAY_SYMBOL));
    const many = Array.from({ length: 60 }, (_, index) => ({ ...questions[0]!, id: `m${index}` }));
    const comparison = await compareStrategies([zeroShot(), noPrompt()], many, listModel());
    assert.equal(new Set(shown.map(({ displayId }) => displayId)).size, 1);
    assert.deepEqual(
      shown.map(({ update }) => update),
      shown.map((_, index) => index > 0),
    );
    // Some questions of each strategy at a time: both have rows long before all are asked.
    const steps = shown.map(({ page, model }) => [page.split("<tr>").length - 2, model.asked, model.state]);
    const distinct = steps.map(String).filter((step, index, all) => step !== all[index - 1]);
    assert.deepEqual(distinct, ["0,0,running", "1,0,running", "2,25,running", "2,50,running", "2,60,done"]);
    assert.deepEqual(comparison[DISPLAY_SYMBOL](), { "text/plain": "2 strategies on 60 questions, above" });
    Object.assign(host, { interruptSignal: new AbortController().signal });
    const later = toRichBundle(await comparison[DISPLAY_SYMBOL]());
    assert.ok(STRATEGIES_MIME in later.data);
    Object.assign(host, { interruptSignal: interrupt.signal });
    const model: LanguageModel = {
      ...listModel(),
      logLikelihood: async (_, calls) => {
        interrupt.abort();
        calls!.signal!.throwIfAborted();
        return [];
      },
    };
    await assert.rejects(compareStrategies([zeroShot()], questions, model), { name: "AbortError" });
    assert.equal(shown.at(-1)!.model.state, "stopped");
  });

  it("counts what each strategy takes, and corrects its p values for all", async () => {
    const model = { ...listModel(), price: { input: 1, output: 1 } };
    const strategies = [zeroShot(), ensemble(zeroShot(), { runs: 3 }), ensemble(zeroShot(), { runs: 2 })];
    const { rows } = await compareStrategies(strategies, questions, model);
    assert.ok(rows[1]!.usage.input > 2 * rows[0]!.usage.input);
    for (const { usage } of rows) assert.equal(usage.cost, (usage.input + usage.output) / 1e6);
    assert.deepEqual(
      rows.slice(1).map(({ correctedP }) => correctedP),
      holm(rows.slice(1).map(({ againstFirst }) => againstFirst!.p)),
    );
    // One run and several on the same prompts may be compared.
    assert.deepEqual(rows[1]!.againstFirst!.notComparable, []);
  });

  it("shows flipped questions side by side, and none of the texts of restricted ones", async () => {
    const secret = questions.map((each) => ({
      ...each,
      question: "Jane Secret?",
      sensitivity: "restricted" as const,
    }));
    for (const [asked, isShown] of [
      [questions, true],
      [secret, false],
    ] as const) {
      const comparison = await compareStrategies([zeroShot(), noPrompt()], asked, listModel());
      const { data } = toRichBundle(await comparison[DISPLAY_SYMBOL]());
      const { rows } = data[STRATEGIES_MIME] as {
        rows: { against: { flips: Record<string, unknown>[] } | null }[];
      };
      const [flip] = rows[1]!.against!.flips;
      assert.equal(rows[1]!.against!.flips.length, comparison.rows[1]!.againstFirst!.flips.length);
      assert.equal(flip!["question"] === "Is <b>1 < 2</b>?", isShown);
      assert.equal(JSON.stringify(data).includes("Secret"), false);
    }
  });

  it("asks again for the prompts of a changed strategy alone, with a model that has a cache", async (test) => {
    const endpoint = await startFakeEndpoint();
    test.after(() => endpoint.close());
    const model = await connectModel(endpoint.url, {
      encode: encodeCharacters,
      selfCheck: false,
      cacheFolder: temporaryFolder(test),
    });
    const changing = ensemble(zeroShot(), { runs: 1 });
    const first = await compareStrategies([zeroShot(), chainOfThought(), changing], questions, model);
    const before = endpoint.requests.length;
    const again = await compareStrategies([zeroShot(), chainOfThought()], questions, model);
    assert.equal(endpoint.requests.length, before);
    assert.deepEqual(
      again.rows.map(({ results, usage }) => [results, usage]),
      first.rows.slice(0, 2).map(({ results, usage }) => [results, usage]),
    );
    const words = "{{ question }}\n{% for option in options %}\n{{ option }}\n{% endfor %}\nA:";
    const changed = withTemplate(zeroShot(), words, { name: "changed" });
    await compareStrategies([zeroShot(), chainOfThought(), changed], questions, model);
    const asked = endpoint.requests.slice(before).flatMap(({ prompt }) => prompt as number[][]);
    const texts = asked.map((tokens) => String.fromCodePoint(...tokens));
    assert.equal(texts.length > 0, true);
    for (const text of texts) assert.match(text, /^Is <b>1 < 2<\/b>\?\n.*\nA: /su);
  });

  it("refuses what is no list of strategies, no question or no model, by its name", async () => {
    const refused = (act: Promise<unknown>, parameter: string) =>
      assert.rejects(act, { name: "ArgumentError", parameter });
    await refused(compareStrategies(zeroShot() as never, questions, listModel()), "strategies");
    await refused(compareStrategies([undefined] as never, questions, listModel()), "strategies[0]");
    await refused(compareStrategies([zeroShot()], { questions } as never, listModel()), "questions");
    await refused(compareStrategies([zeroShot()], questions, undefined as never), "model");
    await refused(tryPrompt(undefined as never, question, listModel()), "strategy");
    await refused(tryPrompt(zeroShot(), listModel() as never, question as never), "model");
    await refused(tryPrompt(zeroShot(), undefined as never, listModel()), "question[0]");
    await refused(tryPrompt(zeroShot(), { ...question, answerIndex: 7 }, listModel()), "answerIndex");
  });

  it("refuses a question that comes twice before any is asked", async () => {
    const model = listModel();
    const twice = [
      ...Array.from({ length: 30 }, (_, index) => ({ ...questions[0]!, id: `m${index}` })),
      { ...questions[0]!, id: "m1" },
    ];
    await assert.rejects(compareStrategies([zeroShot()], twice, model), { parameter: "questions" });
    assert.equal(model.contexts.length, 0);
  });

  it("names strategies of one name by what tells them apart, and refuses two that are equal", async () => {
    const strategies = [ensemble(zeroShot()), ensemble(zeroShot(), { runs: 2, seed: 1 })];
    const comparison = await compareStrategies(strategies, questions, listModel());
    assert.deepEqual(
      comparison.rows.map(({ name }) => name),
      ["ensemble", "ensemble (runs: 2, seed: 1)"],
    );
    const { data } = toRichBundle(await comparison[DISPLAY_SYMBOL]());
    assert.match(String(data["text/html"]), /<td[^>]*>ensemble \(runs: 2, seed: 1\)<\/td>/u);
    assert.match(String(data["text/plain"]), /now right/u);
    const words = "{{ question }}\n{% for option in options %}\n{{ option }}\n{% endfor %}\nA:";
    const inWords = [
      zeroShot(),
      withTemplate(zeroShot(), words),
      withTemplate(zeroShot(), words, { name: "mine" }),
    ];
    const named = await compareStrategies(inWords, questions, listModel());
    assert.match(named.rows[1]!.name, /^zero-shot \(format: template [0-9a-f]{8}\)$/u);
    assert.equal(named.rows[2]!.name, "mine");
    assert.match(
      String(named.rows[1]!.againstFirst!.notComparable),
      /format: zero-shot and template [0-9a-f]{8}/u,
    );
    await assert.rejects(compareStrategies([zeroShot(), zeroShot()], questions, listModel()), {
      parameter: "strategies[1]",
    });
    await assert.rejects(compareStrategies([], questions, listModel()), { parameter: "strategies" });
  });
});
