import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { Document } from "../../lib/corpus/document.ts";
import { mirrorFolder, noMirror } from "../data/mirror-folder.ts";
import { inFolder, readAll } from "./support-read.ts";

const article = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS 1.3//EN" "JATS-archivearticle1-3.dtd">
<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML" article-type="research-article" xml:lang="EN">
<front><journal-meta><journal-title-group><journal-title>Journal of Tests</journal-title></journal-title-group></journal-meta>
<article-meta>
<article-id pub-id-type="pmid">0123</article-id><article-id pub-id-type="pmc">456</article-id>
<article-id pub-id-type="doi">10.1000/ABC.1</article-id>
<title-group><article-title>Doses of <italic>drug</italic> A</article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Roe</surname><given-names>Ann</given-names></name></contrib>
<contrib contrib-type="editor"><name><surname>No</surname></name></contrib></contrib-group>
<pub-date pub-type="ppub"><year>2011</year></pub-date><pub-date pub-type="epub"><year>2010</year></pub-date>
<permissions><license xlink:href="https://creativecommons.org/licenses/by/4.0/"><license-p>Open access.</license-p></license></permissions>
<abstract><p>Short &amp; clear.</p></abstract>
</article-meta></front>
<body><sec><label>1</label><title>Methods</title><p>We gave 10<sup>6</sup> units<xref ref-type="bibr"><sup>3</sup></xref> of H<sub>2</sub>O &lt; 5.</p>
<sec><title>Analysis</title><p>By <inline-formula><mml:math><mml:msup><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math></inline-formula>.</p>
<list><list-item><p>one</p></list-item><list-item><p>two</p></list-item></list></sec>
<table-wrap><label>Table 1</label><caption><title>Patients.</title><p>All.</p></caption>
<table><thead><tr><th>Arm</th><th>n</th></tr></thead><tbody><tr><td>A</td><td>12</td></tr></tbody></table>
<table-wrap-foot><p>n: number</p></table-wrap-foot></table-wrap></sec>
<sec><title>Competing interests</title><p>None.</p></sec></body>
<back><ref-list><ref><mixed-citation>Someone 1999</mixed-citation></ref></ref-list></back></article>`;

async function readArticle(xml: string, options: object = {}): Promise<Document> {
  const { documents } = await inFolder({ "a.xml": xml }, (folder) => readAll(join(folder, "a.xml"), options));
  return documents[0]!;
}

describe("readDocuments of JATS", () => {
  it("gives the article's text with headings, lists and tables, without references", async () => {
    const { text } = await readArticle(article);
    assert.equal(
      text,
      [
        "Doses of drug A",
        "# Abstract",
        "Short & clear.",
        "# Methods",
        "We gave 10^6 units of H2O < 5.",
        "## Analysis",
        "By x^2.",
        "- one\n- two",
        "Table 1 Patients. All.",
        "Arm | n\nA | 12",
        "n: number",
        "# Competing interests",
        "None.",
      ]
        .join("\n\n")
        .replace("\n\n- one", "\n- one"),
    );
  });

  it("keeps identifiers, licence, journal, year and authors", async () => {
    const { id, licence, metadata } = await readArticle(article);
    assert.equal(id, "PMC456");
    assert.equal(licence, "CC-BY-4.0");
    assert.deepEqual(metadata, {
      title: "Doses of drug A",
      authors: ["Roe, Ann"],
      pmid: "123",
      pmcid: "PMC456",
      doi: "10.1000/abc.1",
      journal: "Journal of Tests",
      year: 2010,
      language: "en",
      articleType: "research-article",
      sections: ["Methods", "Competing interests"],
      licenceText: "Open access.",
    });
  });

  it("leaves out tables and sections by option", async () => {
    const { text } = await readArticle(article, {
      tables: "drop",
      leaveOutSections: ["competing interests"],
    });
    assert.doesNotMatch(text, /Arm|Patients|number|Competing|None/u);
    assert.match(text, /two$/u);
  });

  it("writes formulas, definitions and boxes on, and reads every article of a collection", async () => {
    const formula = String.raw`<alternatives><graphic/><tex-math>\documentclass{a}\begin{document}$$E = mc^2$$\end{document}</tex-math></alternatives>`;
    const body = `<sec><title>A</title><p>Before <disp-formula>${formula}</disp-formula> after.</p>
      <p>Ratio <inline-formula><mml:math><mml:mfrac><mml:mrow><mml:mi>a</mml:mi><mml:mo>+</mml:mo><mml:mi>b</mml:mi></mml:mrow><mml:mn>2</mml:mn></mml:mfrac></mml:math></inline-formula>.</p>
      <def-list><def-item><term>BP</term><def><p>blood pressure</p></def></def-item></def-list>
      <boxed-text><title>Box</title><sec><title>Inner</title><p>In a box.</p></sec></boxed-text>
      <fig><label>Figure 1</label><caption><title>A curve.</title><p>It rises.</p></caption><graphic/></fig></sec>`;
    const retraction = `<article article-type="retraction"><front><article-meta><article-id pub-id-type="doi">10.1000/r</article-id>
      <permissions><ali:license_ref>http://creativecommons.org/licenses/by-nc/4.0/</ali:license_ref></permissions>
      <related-article related-article-type="retracted-article" ext-link-type="doi" xlink:href="10.1000/OLD"/></article-meta></front><body><p>Withdrawn.</p></body></article>`;
    const xml = `<?xml version="1.0"?><!-- set --><pmc-articleset><article><body>${body}</body></article>${retraction}</pmc-articleset>`;
    const { documents, report } = await inFolder({ "set.xml": xml }, (folder) => readAll(folder));
    assert.equal(
      documents[0]!.text,
      [
        "# A",
        "Before",
        "$$E = mc^2$$",
        "after.",
        "Ratio (a+b)/2.\n- BP: blood pressure",
        "## Box",
        "### Inner",
        "In a box.",
        "Figure 1 A curve. It rises.",
      ].join("\n\n"),
    );
    assert.equal(documents[0]!.id, "set.xml");
    assert.equal(documents[1]!.licence, "CC-BY-NC-4.0");
    assert.deepEqual(report.retracted, ["doi:10.1000/old"]);
  });

  it("gives back the text of generated articles", async () => {
    const words = fc.array(fc.stringMatching(/^[\p{L}\p{N}<>&'"]{1,8}$/u), { minLength: 1, maxLength: 8 });
    const paragraph = words.map((held) => held.join(" "));
    const sections = fc.array(
      fc.record({ title: paragraph, paragraphs: fc.array(paragraph, { maxLength: 3 }) }),
      {
        minLength: 1,
        maxLength: 3,
      },
    );
    await fc.assert(
      fc.asyncProperty(paragraph, sections, async (title, held) => {
        const body = held
          .map(
            (section) =>
              `<sec>\n<title>${escaped(section.title)}</title>${section.paragraphs.map((text) => `\n <p>${escaped(text)}</p>`).join("")}</sec>`,
          )
          .join("\n");
        const { text } = await readArticle(
          `<article><front><article-meta><title-group><article-title>${escaped(title)}</article-title></title-group></article-meta></front><body>${body}</body></article>`,
        );
        const expected = [title, ...held.flatMap((section) => [`# ${section.title}`, ...section.paragraphs])];
        assert.equal(text, expected.join("\n\n"));
      }),
      { numRuns: 40 },
    );
  });

  it("reads every article of the PLOS starter corpus", { skip: noMirror }, async () => {
    const path = join(mirrorFolder, "text", "plos_starter_corpus.zip");
    const { documents, report } = await readAll(path);
    assert.equal(report.in, 122);
    assert.equal(report.read, 122);
    assert.deepEqual(report.failures, []);
    assert.equal(new Set(documents.map(({ id }) => id)).size, 122);
    assert.deepEqual(report.retracted, [
      "doi:10.1371/journal.pcbi.0030051",
      "doi:10.1371/journal.ppat.1003435",
    ]);
    assert.equal(report.bytesRead, report.bytesTotal);
    // One article's licence is no Creative Commons licence and stays unknown.
    assert.deepEqual(
      documents.filter(({ licence }) => licence === null).map(({ id }) => id),
      ["doi:10.1371/journal.pmed.1001080"],
    );
    for (const { id, text, metadata } of documents) {
      assert.ok(text.isWellFormed() && text.length > 500, id);
      assert.doesNotMatch(text, /<\/?[a-z]+>|[^\S\n]{2}|\n{3}/u, id);
      assert.equal(metadata["doi"], id.slice("doi:".length));
      assert.match(String(metadata["journal"]), /^PLoS|^PLOS/iu);
      assert.ok(Number(metadata["year"]) >= 2003 && Number(metadata["year"]) <= 2020);
    }
  });
});

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
