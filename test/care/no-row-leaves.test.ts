/** No restricted value leaves the process by any public function, whatever it is given. */
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";

import { auditFile } from "../../lib/core/audit-log.ts";
import * as rounds from "../../lib/index.ts";
import { patients, plantWorld, type PlantedWorld } from "./planted-world.ts";
import { uncalled } from "./uncalled-functions.ts";
import { LeakWatch, markedFiles, markIn, startListener } from "./watch-leaks.ts";

const restricted = { sensitivity: "restricted" } as const;
const schema = {
  id: "id",
  question: "question",
  options: "options",
  answer: "answerIndex",
  answerIs: "index from 0",
} as const;

async function listOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  return Array.fromAsync(items);
}

/** Calls of each public function that takes or gives data, as a notebook makes them. */
const calls: Readonly<Record<string, (world: PlantedWorld) => readonly (() => unknown)[]>> = {
  Table: ({ table, exported, rows }) => [
    () => table,
    () => table.rows(),
    () => table.head(3),
    () => table.tail(3),
    () => table.where("age > 0").rows(),
    () => table.select("note").orderBy("note").limit(3).rows(),
    () => table.sample(5, { seed: 1 }).rows(),
    () => table.sql("SELECT unit, count(*) AS n FROM this GROUP BY unit").rows(),
    () => table.sql("SELECT error(note) FROM this").rows(),
    () => table.sql("SELECT CAST(note AS INTEGER) FROM this").rows(),
    () => table.where("note = 3").count(),
    () => listOf(table),
    () => table.profile(),
    async () => [await table.profile()],
    () => table.toArrow(),
    async () => ({ held: await table.toArrow() }),
    () => table.writeParquet(join(exported, "table.parquet")),
    () => table.writeCsv(join(exported, "table.csv")),
    async () => rounds.open((await table.writeParquet(join(exported, "again.parquet"))).path),
    () => rows[0],
    () => rows.slice(0, 3),
    () => [rows[0]!["held"], rows[0]!["list"]],
    () => new Map([["a", rows[0]]]),
    () => ({ a: { b: { c: rows } } }),
    () => Promise.reject(rows[0]),
    () => Promise.reject(new Error("no", { cause: rows[0] })),
    () => table.columns(),
    () => table[Symbol.for("rounds.type") as never],
  ],
  open: ({ planted }) =>
    ["patients.jsonl", "broken.jsonl", "ragged.csv", "broken.json", "binary.parquet"].map(
      (name) => async () => (await rounds.open(join(planted, name), restricted)).rows(),
    ),
  fromRows: ({ rows }) => [
    () => rounds.fromRows(rows),
    () => rounds.fromRows([...rows, { note: 1 }]).rows(),
    () => rounds.fromRows(patients(), restricted),
    () => rounds.fromRows([{ note: 1 }, ...patients()], restricted),
  ],
  fromArrow: ({ table }) => [
    async () => rounds.fromArrow(await table.toArrow()),
    async () => (await table.toArrow()).slice(0, 3),
  ],
  show: ({ table, rows, documents, questions }) => [
    () => rounds.show(table),
    () => rounds.show(rows),
    () => rounds.show(documents),
    () => rounds.show(documents[0]),
    () => rounds.show({ questions }),
    () => rounds.show(rows, { caption: "patients" }),
  ],
  readDocuments: ({ planted }) =>
    ["documents.jsonl", "broken.jsonl", "broken.xml", "binary.parquet", "patients.jsonl"].flatMap((name) => [
      async () => listOf(rounds.readDocuments(join(planted, name), { ...restricted, textField: "text" })),
      async () => {
        const documents = rounds.readDocuments(join(planted, name), restricted);
        await listOf(documents);
        return documents.report;
      },
    ]),
  readDocumentLines: ({ planted }) => [
    () => listOf(rounds.readDocumentLines(join(planted, "documents.jsonl"))),
    () => listOf(rounds.readDocumentLines(join(planted, "broken.jsonl"))),
    () => listOf(rounds.readDocumentLines(join(planted, "binary.parquet"))),
  ],
  writeDocuments: ({ exported, documents }) => [
    () => rounds.writeDocuments(join(exported, "documents.jsonl"), documents),
    () => rounds.writeDocuments(exported, documents),
  ],
  filterDocuments: ({ documents }) => [
    ...[
      [rounds.lengthRule({ unit: "words", minimum: 50 })],
      [rounds.personalDataRule()],
      rounds.filterPreset("gopher-quality"),
      rounds.filterPreset("gopher-repetition"),
      [rounds.licenceRule("commercial-use")],
      [rounds.retractedRule(["pmid:1"])],
    ].flatMap((rules) => [
      () => listOf(rounds.filterDocuments(documents, rules)),
      async () => {
        const kept = rounds.filterDocuments(documents, rules);
        await listOf(kept);
        return kept.report;
      },
    ]),
    () => {
      const rule = {
        reasons: ["x"],
        judge: () => {
          throw new Error("rule");
        },
      };
      return listOf(rounds.filterDocuments(documents, [rule as never]));
    },
  ],
  decontaminate: ({ documents, questions }) => [
    async () => {
      const clean = rounds.decontaminate(documents, questions, { threshold: 0.01, runWords: 2 });
      await listOf(clean);
      return clean.report;
    },
  ],
  removeRepeatedSpans: ({ exported, planted }) => [
    () =>
      rounds.removeRepeatedSpans(join(planted, "documents.jsonl"), {
        output: join(exported, "spans"),
        minimumBytes: 40,
      } as never),
  ],
  removeRepeatedSpansInPasses: ({ exported, planted }) => [
    () =>
      rounds.removeRepeatedSpansInPasses(join(planted, "documents.jsonl"), {
        output: join(exported, "passes"),
        minimumBytes: 40,
      } as never),
  ],
  cutRepeatedSpans: ({ documents }) => [() => rounds.cutRepeatedSpans(documents, { minimumBytes: 40 })],
  removeNearDuplicates: ({ exported, planted }) => [
    () =>
      rounds.removeNearDuplicates(join(planted, "documents.jsonl"), {
        output: join(exported, "near"),
      } as never),
  ],
  nearDuplicatesAtAGlance: ({ documents }) => [
    () => rounds.nearDuplicatesAtAGlance(documents),
    () => rounds.nearDuplicatesAtAGlance([...documents, { id: "x" } as never]),
  ],
  pairSameWork: ({ documents }) => [async () => rounds.pairSameWork(documents)],
  sameWorkRule: ({ documents }) => [
    async () => {
      const works = await rounds.pairSameWork(documents);
      return listOf(rounds.filterDocuments(documents, [rounds.sameWorkRule(works)]));
    },
  ],
  compareTexts: ({ documents }) => [() => rounds.compareTexts(documents[0]!, documents[1]!)],
  markSpans: ({ documents }) => [
    () => rounds.markSpans(documents[0]!, [{ start: 2, end: 20 }]),
    () => rounds.markSpans(documents[0]!, [{ start: 2, end: 1e9 }]),
  ],
  mixDocuments: ({ documents }) => [
    () => listOf(rounds.mixDocuments({ notes: { documents, weight: 1 } } as never, { seed: 1 })),
    async () => {
      const mixed = rounds.mixDocuments({ notes: { documents, weight: 1 } } as never, { seed: 1 });
      await listOf(mixed);
      return mixed.report;
    },
  ],
  trainTokenizer: ({ documents }) => [() => rounds.trainTokenizer(documents, { vocabularySize: 300 })],
  tokenizeDocuments: ({ documents, exported, tokenizer }) => [
    () =>
      rounds.tokenizeDocuments(documents, {
        output: join(exported, "tokens"),
        domain: "notes",
        tokenizer,
        workers: 1,
      }),
    () => rounds.openTokenShards(join(exported, "tokens")),
    () => rounds.corpusLicences([join(exported, "tokens")]),
    () => rounds.findLicenceConflicts([join(exported, "tokens")], "commercial"),
  ],
  encodeSamples: ({ samples, tokenizer }) => [
    () => listOf(rounds.encodeSamples(samples, { tokenizer })),
    () => listOf(rounds.encodeSamples([{ ...samples[0]!, assistant: "" }], { tokenizer })),
  ],
  writeInstructShards: ({ samples, exported, tokenizer }) => [
    () => rounds.writeInstructShards(join(exported, "instruct"), samples, { tokenizer }),
  ],
  mixSamples: ({ samples }) => [
    () => rounds.mixSamples({ notes: samples } as never, { weights: { notes: 1 } }),
  ],
  sampleText: ({ samples }) => [() => rounds.sampleText({ ...samples[0]!, assistant: undefined } as never)],
  questionSamples: ({ questions }) => [
    () => listOf(rounds.questionSamples(questions, { source: "q" } as never)),
  ],
  readInstructSamples: ({ planted }) => [
    () =>
      listOf(
        rounds.readInstructSamples(join(planted, "samples.jsonl"), {
          format: "question-answer",
          ...restricted,
        }),
      ),
    () =>
      listOf(
        rounds.readInstructSamples(join(planted, "broken.jsonl"), {
          format: "question-answer",
          ...restricted,
        }),
      ),
  ],
  loadQuestions: ({ planted }) => [
    () => rounds.loadQuestions(join(planted, "questions.jsonl"), { schema, ...restricted }),
    () => rounds.loadQuestions(join(planted, "broken.jsonl"), { schema, ...restricted }),
    () => rounds.loadQuestions(join(planted, "samples.jsonl"), { schema, ...restricted }),
    () =>
      rounds.loadQuestions(join(planted, "questions.jsonl"), {
        schema: { ...schema, answer: "context" },
        ...restricted,
      }),
    () =>
      rounds.loadQuestions(join(planted, "questions.jsonl"), {
        schema: { ...schema, split: "context" },
        split: "x",
        ...restricted,
      }),
    () =>
      rounds.loadQuestions(join(planted, "questions.jsonl"), {
        schema: { ...schema, answerText: "context" },
        ...restricted,
      }),
  ],
  questionOverlap: ({ questions }) => [
    () => rounds.questionOverlap(questions, questions, { threshold: 0.3 }),
  ],
  answerBalance: ({ questions }) => [() => rounds.answerBalance(questions)],
  scoreQuestions: ({ model, questions }) =>
    (["full-text", "generate", "chain-then-full-text"] as const).map(
      (scoring) => () =>
        rounds.scoreQuestions(model, questions, {
          strategy: scoring === "full-text" ? rounds.zeroShot() : rounds.chainOfThought(),
          scoring,
        }),
    ),
  summarizeResults: ({ results }) => [() => rounds.summarizeResults(results[0]!), () => results],
  compareResults: ({ results }) => [() => rounds.compareResults(results[0]!, results[1]!, { samples: 100 })],
  flippedQuestions: ({ results, questions }) => [
    () =>
      rounds.flippedQuestions(questions, rounds.compareResults(results[0]!, results[1]!, { samples: 100 })),
  ],
  writeResults: ({ results, exported, planted }) => [
    () => rounds.writeResults(join(exported, "results.jsonl"), results[0]!),
    () => rounds.readResults(join(exported, "results.jsonl")),
    () => rounds.readResults(join(exported, "documents.jsonl")),
    () => rounds.readResults(join(planted, "broken.jsonl")),
  ],
  reviewSheet: ({ results, questions, exported }) => [
    () => rounds.reviewSheet(questions, results[0]!, results[1]!),
    () => rounds.reviewSheet(questions, results[0]!, results[1]!).items,
    () => rounds.reviewSheet(questions.slice(0, 1), results[0]!, results[1]!),
    () =>
      rounds.writeReviewSheet(
        join(exported, "review"),
        rounds.reviewSheet(questions, results[0]!, results[1]!),
      ),
    () => rounds.summarizeReview(join(exported, "review"), join(exported, "review", "review.csv") as never),
  ],
  tryPrompt: ({ questions, model }) => [
    () => rounds.tryPrompt(rounds.chainOfThought(), questions[0]!, model),
    async () => [await rounds.tryPrompt(rounds.zeroShot(), questions[0]!, model)],
    async () => (await rounds.tryPrompt(rounds.zeroShot(), questions[0]!, model)).runs,
    async () => (await rounds.tryPrompt(rounds.zeroShot(), questions[0]!, model)).vote,
  ],
  compareStrategies: ({ questions, model }) => [
    () => rounds.compareStrategies([rounds.zeroShot(), rounds.chainOfThought()], questions, model),
    async () =>
      (await rounds.compareStrategies([rounds.zeroShot(), rounds.noPrompt()], questions, model)).rows,
  ],
  fewShot: ({ questions }) => {
    const strategy = () => rounds.fewShot(questions.slice(0, 3));
    const write = () => strategy().prompts!([questions[5]!] as never, {} as never);
    return [
      strategy,
      write,
      () => rounds.fewShot([...questions, { ...questions[0]!, split: "test" }]),
      () => rounds.diffStrategies(strategy(), rounds.zeroShot()),
    ];
  },
  nearestExamples: ({ questions, model }) => [
    () => rounds.nearestExamples(questions),
    () => rounds.scoreQuestions(model, questions, { strategy: rounds.nearestExamples(questions) }),
  ],
  generateChains: ({ questions, model }) => [
    () =>
      rounds.generateChains(questions, (asked, options) => model.generate(asked, options), {
        parse: rounds.parseAnswer,
      }),
  ],
  reasonedSamples: ({ questions, model, exported }) => [
    () => rounds.reasonedSamples(questions, model, { aside: join(exported, "aside.jsonl") }),
  ],
  contextRows: ({ exported }) => [
    async () =>
      rounds.contextRows(
        [await rounds.openTokenShards(join(exported, "tokens"))] as never,
        { contextLength: 16 } as never,
      ),
  ],
  runPipeline: ({ exported, planted }) => [
    () =>
      rounds.runPipeline({
        version: 1,
        output: join(exported, "pipeline"),
        sources: [{ name: "notes", paths: [join(planted, "documents.jsonl")], ...restricted }],
      }),
  ],
  figures: ({ rows, table }) => [
    ...[
      rounds.lineFigure,
      rounds.scatterFigure,
      rounds.barFigure,
      rounds.boxFigure,
      rounds.heatmapFigure,
    ].map(
      (draw) => () =>
        (draw as (rows: readonly object[], options: object) => unknown)(rows, {
          x: "id",
          y: "age",
          z: "age",
          label: "note",
          color: "unit",
        }),
    ),
    () => rounds.histogramFigure(rows, { x: "age", color: "unit" }),
    async () => rounds.lineFigure((await table.head(30)) as never, { x: "id", y: "age" }),
    () => rounds.figure({ data: [{ type: "scatter", customdata: rows }], layout: {} }),
    () => ({ data: [{ type: "scatter", customdata: rows }], layout: {} }),
  ],
  markdown: ({ rows, documents }) => [
    () => rounds.html`<p>${rows as never}</p>`,
    () => rounds.markdown(documents[0] as never),
  ],
  progress: ({ documents }) => [() => listOf(rounds.progress(documents, { label: "notes" }) as never)],
  replayModel: ({ questions, results }) => {
    const recorded = results[0]!.map(({ id, dataset, outputs = [] }) => ({
      id,
      dataset,
      outputs,
      ...restricted,
    }));
    const model = rounds.replayModel("recorded", recorded);
    return [
      () => model,
      () =>
        rounds.scoreQuestions(model, questions, { strategy: rounds.chainOfThought(), scoring: "generate" }),
      () => rounds.replayModel("recorded", [...recorded, ...recorded]),
    ];
  },
};

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
