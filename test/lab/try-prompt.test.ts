import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DISPLAY_SYMBOL, toRichBundle, type RichBundle } from "../../lib/display/bundle.ts";
import { compareStrategies } from "../../lib/lab/compare-strategies.ts";
import { tryPrompt, type TriedQuestion } from "../../lib/lab/try-prompt.ts";
import type { LanguageModel } from "../../lib/models/language-model.ts";
import type { Question } from "../../lib/evals/question.ts";
import { ensemble } from "../../lib/prompts/ensemble.ts";
import { chainOfThought, noPrompt, zeroShot } from "../../lib/prompts/without-examples.ts";

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
    const shown: { page: string; displayId: string; update: boolean }[] = [];
    const host = {
      interruptSignal: interrupt.signal,
      display: (bundle: RichBundle, { displayId, update }: { displayId: string; update: boolean }) =>
        shown.push({ page: String(bundle.data["text/html"]), displayId, update }),
    };
    Object.assign(globalThis, { [DISPLAY_SYMBOL]: host });
    test.after(() => Reflect.deleteProperty(globalThis, DISPLAY_SYMBOL));
    await compareStrategies([zeroShot(), noPrompt()], questions, listModel());
    assert.equal(new Set(shown.map(({ displayId }) => displayId)).size, 1);
    assert.deepEqual(
      shown.map(({ update }) => update),
      shown.map((_, index) => index > 0),
    );
    const strategyRows = shown.map(({ page }) => page.split("<tr>").length - 2);
    assert.deepEqual([strategyRows[0], strategyRows.at(-1)], [0, 2]);
    const model: LanguageModel = {
      ...listModel(),
      logLikelihood: async (_, calls) => {
        interrupt.abort();
        calls!.signal!.throwIfAborted();
        return [];
      },
    };
    await assert.rejects(compareStrategies([zeroShot()], questions, model), { name: "AbortError" });
  });

  it("names strategies of one name by what tells them apart, and refuses two that are equal", async () => {
    const strategies = [ensemble(zeroShot()), ensemble(zeroShot(), { runs: 2, seed: 1 })];
    const comparison = await compareStrategies(strategies, questions, listModel());
    assert.deepEqual(
      comparison.rows.map(({ name }) => name),
      ["ensemble", "ensemble (runs: 2, seed: 1)"],
    );
    const { data } = toRichBundle(await comparison[DISPLAY_SYMBOL]());
    assert.match(String(data["text/html"]), /<td>ensemble \(runs: 2, seed: 1\)<\/td>/u);
    assert.match(String(data["text/plain"]), /now right/u);
    await assert.rejects(compareStrategies([zeroShot(), zeroShot()], questions, listModel()), {
      parameter: "strategies[1]",
    });
    await assert.rejects(compareStrategies([], questions, listModel()), { parameter: "strategies" });
  });
});
