import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { Document } from "../../lib/corpus/document.ts";
import { mixtureRows } from "../../lib/corpus/mix/exact-shares.ts";
import { mixDocuments, type MixDocumentsOptions } from "../../lib/corpus/mix/mix-documents.ts";
import { planMixture } from "../../lib/corpus/mix/plan-mixture.ts";
import { pretrainingMixture } from "../../lib/paper/pretraining-mixture.ts";

function documents(name: string, lengths: readonly number[]): Document[] {
  return lengths.map((length, index) => ({
    id: `${name}${index}`,
    text: "x".repeat(length),
    source: name,
    licence: null,
    metadata: {},
    sensitivity: "public",
  }));
}

const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 });
const part = fc.record({ lengths, weight: fc.double({ min: 0.1, max: 10, noNaN: true }) });

describe("mixDocuments", () => {
  it("keeps the shares in every stretch, to a document, while no source has ended", async () => {
    await fc.assert(
      fc.asyncProperty(part, part, fc.integer(), async (left, right, seed) => {
        const [a, b] = [documents("a", left.lengths), documents("b", right.lengths)];
        const mixed = mixDocuments(
          { a: { documents: a, weight: left.weight }, b: { documents: b, weight: right.weight } },
          { seed, window: 5 },
        );
        const sizes = { a: 0, b: 0 };
        for await (const { source, text } of mixed) {
          sizes[source as "a" | "b"] += text.length;
          // Neither is ahead of the other by more than its longest document.
          const [aheadA, aheadB] = [sizes.a / left.weight, sizes.b / right.weight];
          assert.ok(aheadA - aheadB <= 50 / left.weight + 1e-9);
          assert.ok(aheadB - aheadA <= 50 / right.weight + 1e-9);
        }
        const { report } = mixed;
        assert.deepEqual([report.sources["a"]!.size, report.sources["b"]!.size], [sizes.a, sizes.b]);
        assert.equal(report.size, sizes.a + sizes.b);
        const total = report.sources["a"]!.share + report.sources["b"]!.share;
        assert.ok(Math.abs(total - 1) < 1e-9);
        assert.equal(report.sources[report.endedBy!]!.finishedEpochs, 1);
      }),
      { numRuns: 60 },
    );
  });

  it("reads every document of every source in each of its epochs, in an order that the seed fixes", async () => {
    const sources = {
      a: { documents: documents("a", [3, 1, 4, 1, 5]), weight: 3, epochs: 3 },
      b: { documents: () => asStream(documents("b", [9, 2])), weight: 1 },
    };
    const ids = (options: Partial<MixDocumentsOptions>) =>
      Array.fromAsync(
        mixDocuments(sources, { seed: 1, window: 3, until: "all-end", ...options }),
        ({ id }) => id,
      );
    const expected = [
      ...["a0", "a1", "a2", "a3", "a4"].flatMap((id) => [id, `${id}@2`, `${id}@3`]),
      "b0",
      "b1",
    ];
    const first = await ids({});
    assert.deepEqual(first.toSorted(), expected.toSorted());
    assert.deepEqual(await ids({}), first);
    assert.notDeepEqual(await ids({ seed: 2 }), first);
    const inOrder = await ids({ window: 1 });
    assert.deepEqual(
      inOrder.filter((id) => id.startsWith("a")),
      ["", "@2", "@3"].flatMap((epoch) => [0, 1, 2, 3, 4].map((index) => `a${index}${epoch}`)),
    );
  });

  it("tells where each document came from", async () => {
    const mixed = mixDocuments({ a: { documents: documents("a", [1]), weight: 1, epochs: 2 } }, { seed: 1 });
    const metadata = await Array.fromAsync(mixed, (document) => document.metadata);
    assert.deepEqual(metadata, [
      { mixtureSource: "a", mixtureEpoch: 1 },
      { mixtureSource: "a", mixtureEpoch: 2 },
    ]);
    assert.deepEqual(mixed.report.sources["a"], {
      documents: 2,
      size: 2,
      finishedEpochs: 2,
      share: 1,
      wanted: 1,
    });
  });

  it("weighs documents, or what is counted, instead of bytes", async () => {
    const sources = {
      a: { documents: documents("a", Array<number>(30).fill(40)), weight: 2 },
      b: { documents: documents("b", Array<number>(30).fill(1)), weight: 1 },
    };
    const counts = async (options: Partial<MixDocumentsOptions>) => {
      const mixed = mixDocuments(sources, { seed: 1, ...options });
      await Array.fromAsync(mixed);
      return [mixed.report.sources["a"]!.documents, mixed.report.sources["b"]!.documents];
    };
    assert.deepEqual(await counts({ unit: "documents" }), [30, 15]);
    assert.deepEqual(await counts({ size: ({ text }) => text.length / 40 }), [2, 30]);
  });

  it("refuses what is no mixture", async () => {
    const a = documents("a", [1]);
    assert.throws(() => mixDocuments({}, { seed: 1 }), { name: "ArgumentError" });
    assert.throws(() => mixDocuments({ a: { documents: a, weight: 0 } }, { seed: 1 }), {
      message: /"weight" must be a number above 0, got 0/u,
    });
    assert.throws(() => mixDocuments({ a: { documents: a, weight: 1 } }, {} as MixDocumentsOptions), {
      message: /"seed" must be/u,
    });
    const empty = mixDocuments({ a: { documents: [], weight: 1 } }, { seed: 1 });
    await assert.rejects(Array.fromAsync(empty), { message: /at least one document each time/u });
  });
});

async function* asStream<Item>(items: readonly Item[]): AsyncGenerator<Item, void, void> {
  yield* items;
}

describe("planMixture", () => {
  it("works out the paper's mixture", () => {
    const { rows, epochs } = pretrainingMixture;
    const plan = planMixture(rows, { epochs });
    assert.ok(Math.abs(plan.tokens / 260e9 - 1) < 1e-6);
    assert.deepEqual(plan.warnings, []);
    for (const domain of plan.domains) {
      assert.ok(Math.abs(domain.epochs - 4) < 1e-4);
      assert.ok(Math.abs(domain.share - domain.availableTokens / 65e9) < 1e-6);
    }
  });

  it("gives each domain the tokens that its weight asks for, and warns of many epochs", () => {
    const domains = [
      { domain: "clinical", tokenCount: 1_000_001 },
      { domain: "general", tokenCount: 500_001 },
    ];
    const plan = planMixture(domains, {
      weights: { clinical: 9, general: 1 },
      tokens: 10_000_000,
      contextLength: 1000,
    });
    assert.deepEqual([plan.rows, plan.tokens], [10_000, 10_000_000]);
    assert.deepEqual(
      plan.domains.map(({ rows, epochs, share }) => [rows, epochs, share]),
      [
        [9000, 9, 0.9],
        [1000, 2, 0.1],
      ],
    );
    assert.equal(plan.warnings.length, 1);
    assert.match(plan.warnings[0]!, /clinical is read 9\.0 times/u);
  });

  it("takes epochs by domain", () => {
    const domains = [
      { domain: "a", tokenCount: 101 },
      { domain: "b", tokenCount: 201 },
    ];
    const plan = planMixture(domains, { epochs: { a: 4, b: 1 }, contextLength: 10 });
    assert.deepEqual(
      plan.domains.map(({ rows }) => rows),
      [40, 20],
    );
    assert.throws(() => planMixture(domains, { epochs: { a: 4 } }), { message: /"epochs\.b" must be/u });
    assert.throws(() => planMixture(domains, { epochs: { a: 4, b: 1, c: 2 } }), { name: "ArgumentError" });
    assert.throws(() => planMixture([...domains, domains[0]!]), { message: /a name once/u });
    assert.throws(() => planMixture(domains, { weights: { a: 1, b: 1 } }), { message: /"tokens" must be/u });
  });
});

describe("mixtureRows", () => {
  it("adds up, and no domain is more than a row a domain away from its share", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(weights, fc.nat(1e6), (thousandths, rows) => {
        const given = thousandths.map((weight) => weight / 1000);
        const counts = mixtureRows(given, rows);
        const sum = thousandths.reduce((total, weight) => total + weight, 0);
        assert.equal(
          counts.reduce((total, count) => total + count, 0),
          rows,
        );
        for (const [index, count] of counts.entries()) {
          assert.ok(Math.abs(count - (rows * thousandths[index]!) / sum) < given.length);
        }
      }),
    );
  });

  it("counts as the trainer does", () => {
    const golden = new URL("../golden/mixture-rows.json", import.meta.url);
    const cases = JSON.parse(readFileSync(golden, "utf8")) as {
      weights: number[];
      rows: number;
      counts: number[];
    }[];
    for (const { weights, rows, counts } of cases) assert.deepEqual(mixtureRows(weights, rows), counts);
  });
});
