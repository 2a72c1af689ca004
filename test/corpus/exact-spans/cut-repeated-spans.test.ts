import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { cutRepeatedSpans } from "../../../lib/corpus/exact-spans/cut-repeated-spans.ts";
import { plainlyCut, plainSpans, repetitiveTexts, runsOf } from "./cases.ts";

const settings = {
  minimumBytes: fc.integer({ min: 1, max: 40 }),
  keep: fc.constantFrom("first" as const, "none" as const),
};

/** How often each window of bytes comes. */
function windowCounts(texts: readonly string[], minimumBytes: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const bytes = Buffer.from(text);
    for (let start = 0; start + minimumBytes <= bytes.length; start++) {
      const window = bytes.toString("latin1", start, start + minimumBytes);
      counts.set(window, (counts.get(window) ?? 0) + 1);
    }
  }
  return counts;
}

describe("cutRepeatedSpans", () => {
  it("takes out what the definition says, whole characters, and counts it", () => {
    fc.assert(
      fc.property(repetitiveTexts, fc.record(settings), (texts, { minimumBytes, keep }) => {
        const documents = texts.map((text, id) => ({ id, text, source: "made" }));
        const { documents: kept, spans, report } = cutRepeatedSpans(documents, { minimumBytes, keep });
        const left = plainlyCut(texts, minimumBytes, keep);
        const wellFormed = texts.map((text) => text.toWellFormed());
        const expected = left.flatMap((text, id) => {
          if (text === wellFormed[id]) return [documents[id]!];
          return text === "" ? [] : [{ id, text, source: "made" }];
        });
        assert.deepEqual(kept, expected);
        const plain = plainSpans(texts, minimumBytes).repeated;
        assert.deepEqual(spans, plain.map(runsOf));
        const bytes = (some: readonly string[]) =>
          some.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
        assert.equal(report.documents, report.kept + report.emptied);
        assert.equal(report.kept, expected.length);
        assert.equal(report.changed, expected.filter(({ id, text }) => text !== texts[id]).length);
        assert.equal(report.textBytes, bytes(texts));
        assert.equal(report.keptBytes, bytes(left));
        assert.equal(report.textBytes, report.keptBytes + report.removedBytes);
        assert.equal(report.spans, spans.flat().length);
        assert.equal(report.repeatedBytes, plain.flat().filter(Boolean).length);
      }),
      { numRuns: 500 },
    );
  });

  it("leaves every repeated window somewhere as it was", () => {
    fc.assert(
      fc.property(repetitiveTexts, settings.minimumBytes, (texts, minimumBytes) => {
        const { documents } = cutRepeatedSpans(
          texts.map((text) => ({ text })),
          { minimumBytes },
        );
        const left = windowCounts(
          documents.map(({ text }) => text),
          minimumBytes,
        );
        for (const [window, count] of windowCounts(texts, minimumBytes)) {
          if (count > 1) assert.ok(left.has(window), window);
        }
      }),
    );
  });

  it("keeps documents as they are when nothing repeats, empty ones too", () => {
    const documents = [{ text: "" }, { text: "short" }, { text: "short" }, { text: "a longer one" }];
    const { documents: kept, report } = cutRepeatedSpans(documents, { minimumBytes: 6 });
    assert.deepEqual(kept, documents);
    assert.deepEqual([report.spans, report.removedBytes, report.emptied], [0, 0, 0]);
  });

  it("keeps what a window that comes first shares with one that does not", () => {
    const documents = ["ABCDEFGH", "EFGHIJKL", "EFGHIJKL"].map((text) => ({ text }));
    const texts = (keep: "first" | "none") =>
      cutRepeatedSpans(documents, { minimumBytes: 4, keep }).documents.map(({ text }) => text);
    // FGHI comes first in the second text, with three letters of EFGH.
    assert.deepEqual(texts("first"), ["ABCDEFGH", "FGHIJKL"]);
    assert.deepEqual(texts("none"), ["ABCD"]);
  });

  it("cuts inward where a character lies across the end of a span", () => {
    // é is C3 A9, è is C3 A8: their first bytes repeat.
    const documents = [{ text: "123456é" }, { text: "123456è" }];
    const { documents: kept, spans } = cutRepeatedSpans(documents, { minimumBytes: 7, keep: "none" });
    assert.deepEqual(spans, [[{ start: 0, end: 7 }], [{ start: 0, end: 7 }]]);
    assert.deepEqual(kept, [{ text: "é" }, { text: "è" }]);
  });

  it("says what is wrong", () => {
    assert.throws(() => cutRepeatedSpans([{ text: 1 as never }]), {
      name: "ArgumentError",
      message: '"documents[0].text" must be a text, got 1 (number)',
    });
    assert.throws(
      () => cutRepeatedSpans([], { minimumBytes: 0 }),
      /"minimumBytes" must be a whole number from 1/u,
    );
    assert.throws(
      () => cutRepeatedSpans([], { keep: "last" as never }),
      /one of "first", "none", got "last"/u,
    );
  });
});
