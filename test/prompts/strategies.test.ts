import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { diffStrategies } from "../../lib/prompts/diff-strategies.ts";
import { ensemble, medprompt } from "../../lib/prompts/ensemble.ts";
import { fewShot } from "../../lib/prompts/few-shot.ts";
import { nearestExamples } from "../../lib/prompts/nearest-examples.ts";
import type { PromptQuestion } from "../../lib/prompts/prompt-question.ts";
import type { RunPrompt, Strategy, StrategyTools } from "../../lib/prompts/strategy.ts";
import { chainOfThought, noPrompt, zeroShot } from "../../lib/prompts/without-examples.ts";
import { example, question, tableEmbedder } from "./prompt-cases.ts";

const system =
  "<|system|>: You are a biomedical expert. Select the correct option for the following question:";
const asked = `${system}
<|prompter|>: Which drug lowers fever?
Aspirin
Heparin
Insulin
Digoxin
Warfarin
<|assistant|>:`;

async function only(
  strategy: Strategy,
  one: PromptQuestion = question,
  tools?: StrategyTools,
): Promise<RunPrompt> {
  const [prompts] = await strategy.prompts([one], tools);
  assert.equal(prompts!.length, 1);
  return prompts![0]!;
}

const pool = ["rhythm", "rate", "rub", "murmur", "size", "site", "sound"].map((id) =>
  example(id, `Reasons of ${id}.`),
);
/** Angles from the question's: rub 0°, then site, rate, size, rhythm, murmur, sound. */
const angles: Record<string, number> = {
  rub: 0,
  site: 10,
  rate: 20,
  size: 30,
  rhythm: 40,
  murmur: 50,
  sound: 60,
};
const embedder = () =>
  tableEmbedder({
    [question.question]: [1, 0],
    ...Object.fromEntries(
      pool.map(({ id, question: text }) => {
        const angle = (angles[id]! * Math.PI) / 180;
        return [text, [Math.cos(angle), Math.sin(angle)]];
      }),
    ),
  });

describe("strategies without examples", () => {
  it("write Figure 4 for zero-shot", async () => {
    const prompt = await only(zeroShot());
    assert.equal(prompt.text, `${asked} The correct answer is:`);
    assert.equal(prompt.answerCue, undefined);
  });

  it("write Figure 5 for a chain of thought, up to the reasoning", async () => {
    const prompt = await only(chainOfThought());
    assert.equal(prompt.text, `${asked} Let's think step-by-step.`);
    assert.equal(prompt.answerCue, " Therefore, the correct answer is:");
  });

  it("write the question alone for no-prompt, with its context before it", async () => {
    assert.equal((await only(noPrompt())).text, "Which drug lowers fever?");
    const { text } = await only(noPrompt(), { ...question, context: "An abstract." });
    assert.equal(text, "An abstract.\nWhich drug lowers fever?");
  });

  it("are one run at temperature 0 in the question's order, which stops at the next question", async () => {
    const { text, ...rest } = await only(zeroShot());
    assert.ok(text.length > 0);
    assert.deepEqual(rest, {
      questionId: "q1",
      dataset: "medqa",
      run: 0,
      format: "zero-shot",
      options: question.options,
      permutation: [0, 1, 2, 3, 4],
      exampleIds: [],
      exampleSets: [],
      temperature: 0,
      seed: 0,
      stop: ["<|system|>", "<|prompter|>"],
      sensitivity: "public",
    });
  });

  it("are restricted where the question or an example of theirs is", async () => {
    const restricted = { ...example("rate", "By count."), sensitivity: "restricted" as const };
    assert.equal((await only(fewShot([restricted]))).sensitivity, "restricted");
    const [[written]] = (await zeroShot().prompts([{ ...question, sensitivity: "restricted" }])) as [
      [RunPrompt],
    ];
    assert.equal(written.sensitivity, "restricted");
  });

  it("refuse questions without 2 to 10 options", async () => {
    await assert.rejects(zeroShot().prompts([{ ...question, options: ["one"] }]), { name: "ArgumentError" });
    await assert.rejects(zeroShot().prompts([{ ...question, options: Array(11).fill("x") }]), {
      name: "ArgumentError",
    });
  });
});

describe("fewShot", () => {
  it("prepends its examples in their order, each a whole prompt with its answer", async () => {
    const { text, format, exampleIds } = await only(
      fewShot([example("rate", " By count. "), example("rub", "Heard.")]),
    );
    const shown = (id: string, reasoning: string) =>
      `${system}\n<|prompter|>: What is ${id} of the heart?\n${id} right\n${id} wrong\n<|assistant|>: Let's think ` +
      `step-by-step. ${reasoning} Therefore, the correct answer is: ${id} right`;
    assert.equal(
      text,
      `${shown("rate", "By count.")}\n\n${shown("rub", "Heard.")}\n\n${asked} Let's think step-by-step.`,
    );
    assert.equal(format, "chain-of-thought");
    assert.deepEqual(exampleIds, ["rate", "rub"]);
  });

  it("answers at once after examples without reasoning", async () => {
    const { text, format } = await only(fewShot([example("rate")]));
    assert.ok(
      text.endsWith(`<|assistant|>: The correct answer is: rate right\n\n${asked} The correct answer is:`),
    );
    assert.equal(format, "zero-shot");
  });

  it("refuses a mixture, no examples, the question itself, and names a test split", async () => {
    assert.throws(() => fewShot([]), { name: "ArgumentError" });
    assert.throws(() => fewShot([example("rate", "By count."), example("rub")]), /all with reasoning/u);
    assert.throws(
      () => fewShot([{ ...example("rate"), split: "test" }]),
      /never come from a test split, got "test"/u,
    );
    assert.throws(
      () => fewShot([{ ...example("rate"), split: undefined!, dataset: "medqa-test" }]),
      /medqa-test/u,
    );
    assert.throws(() => fewShot([{ ...example("rate"), answerIndex: 2 }]), /among its 2 options/u);
    fewShot([{ ...example("rate"), split: "contest-train" }]);
    await assert.rejects(
      fewShot([example("rate")]).prompts([example("rate")]),
      /other questions than the one asked/u,
    );
  });
});

describe("nearestExamples", () => {
  it("takes the five nearest of the pool, the nearest last", async () => {
    const prompt = await only(nearestExamples(pool), question, { embedder: embedder() });
    assert.deepEqual(prompt.exampleIds, ["rhythm", "size", "rate", "site", "rub"]);
    assert.ok(prompt.text.includes("Reasons of rub. Therefore, the correct answer is: rub right\n\n"));
    assert.ok(prompt.text.endsWith(`${asked} Let's think step-by-step.`));
  });

  it("takes the earlier in the pool for the nearer of two as near", async () => {
    const same = tableEmbedder(
      Object.fromEntries([question, ...pool].map(({ question: text }) => [text, [1, 1]])),
    );
    const prompt = await only(nearestExamples(pool, { count: 3 }), question, { embedder: same });
    assert.deepEqual(prompt.exampleIds, ["rub", "rate", "rhythm"]);
  });

  it("never shows the question itself, a text that holds it, or a near copy", async () => {
    const long =
      "A man of 40 years has had a fever since yesterday and asks which drug would lower it best at home";
    const hidden = [
      { ...example("self", "Reasons."), question: long, id: "q9" },
      { ...example("within", "Reasons."), question: `Case 7. ${long}. Choose one.` },
      { ...example("near", "Reasons."), question: `${long} soon?` },
    ];
    const all = [...hidden, ...pool];
    const vectors = Object.fromEntries(all.map(({ question: text }) => [text, [1, 0]]));
    const prompt = await only(
      nearestExamples(all, { count: 7 }),
      { ...question, id: "q9", question: long },
      { embedder: tableEmbedder(vectors) },
    );
    assert.deepEqual(prompt.exampleIds, pool.map(({ id }) => id).toReversed());
    await assert.rejects(
      nearestExamples(hidden, { count: 1 }).prompts([{ ...question, id: "q9", question: long }], {
        embedder: tableEmbedder(vectors),
      }),
      /at least 1 examples that are no copies/u,
    );
  });

  it("looks past many copies", async () => {
    const copies = Array.from({ length: 40 }, (_, index) => ({
      ...example(`copy${index}`, "Reasons."),
      question: question.question,
    }));
    const prompt = await only(nearestExamples([...copies, ...pool], { count: 2 }), question, {
      embedder: embedder(),
    });
    assert.deepEqual(prompt.exampleIds, ["site", "rub"]);
  });

  it("embeds the pool once for each embedder, whatever is varied, and all questions in one call", async () => {
    const strategy = nearestExamples(pool);
    const tools = { embedder: embedder() };
    await strategy.prompts([question, question], tools);
    await strategy.prompts([question], tools);
    await strategy.vary({ count: 2 }).prompts([question], tools);
    assert.deepEqual(
      tools.embedder.calls.map((texts) => texts.length),
      [pool.length, 2, 1, 1],
    );
  });

  it("tries again after an embedder failed", async () => {
    const working = embedder();
    let fails = true;
    const tools = {
      embedder: {
        embed: async (texts: readonly string[]) => {
          if (fails) throw new Error("offline");
          return working.embed(texts);
        },
      },
    };
    const strategy = nearestExamples(pool);
    await assert.rejects(strategy.prompts([question], tools), /offline/u);
    fails = false;
    assert.equal((await only(strategy, question, tools)).exampleIds.length, 5);
  });

  it("stops when it is told to", async () => {
    const stopped = new AbortController();
    const working = embedder();
    const stopping = {
      embed: async (texts: readonly string[]) => {
        if (working.calls.length === 1) stopped.abort();
        return working.embed(texts);
      },
    };
    const tools = { embedder: stopping, signal: stopped.signal };
    await assert.rejects(nearestExamples(pool).prompts([question], tools), { name: "AbortError" });
  });

  it("says that it needs an embedder, and names a test split in the pool", async () => {
    await assert.rejects(nearestExamples(pool).prompts([question]), { parameter: "embedder" });
    assert.throws(() => nearestExamples([{ ...pool[0]!, split: "test" }]), /got "test"/u);
  });
});

describe("ensemble", () => {
  it("shows every run the same question with its options in another order, and knows each by its place", async () => {
    const [prompts] = await ensemble(chainOfThought()).prompts([question]);
    assert.equal(prompts!.length, 5);
    for (const { permutation, options, text, temperature } of prompts!) {
      assert.deepEqual(
        options,
        permutation.map((place) => question.options[place]),
      );
      assert.ok(text.includes(options.join("\n")));
      assert.equal(temperature, 0.2);
    }
    assert.equal(new Set(prompts!.map(({ text }) => text)).size, 5);
    assert.equal(new Set(prompts!.map(({ seed }) => seed)).size, 5);
    assert.deepEqual(
      prompts!.map(({ run }) => run),
      [0, 1, 2, 3, 4],
    );
  });

  it("shuffles the examples as the paper does, and keeps the nearest last as Medprompt does", async () => {
    const tools = { embedder: embedder() };
    const orders = async (strategy: Strategy) =>
      (await strategy.prompts([question], tools))[0]!.map(({ exampleIds }) => exampleIds.join(" "));
    const shuffled = await orders(ensemble(nearestExamples(pool)));
    assert.ok(new Set(shuffled).size > 1);
    for (const order of shuffled)
      assert.deepEqual(order.split(" ").toSorted(), ["rate", "rhythm", "rub", "site", "size"]);
    assert.deepEqual(await orders(medprompt(pool)), Array(5).fill("rhythm size rate site rub"));
  });

  it("gives the same prompts again for a seed, and others for another", async () => {
    const texts = async (seed: number) =>
      JSON.stringify(await ensemble(zeroShot(), { seed }).prompts([question]));
    assert.equal(await texts(3), await texts(3));
    assert.notEqual(await texts(3), await texts(4));
  });

  it("refuses an ensemble, and a format that does not show the options", () => {
    assert.throws(() => ensemble(ensemble(zeroShot())), { parameter: "strategy" });
    assert.throws(() => ensemble(noPrompt()), { parameter: "strategy" });
    assert.throws(() => ensemble(zeroShot(), { temperature: -1 }), { parameter: "temperature" });
  });
});

describe("what is no question, example or strategy", () => {
  const refusals: Record<string, readonly [parameter: RegExp, act: () => unknown]> = {
    "no questions": [/^questions$/u, () => zeroShot().prompts(undefined as never)],
    "a question set": [/^questions$/u, () => zeroShot().prompts({ questions: [question] } as never)],
    "no question": [/^questions\[0\]$/u, () => zeroShot().prompts([null] as never)],
    "a blank question": [/\.question$/u, () => zeroShot().prompts([{ ...question, question: " " }])],
    "no options": [/\.options$/u, () => zeroShot().prompts([{ ...question, options: undefined }] as never)],
    "options of numbers": [
      /\.options$/u,
      () => zeroShot().prompts([{ ...question, options: [1, 2] }] as never),
    ],
    "no examples": [/^examples$/u, () => fewShot(undefined as never)],
    "blank reasoning": [/\.reasoning$/u, () => fewShot([example("rate", " ")])],
    "no pool": [/^pool$/u, () => nearestExamples(undefined as never)],
    "no embedder": [/^embedder$/u, () => only(nearestExamples(pool), question, { embedder: null } as never)],
    "no strategy": [/^strategy$/u, () => ensemble("zero-shot" as never)],
    "no changes": [/^options$/u, () => zeroShot().vary(undefined as never)],
    "nothing to compare with": [/^right$/u, () => diffStrategies(zeroShot(), undefined as never)],
  };
  for (const [name, [parameter, act]] of Object.entries(refusals)) {
    it(`is refused by its name: ${name}`, async () => {
      await assert.rejects(async () => act(), { name: "ArgumentError", parameter });
    });
  }
});

describe("a strategy as a value", () => {
  const strategy = medprompt(pool, { seed: 7 });

  it("is printed with all its settings", () => {
    assert.match(
      inspect(strategy),
      /^medprompt \{ runs: 5, temperature: 0, seed: 7, shuffleExamples: false, of: \{ name: 'nearest-examples', count: 5, copySimilarity: 0\.8, poolSize: 7, fingerprint: '[0-9a-f]{64}' \} \}$/u,
    );
  });

  it("is varied, through to what it is made of, and the changes are listed", () => {
    const varied = strategy.vary({ count: 3, runs: 11 });
    assert.deepEqual(diffStrategies(strategy, varied), [
      { setting: "runs", left: 5, right: 11 },
      { setting: "of.count", left: 5, right: 3 },
    ]);
    assert.throws(() => strategy.vary({ cuont: 3 }), /did you mean count/u);
    assert.throws(() => zeroShot().vary({ runs: 3 }), { parameter: "runs" });
  });

  it("lists the options of every level for a wrong name, and is not changed by undefined", () => {
    const all = /options are runs .*count \(default 5\)/u;
    assert.throws(() => strategy.vary({ rnus: 3 }), all);
    assert.throws(() => medprompt(pool, { rnus: 3 } as object), all);
    const leftOut = { temperature: undefined, shuffleExamples: undefined, count: undefined } as object;
    assert.equal(strategy.vary(leftOut).fingerprint, strategy.fingerprint);
    assert.equal(medprompt(pool, { seed: 7, ...leftOut }).fingerprint, strategy.fingerprint);
    const few = nearestExamples(pool, { count: 2 });
    assert.equal(few.vary({ count: undefined }).fingerprint, few.fingerprint);
  });

  it("has a fingerprint of all that fixes its prompts", () => {
    assert.equal(strategy.fingerprint, medprompt([...pool], { seed: 7 }).fingerprint);
    const others = [
      strategy.vary({ seed: 8 }),
      medprompt(pool.slice(1), { seed: 7 }),
      medprompt(pool.with(0, { ...pool[0]!, reasoning: "Others." }), { seed: 7 }),
      zeroShot(),
      chainOfThought(),
      fewShot(pool.slice(0, 5)),
    ];
    assert.equal(new Set([strategy, ...others].map((each) => each.fingerprint)).size, others.length + 1);
    assert.deepEqual(diffStrategies(strategy, medprompt(pool, { seed: 7 })), []);
  });

  it("does not change with the list that it was made of", async () => {
    const examples = [example("rate"), example("rub")];
    const made = fewShot(examples);
    const before = await made.prompts([question]);
    Object.assign(examples[0]!, { question: "Another?", options: ["x", "y"] });
    (examples[1]!.options as string[]).pop();
    examples.pop();
    assert.deepEqual(await made.prompts([question]), before);
  });

  it("names what one has and the other has not", () => {
    assert.deepEqual(diffStrategies(zeroShot(), ensemble(zeroShot())).slice(0, 2), [
      { setting: "name", left: "zero-shot", right: "ensemble" },
      { setting: "runs", left: undefined, right: 5 },
    ]);
  });
});
