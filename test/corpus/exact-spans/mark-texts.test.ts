import assert from "node:assert/strict";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { SeededRandom } from "../../../lib/core/seeded-random.ts";
import { AnchorList, anchorsAlike } from "../../../lib/corpus/exact-spans/anchor-list.ts";
import { Anchors } from "../../../lib/corpus/exact-spans/anchors.ts";
import { markTexts, type MarkedTexts } from "../../../lib/corpus/exact-spans/mark-texts.ts";
import { RepeatedWindows } from "../../../lib/corpus/exact-spans/repeated-windows.ts";
import { SpanMarks } from "../../../lib/corpus/exact-spans/span-marks.ts";
import { TextsInFiles } from "../../../lib/corpus/exact-spans/texts.ts";
import { temporaryFolder } from "../near-duplicates/duplicate-cases.ts";
import { plainSpans, repetitiveTexts, runsOf } from "./cases.ts";

const spansOf = ({ marks, starts }: MarkedTexts, text: number) => [
  ...marks.spans(starts[text]!, starts[text + 1]! - 1),
];

describe("markTexts", () => {
  it("marks the windows of the definition, and the first of each", () => {
    fc.assert(
      fc.property(repetitiveTexts, fc.integer({ min: 1, max: 40 }), (texts, minimumBytes) => {
        const marked = markTexts(texts, minimumBytes);
        const { repeated, first } = plainSpans(texts, minimumBytes);
        for (const text of texts.keys()) {
          const [start, end] = [marked.starts[text]!, marked.starts[text + 1]! - 1];
          assert.deepEqual(spansOf(marked, text), runsOf(repeated[text]!));
          assert.deepEqual([...marked.marks.removals(start, end, "none")], runsOf(repeated[text]!));
          assert.deepEqual(
            [...marked.marks.removals(start, end, "first")],
            runsOf(repeated[text]!.map((flag, place) => flag && !first[text]![place])),
          );
        }
      }),
      { numRuns: 700 },
    );
  });

  it("finds copies among anchors whose windows are more than the table holds", () => {
    const random = new SeededRandom("many windows");
    const letter = () => String.fromCharCode(97 + random.integer(0, 26));
    const own = () => Array.from({ length: 60 }, letter).join("");
    // Its hash is low: most windows that hold it have their anchor in it.
    const phrase = "Copyright 1501. All rights reserved";
    const texts = Array.from({ length: 20_000 }, () => own() + phrase + own());
    texts[19_000] = texts[7]!;
    texts[19_500] = texts[9]!.slice(10, 115);
    const marked = markTexts(texts, 100);
    const found = [...texts.keys()].flatMap((text) =>
      spansOf(marked, text).map((span) => ({ text, ...span })),
    );
    assert.deepEqual(found, [
      { text: 7, start: 0, end: 155 },
      { text: 9, start: 10, end: 115 },
      { text: 19_000, start: 0, end: 155 },
      { text: 19_500, start: 0, end: 105 },
    ]);
  });
});

describe("repeated windows of texts in a file", () => {
  it("are those of the texts in memory", (test) => {
    const path = join(temporaryFolder(test), "texts");
    fc.assert(
      fc.property(repetitiveTexts, fc.integer({ min: 1, max: 40 }), (texts, minimumBytes) => {
        const { bytes, starts, marks } = markTexts(texts, minimumBytes);
        writeFileSync(path, bytes);
        const descriptor = openSync(path, "r");
        try {
          const anchors = new Anchors(minimumBytes);
          const fromFile = new SpanMarks(bytes.length);
          const inFile = new TextsInFiles([{ descriptor, start: 0 }], anchors);
          const windows = new RepeatedWindows(anchors, inFile, fromFile);
          const list = new AnchorList();
          for (const text of texts.keys()) {
            anchors.scan(bytes, starts[text]!, starts[text + 1]! - 1, {
              onAnchor: (position, hash) => list.add(position, hash),
              onPeriodic: (start, end) => fromFile.repeated(start, end),
            });
          }
          for (const positions of anchorsAlike(list.take().words)) windows.mark(positions);
          for (const keep of ["first", "none"] as const) {
            const all = (some: SpanMarks) => [...some.removals(0, bytes.length, keep)];
            assert.deepEqual(all(fromFile), all(marks));
          }
        } finally {
          closeSync(descriptor);
        }
      }),
      { numRuns: 150 },
    );
  });
});
