import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { compareTexts } from "../../lib/corpus/see/compare-texts.ts";
import { markSpans } from "../../lib/corpus/see/mark-spans.ts";
import { DISPLAY_SYMBOL, toRichBundle } from "../../lib/display/bundle.ts";
import type { Displayable } from "../../lib/display/bundle.ts";

async function shown(value: Displayable): Promise<{ html: string; text: string }> {
  const { data } = toRichBundle(await value[DISPLAY_SYMBOL]());
  return { html: String(data["text/html"] ?? ""), text: String(data["text/plain"]) };
}

const word = fc.constantFrom("dose", "of", "aspirin", "daily", "<b>", "&", "µg", "10", "\n\nThe");
const words = fc.array(word, { maxLength: 60 }).map((list) => list.join(" "));

describe("two texts compared", () => {
  it("hold all words of both, in order", () => {
    fc.assert(
      fc.property(words, words, (left, right) => {
        const { parts, words: counts } = compareTexts({ id: "a", text: left }, { id: "b", text: right });
        const wordsOf = (text: string): string[] => text.split(/\s+/u).filter((each) => each !== "");
        const side = (other: "left" | "right"): string =>
          parts.map(({ kind, text }) => (kind === other ? "" : `${text} `)).join("");
        assert.deepEqual(wordsOf(side("right")), wordsOf(left));
        assert.deepEqual(wordsOf(side("left")), wordsOf(right));
        assert.equal(counts.same + counts.left, wordsOf(left).length);
        assert.equal(counts.same + counts.right, wordsOf(right).length);
      }),
    );
  });

  it("mark what only one has, and escape it", async () => {
    const long = "the same words in both of them and so on ".repeat(20);
    const { html, text } = await shown(
      compareTexts(
        { id: "<old>", text: `${long}<script>alert(1)</script> once ${long}` },
        { id: "new", text: `${long}twice ${long}` },
      ),
    );
    assert.match(html, /<del [^>]*>&lt;script&gt;alert\(1\)&lt;\/script&gt; once <\/del>/u);
    assert.match(html, /<ins [^>]*>twice <\/ins>/u);
    assert.match(html, /<th [^>]*>&lt;old&gt;<\/th>/u);
    assert.ok(html.length < 3000, "what both have is told by its ends");
    assert.match(text, /similarity 0\.\d{3}; 400 words the same, 2 only left, 1 only right/u);
  });

  it("that differ in everything are one difference", () => {
    const text = (prefix: string): string =>
      Array.from({ length: 9000 }, (_, index) => `${prefix}${index}`).join(" ");
    const { words: counts } = compareTexts({ id: "a", text: text("a") }, { id: "b", text: text("b") });
    assert.deepEqual(counts, { same: 0, left: 9000, right: 9000 });
  });

  it("show no word of a restricted text", async () => {
    const { html, text } = await shown(
      compareTexts({ id: "a", text: "secret one", sensitivity: "restricted" }, { id: "b", text: "other" }),
    );
    assert.equal(html, "");
    assert.doesNotMatch(text, /secret|other/u);
  });
});

describe("marked spans", () => {
  it("stand in their place, whole characters, escaped", async () => {
    const text = "x < y, µg daily";
    const start = Buffer.byteLength("x < y, ") + 1;
    const marked = markSpans({ id: "a", text }, [
      { start: 2, end: 3 },
      { start, end: start + 2 },
    ]);
    assert.equal(marked.markedBytes, 3);
    const { html, text: plain } = await shown(marked);
    assert.match(html, /x <mark [^>]*>&lt;<\/mark> y, <mark [^>]*>µg<\/mark> daily/u);
    assert.match(plain, /x \[<\] y, \[µg\] daily/u);
  });

  it("are told by their place in a long text", async () => {
    const text = `${"a".repeat(5000)}SPAN${"b".repeat(5000)}`;
    const { html } = await shown(markSpans({ id: "a", text }, [{ start: 5000, end: 5004 }]));
    assert.match(html, /… 4880 characters …\na{120}<mark [^>]*>SPAN<\/mark>b{120} …/u);
  });

  it("outside of the text or out of order are an error", () => {
    const document = { id: "a", text: "four" };
    assert.throws(() => markSpans(document, [{ start: 0, end: 5 }]), /spans\[0\]/u);
    assert.throws(
      () =>
        markSpans(document, [
          { start: 2, end: 3 },
          { start: 1, end: 2 },
        ]),
      /spans\[1\]/u,
    );
  });

  it("of a restricted text show no word", async () => {
    const document = { id: "a", text: "secret", sensitivity: "restricted" } as const;
    const { html, text } = await shown(markSpans(document, [{ start: 0, end: 3 }]));
    assert.equal(html, "");
    assert.match(text, /1 span, 3 of 6 bytes/u);
    assert.doesNotMatch(text, /sec/u);
  });
});
