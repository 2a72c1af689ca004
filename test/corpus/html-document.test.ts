/** The tree that pages are read from. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { parse, type DefaultTreeAdapterTypes } from "parse5";
import { parseHtml } from "../../lib/corpus/read/html.ts";
import { htmlDocument } from "../../lib/corpus/read/html-document.ts";

const tags = "p div b i a table tbody tr td ul li h1 pre svg math title template select form br".split(" ");
const soup = fc
  .array(
    fc.oneof(
      fc.constantFrom(...tags).map((tag) => `<${tag}>`),
      fc.constantFrom(...tags).map((tag) => `</${tag}>`),
      fc.constantFrom(...tags).map((tag) => `<${tag} class=x lang="é" xlink:href='#a' b>`),
      fc.constantFrom(
        "words",
        " ",
        "&amp; &lt &nbsp;",
        "&#x1F600;",
        "<!-- said -->",
        "<![CDATA[x]]>",
        "<",
        "\0",
      ),
      fc.constantFrom(
        "<html lang=en>",
        "<head>",
        "<body>",
        "</body>",
        "<!doctype html>",
        "<noscript>n</noscript>",
      ),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(""));

/** Names whatever their case, attributes and texts, in order. */
function shape(node: Node): unknown {
  if (node.nodeType === 3 || node.nodeType === 8) return node.nodeValue;
  const attributes = [...((node as Element).attributes ?? [])].map(({ name, value }) => `${name}=${value}`);
  return [node.nodeName.toUpperCase(), attributes.toSorted(), [...node.childNodes].map(shape)];
}

/** The same of a node of parse5's own. */
function standardShape(node: DefaultTreeAdapterTypes.Node): unknown {
  if ("value" in node) return node.value;
  if ("data" in node) return node.data;
  const { nodeName, attrs, childNodes } = node as DefaultTreeAdapterTypes.Element;
  const attributes = attrs.map(({ prefix, name, value }) => `${prefix ? `${prefix}:` : ""}${name}=${value}`);
  return [nodeName.toUpperCase(), attributes.toSorted(), childNodes.map(standardShape)];
}

describe("htmlDocument", () => {
  it("builds the tree of the standard, whatever is wrong with the page", () => {
    fc.assert(
      fc.property(soup, (page) => {
        const expected = parse(page, { scriptingEnabled: false }).childNodes.find(
          ({ nodeName }) => nodeName === "html",
        )!;
        assert.deepEqual(shape(htmlDocument(page).documentElement), standardShape(expected));
      }),
      { numRuns: 500 },
    );
  });

  it("takes a page that is nested deeply, up to where looking for its text would take minutes", async () => {
    const page = (depth: number) => `${"<div>".repeat(depth)}deep`;
    const { text } = await parseHtml(Buffer.from(page(250)), {
      invalidBytes: "fail",
      onReplaced: () => {},
    });
    assert.equal(text, "deep");
    assert.throws(() => htmlDocument(page(100_000)), /^UnreadableError: HTML deeper than 500 elements$/u);
  });

  it("knows the title wherever it stands, and makes none", () => {
    assert.equal(htmlDocument("<body><title> A\n title </title>").title, "A title");
    const page = htmlDocument("<p>text");
    assert.deepEqual([page.title, page.head.childNodes.length], ["", 0]);
  });
});
