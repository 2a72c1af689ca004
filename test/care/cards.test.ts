/** Cards say what is known and name what is not; nothing that is put in becomes markup. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import * as fc from "fast-check";

import { cardHtml } from "../../lib/care/card/card-html.ts";
import { cardMarkdown } from "../../lib/care/card/card-markdown.ts";
import { countText, type Card } from "../../lib/care/card/card.ts";
import { dataCard, type CorpusFacts } from "../../lib/care/card/data-card.ts";
import { modelCard, type ModelCardFacts, type ModelProvenance } from "../../lib/care/card/model-card.ts";
import { checkNotes, tripodItems } from "../../lib/care/card/tripod-items.ts";

const golden = new URL("../golden/cards/", import.meta.url);

const sources = [
  { source: "pmc.tar.gz", documentCount: 90, tokenCount: 9000 },
  { source: "notes | <b>.jsonl", documentCount: 10, tokenCount: 1000 },
];
const licences = [
  { name: "clinical", kind: "data", licence: "CC-BY-4.0", documentCount: 90, tokenCount: 9000 },
  { name: "clinical", kind: "data", licence: "CC-BY-NC-4.0", documentCount: 10, tokenCount: 1000 },
] as const;

const made: ModelProvenance = {
  format: "rounds-export",
  version: 1,
  run: "2026-03-01-100000-clinical-abc123",
  name: "clinical <model>",
  step: 1200,
  tokensSeen: 4_915_200,
  supervisedTokens: 4_915_200,
  weights: "bfloat16",
  purpose: "research",
  licences: [...licences, { name: "mistral-7b", kind: "weights", licence: "apache-2.0" }],
  config: {
    recipe: "pretraining",
    seed: 7,
    model: { architecture: "mistral", initializeFrom: { kind: "safetensors", path: "mistral-7b" } },
    data: { contextLength: 4096 },
    optimization: { steps: 1200 },
    choices: [
      { name: "optimization.learningRate", value: 1e-5, source: "paper Table 1" },
      { name: "checkpoint.everySteps", value: 200, source: "not stated in the paper: a tenth | of the run" },
    ],
  },
  data: [
    {
      part: "train",
      domain: "clinical",
      weight: 3,
      sensitivity: "public",
      fingerprint: "sha256:00",
      documentCount: 100,
      tokenCount: 10_000,
      sources,
    },
    {
      part: "train",
      domain: "general",
      weight: 1,
      sensitivity: "public",
      fingerprint: "sha256:11",
      documentCount: null,
      tokenCount: null,
      sources: [],
    },
    {
      part: "heldOut",
      domain: "clinical",
      weight: null,
      sensitivity: "public",
      fingerprint: "sha256:22",
      documentCount: 5,
      tokenCount: 500,
      sources: [],
    },
  ],
  losses: [
    { on: "train", step: 1200, domain: "clinical", loss: 1.23456, tokens: 12_000 },
    { on: "heldOut", step: 1200, domain: "clinical", loss: "NaN", tokens: 400 },
  ],
  code: { commit: "0".repeat(40), hasChanges: true },
};

const corpus: CorpusFacts = {
  name: "corpus-2026",
  steps: [
    {
      step: "read",
      in: 120,
      kept: 118,
      droppedBy: { unreadable: 2 },
      warnings: ["2 documents cannot be read, the first: /home/someone/in/a.xml: torn"],
    },
    {
      step: "filter",
      in: 118,
      kept: 100,
      droppedBy: { retracted: 3, "licence-unknown": 15, length: 0 },
      warnings: [],
    },
  ],
  shards: [
    {
      name: "train/clinical",
      domain: "clinical",
      sensitivity: "public",
      tokenizer: "mistral",
      documentCount: 100,
      tokenCount: 10_000,
      sources,
      licences,
    },
  ],
};

const facts: ModelCardFacts = {
  corpora: [corpus],
  evaluations: [
    {
      dataset: "medqa-test",
      model: "m",
      strategy: "zero-shot",
      scoring: "full-text",
      isRestricted: true,
      chance: 0.25,
      overall: { n: 200, accuracy: 0.5, interval: { low: 0.4313, high: 0.5687 } },
      bySubject: [
        { subject: "anatomy", n: 193, accuracy: 0.5, interval: { low: 0.43, high: 0.57 } },
        { subject: "rare", n: 7, accuracy: 1, interval: { low: 0.6, high: 1 } },
      ],
    },
  ],
  canaries: {
    version: 1,
    model: { name: "m", fingerprint: "f" },
    spaceSize: 1e9,
    ranked: 1000,
    groups: [
      {
        repetitions: 0,
        canaries: 10,
        extracted: 0,
        extractedInterval: { low: 0, high: 0.28 },
        exposed: 0,
        meanExposure: 1.4,
      },
      {
        repetitions: 8,
        canaries: 10,
        extracted: 2,
        extractedInterval: { low: 0.06, high: 0.51 },
        exposed: 3,
        meanExposure: 6.25,
      },
    ],
    canaries: [],
    isMemorised: true,
  },
  audit: { entries: 42, head: "ab".repeat(32), problems: 0 },
  notes: { "3b": "Researchers of one hospital.", "13": "No approval was needed: public data." },
};

function compare(name: string, text: string): void {
  const path = new URL(name, golden);
  if (process.env["UPDATE_GOLDEN"] !== undefined) {
    mkdirSync(golden, { recursive: true });
    writeFileSync(path, text);
  }
  assert.equal(text, readFileSync(path, "utf8"), name);
}

describe("cards", () => {
  it("are the golden ones, as Markdown and HTML", () => {
    for (const [name, card] of [
      ["model", modelCard(made, facts)],
      ["model-alone", modelCard({ ...made, purpose: null, losses: [], code: null })],
      [
        "data",
        dataCard(corpus, { audit: facts.audit!, purpose: "research", notes: { "3a": "Clinical text." } }),
      ],
    ] as const) {
      compare(`${name}.md`, cardMarkdown(card));
      compare(`${name}.html`, cardHtml(card));
    }
  });

  it("tell what is not known, and every item of the guideline once", () => {
    const markdown = cardMarkdown(modelCard(made));
    for (const words of [
      "No results of this model were found",
      "Not tested: whether",
      "No audit log was kept",
    ])
      assert.ok(markdown.includes(words), words);
    const items = modelCard(made, facts).sections.at(-1)!.tables![0]!.rows;
    assert.deepEqual(
      items.map(([item]) => item),
      [...tripodItems.keys()],
    );
    const answers = new Map(items.map(([item, , answer]) => [item, answer]));
    assert.equal(answers.get("3b"), "Researchers of one hospital.");
    assert.equal(answers.get("5c"), "NOT FILLED");
    assert.equal(answers.get("17"), "see “Evaluation”");
    const bare = new Map(
      modelCard(made)
        .sections.at(-1)!
        .tables![0]!.rows.map(([item, , answer]) => [item, answer]),
    );
    assert.equal(bare.get("17"), "NOT FILLED", "a section that has nothing to say answers nothing");
    assert.throws(() => checkNotes({ "99": "x" }), /"notes" must be texts by item of TRIPOD-LLM: 3a/u);
    assert.throws(() => checkNotes({ "3a": " " }), /"notes\.3a" must be a text that is not empty/u);
  });

  it("tell no small count of restricted data, nor one that follows from two others", () => {
    assert.deepEqual(
      [0, 3, 9, 10, 14, 1234].map((count) => countText(count, true)),
      ["0", "fewer than 11", "fewer than 11", "fewer than 11", "about 10", "about 1,230"],
    );
    const restricted = corpus.shards.map((shards) => ({ ...shards, sensitivity: "restricted" }));
    const markdown = cardMarkdown(dataCard({ ...corpus, shards: restricted }));
    assert.match(markdown, /retracted fewer than 11/u);
    assert.ok(!markdown.includes("a.xml"));
    const interval = { low: 0, high: 1 };
    const shownOf = (...sizes: readonly number[]): string[] => {
      const bySubject = sizes.map((n) => ({ subject: `s${n}`, n, accuracy: 1, interval }));
      const n = sizes.reduce((sum, size) => sum + size, 0);
      const overall = { n, accuracy: 1, interval };
      const evaluations = [{ ...facts.evaluations![0]!, overall, bySubject }];
      const text = cardMarkdown(modelCard(made, { ...facts, evaluations }));
      return sizes.filter((size) => !text.includes(`| s${size} | not shown | - | - |`)).map(String);
    };
    assert.deepEqual(shownOf(193, 50), ["193", "50"]);
    assert.deepEqual(shownOf(193, 50, 7), ["193"], "7 is the whole less the two others");
    assert.deepEqual(shownOf(193, 7), []);
    assert.deepEqual(shownOf(193, 50, 7, 5), ["193", "50"]);
  });

  it("make no markup of what is put in, and keep their tables' shape", () => {
    const text = fc.oneof(
      fc.constantFrom(
        "<script>alert(1)</script>",
        "a | b",
        "`x`",
        "[a](javascript:b)",
        "1. x",
        "- y",
        "&lt;",
        "a\nb",
      ),
      fc.string(),
    );
    const card = fc.record({
      title: text,
      warning: text,
      head: fc.constant({}),
      sections: fc.array(
        fc.record({
          title: text,
          paragraphs: fc.array(text, { maxLength: 2 }),
          points: fc.array(text, { maxLength: 2 }),
          tables: fc.array(
            fc.record({
              columns: fc.tuple(text, text),
              rows: fc.array(fc.tuple(text, text), { maxLength: 3 }),
            }),
            { maxLength: 2 },
          ),
        }),
        { maxLength: 2 },
      ),
    });
    fc.assert(
      fc.property(card, (drawn: Card) => {
        const page = cardHtml(drawn);
        const tags = [...page.matchAll(/<\/?([a-z0-9!]+)/giu)].map(([, name]) => name!.toLowerCase());
        assert.ok(tags.every((tag) => !["script", "a", "img", "b"].includes(tag)));
        const tables = drawn.sections.flatMap((section) => section.tables ?? []);
        const rows = tables.reduce((sum, { rows: own }) => sum + own.length, 0);
        assert.equal(tags.filter((tag) => tag === "td").length, 2 * 2 * rows);
        const markdown = cardMarkdown(drawn);
        assert.ok(!/(?<!\\)<script/u.test(markdown));
        const lines = markdown.split("\n").filter((line) => line.startsWith("| "));
        assert.equal(lines.length, rows + 2 * tables.length);
        for (const line of lines) assert.equal(line.match(/(?<!\\)(?:\\\\)*\|/gu)!.length, 3);
      }),
      { numRuns: 200 },
    );
  });
});
