/** No restricted value leaves the process by any public function, whatever it is given. */
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";

import { auditFile } from "../../lib/core/audit-log.ts";
import * as rounds from "../../lib/index.ts";
import { corpusCalls } from "./corpus-calls.ts";
import { plantWorld, type Calls, type PlantedWorld } from "./planted-world.ts";
import { questionCalls } from "./question-calls.ts";
import { tableCalls } from "./table-calls.ts";
import { uncalled } from "./uncalled-functions.ts";
import { LeakWatch, markedFiles, markIn, startListener } from "./watch-leaks.ts";

const restricted = { sensitivity: "restricted" } as const;

/** Of each public function that takes or gives data; later ones read what earlier ones wrote. */
const calls: Calls = { ...tableCalls, ...corpusCalls, ...questionCalls };

describe("no restricted value leaves by", () => {
  let world: PlantedWorld;
  let listener: Awaited<ReturnType<typeof startListener>>;
  const watch = new LeakWatch();
  before(async () => {
    world = await plantWorld();
    listener = await startListener();
    process.env["ROUNDS_APPROVALS"] = join(world.folder, "approvals.json");
  });
  after(async () => {
    await listener.close();
    rmSync(world.folder, { recursive: true });
  });

  for (const [name, made] of Object.entries(calls)) {
    it(name, async () => {
      for (const call of made(world)) assert.equal(await watch.leaksOf(call), undefined, call.toString());
    });
  }

  it("a model that is not approved", async () => {
    await rounds.confirmEndpoint(listener.url);
    const cacheFolder = join(world.folder, "cache");
    const model = await rounds.connectModel(listener.url, {
      selfCheck: false,
      encode: () => [1],
      cacheFolder,
    });
    const { questions, samples } = world;
    const asked = [
      () => rounds.scoreQuestions(model, questions, { strategy: rounds.zeroShot() }),
      () =>
        rounds.scoreQuestions(model, questions, {
          strategy: rounds.chainOfThought(),
          scoring: "generate" as const,
        }),
      () => rounds.tryPrompt(rounds.zeroShot(), questions[0]!, model),
      () => rounds.compareStrategies([rounds.zeroShot(), rounds.noPrompt()], questions, model),
      () => rounds.reasonedSamples(questions, model),
      () =>
        rounds.generateChains(questions, (requests, options) => model.generate(requests, options), {
          parse: rounds.parseAnswer,
        }),
      () => rounds.scoreQuestions(model, questions, { strategy: rounds.nearestExamples(questions) }),
      () =>
        rounds.scoreQuestions(model, [{ ...questions[0]!, sensitivity: "public" as const }], {
          strategy: rounds.fewShot(questions.slice(2)),
        }),
    ];
    for (const call of asked) {
      await assert.rejects(call, /restricted/u);
      assert.equal(await watch.leaksOf(call), undefined);
    }
    assert.equal(samples.length, 24);
    assert.equal(markIn(listener.requests.join("\n")), undefined);
  });

  it("any public function that is not named with a reason, given anything", async () => {
    const fuzzed = Object.entries(rounds).filter(
      (entry): entry is [string, (...values: unknown[]) => unknown] =>
        typeof entry[1] === "function" && !Object.hasOwn(uncalled, entry[0]),
    );
    const { table, rows, documents, questions, samples, results, model, tokenizer, exported, planted } =
      world;
    const held: readonly unknown[] = [
      table,
      rows,
      rows[0],
      documents,
      documents[0],
      questions,
      questions[0],
      { questions, ...restricted },
      samples,
      samples[0],
      results[0],
      results[0]![0],
      model,
      tokenizer,
      await table.profile(),
      await table.toArrow(),
      rounds.fewShot(questions.slice(0, 3)),
      undefined,
      null,
      3,
      "x",
      join(planted, "documents.jsonl"),
      exported,
      (item: unknown) => item,
      { x: "id", y: "age", seed: 1 },
      { strategy: rounds.zeroShot() },
      { questions: samples },
    ];
    const argument = fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...held) },
      fc.array(fc.constantFrom(...held), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom("id", "text", "documents", "questions", "rows", "sensitivity", "x", "pool", "output"),
        fc.constantFrom(...held),
        { maxKeys: 3 },
      ),
    );
    const property = fc.asyncProperty(
      fc.constantFrom(...fuzzed),
      fc.array(argument, { minLength: 1, maxLength: 3 }),
      async ([name, call], given) => {
        const leak = await watch.leaksOf(() => withinSeconds(call(...given)));
        assert.equal(leak, undefined, name);
      },
    );
    await fc.assert(property, { numRuns: 300 });
  });

  it("a file, the cache or the audit log", () => {
    const { folder, planted, exported } = world;
    assert.deepEqual(markedFiles(folder, [planted, exported]), []);
    assert.equal(markIn(readFileSync(auditFile(), "utf8")), undefined);
  });

  it("a function that is named for no reason", () => {
    const functions = Object.entries(rounds).filter(([, value]) => typeof value === "function");
    const names = new Set(functions.map(([name]) => name));
    assert.deepEqual(
      Object.keys(uncalled).filter((name) => !names.has(name)),
      [],
    );
  });
});

/** A call that waits for the world is left alone after a while. */
async function withinSeconds(result: unknown): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, 3000)));
  try {
    return await Promise.race([isIterable(result) ? firstOf(result) : result, late]);
  } finally {
    clearTimeout(timer);
  }
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return (
    typeof (value as AsyncIterable<unknown> | null)?.[Symbol.asyncIterator] === "function" &&
    !(value instanceof rounds.Table)
  );
}

async function firstOf(items: AsyncIterable<unknown>): Promise<unknown> {
  for await (const item of items) return [item, items];
  return items;
}
