import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { fromRows } from "../../lib/table/from-rows.ts";
import { mirrorFolder, noMirror } from "../data/mirror-folder.ts";
import { inFolder, readAll } from "./support-read.ts";

const pubmed = `<?xml version="1.0"?><PubmedArticleSet>
<PubmedArticle><MedlineCitation><PMID Version="1">11</PMID><Article><Journal><JournalIssue><PubDate><MedlineDate>1998 Dec-1999 Jan</MedlineDate></PubDate></JournalIssue><Title>The Journal</Title></Journal>
<ArticleTitle>A trial of <i>X</i>.</ArticleTitle><ELocationID EIdType="doi">10.1000/ABC</ELocationID>
<Abstract><AbstractText Label="BACKGROUND">Why.</AbstractText><AbstractText Label="RESULTS">What &lt; that.</AbstractText></Abstract>
<AuthorList><Author><LastName>Roe</LastName><ForeName>Ann</ForeName></Author><Author><CollectiveName>The Group</CollectiveName></Author></AuthorList>
<Language>eng</Language><PublicationTypeList><PublicationType>Retracted Publication</PublicationType></PublicationTypeList></Article>
<MeshHeadingList><MeshHeading><DescriptorName>Aspirin</DescriptorName></MeshHeading></MeshHeadingList></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pmc">PMC7</ArticleId></ArticleIdList><ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.9999/other</ArticleId></ArticleIdList></Reference></ReferenceList></PubmedData></PubmedArticle>
<PubmedArticle><MedlineCitation><PMID>12</PMID><Article><ArticleTitle>Retraction: something.</ArticleTitle><PublicationTypeList><PublicationType>Retraction of Publication</PublicationType></PublicationTypeList></Article>
<CommentsCorrectionsList><CommentsCorrections RefType="RetractionOf"><RefSource>J</RefSource><PMID>10</PMID></CommentsCorrections></CommentsCorrectionsList></MedlineCitation></PubmedArticle>
</PubmedArticleSet>`;

const medquad = `<?xml version="1.0" encoding="UTF-8"?><Document id="0000001" source="Somewhere" url="https://example.org/a">
<Focus>Flu</Focus><FocusAnnotations><UMLS><CUIs><CUI>C01</CUI></CUIs></UMLS></FocusAnnotations><QAPairs>
<QAPair pid="1"><Question qid="0000001-1" qtype="information">What is flu ?</Question><Answer>A   virus.


Very   common.</Answer></QAPair>
<QAPair pid="2"><Question qid="0000001-2" qtype="treatment">How ?</Question><Answer></Answer></QAPair></QAPairs></Document>`;

const paragraph =
  "The patient was given a dose of the drug each morning, and her pressure fell within the week. ".repeat(4);
const page = `<!DOCTYPE html><html lang="EN"><head><title>A dose</title><meta name="citation_doi" content="10.1000/Html.1">
<link rel="license" href="https://creativecommons.org/licenses/by-sa/4.0/"><script>evil()</script></head>
<body><nav><a href="/">Home</a> <a href="/more">Menu entry</a></nav><article><h1>A dose</h1><p>${paragraph}</p><h2>Results</h2><p>${paragraph}</p>
<ul><li>first</li><li>second</li></ul></article><footer>Cookie notice</footer></body></html>`;

const wiki = `{{Infobox drug|name=x}}
'''Aspirin''' is a [[drug]]<ref>cited</ref> for [[pain|pains]].
== Uses ==
* one
* two
== References ==
{{reflist}}
[[Category:Drugs]]`;

async function readOne(name: string, content: string | Uint8Array, options = {}) {
  return inFolder({ [name]: content }, (folder) => readAll(join(folder, name), options));
}

describe("readDocuments finds the format and reads", () => {
  it("PubMed's XML: labels, identifiers, notices", async () => {
    const { documents, report } = await readOne("pubmed.xml.gz", gzipSync(pubmed));
    assert.equal(documents[0]!.text, "A trial of X.\n\n# BACKGROUND\n\nWhy.\n\n# RESULTS\n\nWhat < that.");
    assert.equal(documents[0]!.id, "pmid:11");
    assert.deepEqual(documents[0]!.metadata, {
      title: "A trial of X.",
      authors: ["Roe, Ann", "The Group"],
      pmid: "11",
      pmcid: "PMC7",
      doi: "10.1000/abc",
      journal: "The Journal",
      year: 1998,
      language: "eng",
      publicationTypes: ["Retracted Publication"],
      mesh: ["Aspirin"],
      retracted: true,
    });
    assert.equal(documents[1]!.text, "Retraction: something.");
    assert.deepEqual(report.retracted, ["pmid:11", "doi:10.1000/abc", "pmid:10"]);
    assert.deepEqual(report.formats, { medline: 2 });
  });

  it("MedQuAD's XML: a document for each answered question", async () => {
    const { documents, report } = await readOne("0000001.xml", medquad, { licence: "CC-BY-4.0" });
    assert.deepEqual(
      documents.map(({ id, text, licence }) => ({ id, text, licence })),
      [{ id: "0000001-1", text: "What is flu ?\n\nA virus.\n\nVery common.", licence: "CC-BY-4.0" }],
    );
    assert.deepEqual(documents[0]!.metadata["cui"], ["C01"]);
    assert.match(report.failures[0]!.reason, /without an answer/u);
    assert.equal(report.in, 2);
  });

  it("web pages: the main text alone", async () => {
    const { documents } = await readOne("page.html", page);
    const { text, licence, metadata } = documents[0]!;
    assert.match(
      text,
      /^# A dose\n\nThe patient .*\n\n## Results\n\nThe patient .*week\.\n- first\n- second$/su,
    );
    assert.doesNotMatch(text, /Menu|Cookie|evil/u);
    assert.equal(licence, "CC-BY-SA-4.0");
    assert.equal(metadata["doi"], "10.1000/html.1");
    assert.equal(metadata["language"], "en");
  });

  it("web pages in the encoding that they declare, and those without a main text", async () => {
    const latin = Buffer.from(
      '<html><head><meta charset="iso-8859-1"><title>T</title></head><body>caf\u00e9</body></html>',
      "latin1",
    );
    const { documents } = await readOne("page.htm", latin);
    assert.match(documents[0]!.text, /café/u);
    const bad = Buffer.from("<html><body>caf\u00e9</body></html>", "latin1");
    const { report } = await readOne("page.htm", bad);
    assert.equal(report.failures[0]!.reason, "not utf-8: first wrong byte at 16");
    const list = await readOne(
      "list.html",
      "<html><body><table><tr><td>a</td><td>b</td></tr></table><pre>x\n  y</pre></body></html>",
    );
    assert.match(list.documents[0]!.text, /a \| b\n\nx\n {2}y/u);
  });

  it("wiki markup and MediaWiki dumps", async () => {
    const expected = "Aspirin is a drug for pains.\n\n## Uses\n\n- one\n- two";
    const { documents } = await readOne("page.wiki", wiki);
    assert.equal(documents[0]!.text, expected);
    assert.deepEqual(documents[0]!.metadata, { categories: ["Drugs"] });
    const escaped = wiki.replaceAll("<", "&lt;");
    const dump = `<mediawiki xml:lang="en"><siteinfo/><page><title>Aspirin</title><ns>0</ns><id>5</id><revision><id>9</id><text>${escaped}</text></revision></page>
      <page><title>ASA</title><ns>0</ns><id>6</id><redirect title="Aspirin"/><revision><text>#REDIRECT [[Aspirin]]</text></revision></page>
      <page><title>Talk:Aspirin</title><ns>1</ns><id>7</id><revision><text>hi</text></revision></page></mediawiki>`;
    const read = await readOne("dump.xml", dump);
    assert.equal(read.documents[0]!.text, `# Aspirin\n\n${expected}`);
    assert.equal(read.documents[0]!.id, "wiki:5");
    assert.deepEqual(
      read.report.failures.map(({ reason }) => reason),
      ["a redirect", "not an article but a page of another namespace"],
    );
  });

  it("Markdown with a front matter, and plain text", async () => {
    const markdown = '---\ntitle: "Doses"\nlicense: CC BY 4.0\n---\n\n# First\r\n\r\ntext *here*\r\n';
    const files = { "a.md": markdown, "sub/b.txt": "\u{feff}one\r\ntwo\n" };
    const { documents } = await inFolder(files, (folder) => readAll(folder));
    assert.deepEqual(
      documents.map(({ id, text, licence }) => ({ id, text, licence })),
      [
        { id: "a.md", text: "# First\n\ntext *here*", licence: "CC-BY-4.0" },
        { id: "sub/b.txt", text: "one\ntwo", licence: null },
      ],
    );
    assert.equal(documents[0]!.metadata["title"], "Doses");
  });

  it("JSON Lines, whatever the fields are called", async () => {
    const lines = [
      '{"key":7,"body":"One.","license":"cc-by","n":2,"tags":["a"],"deep":{"x":1}}',
      "",
      '{"key":"b","body":"Two."}',
    ];
    const { documents } = await readOne("rows.jsonl.zst", zstdCompressSync(Buffer.from(lines.join("\n"))), {
      textField: "body",
      idField: "key",
      sensitivity: "restricted",
    });
    assert.deepEqual(
      documents.map(({ source: _source, ...rest }) => rest),
      [
        {
          id: "7",
          text: "One.",
          licence: "CC-BY",
          metadata: { license: "cc-by", n: 2, tags: ["a"], deep: '{"x":1}' },
          sensitivity: "restricted",
        },
        { id: "b", text: "Two.", licence: null, metadata: {}, sensitivity: "restricted" },
      ],
    );
  });

  it("identifiers that are large numbers, never rounded", async () => {
    const lines =
      '{"id":12345678901234567891,"text":"a"}\n{"id":12345678901234567892,"text":"b"}\n{"id":9007199254740991,"text":"c"}\n';
    const { documents, report } = await readOne("rows.jsonl", lines);
    assert.deepEqual(
      documents.map(({ id }) => id),
      ["9007199254740991"],
    );
    assert.match(report.failures[0]!.reason, /the number in "id" is past 2\^53/u);
    await inFolder({ "keep.txt": "x" }, async (folder) => {
      const path = join(folder, "rows.parquet");
      await fromRows([{ id: 2n ** 62n + 1n, text: "a" }]).writeParquet(path);
      assert.equal((await readAll(path)).documents[0]!.id, "4611686018427387905");
    });
  });

  it("Parquet, streamed", async () => {
    await inFolder({ "keep.txt": "x" }, async (folder) => {
      const path = join(folder, "rows.parquet");
      const rows = Array.from({ length: 3000 }, (_, row) => ({
        id: `r${row}`,
        text: `Text ${row}`,
        year: 2000,
      }));
      await fromRows(rows).writeParquet(path);
      const { documents, report } = await readAll(path);
      assert.equal(report.read, 3000);
      assert.equal(documents[2999]!.text, "Text 2999");
      assert.equal(documents[5]!.id, "r5");
    });
  });

  it("CSV and TSV as texts, also compressed, quotes and line breaks kept", async () => {
    const csv =
      '\ufeffROW_ID,TEXT,AGE,license\r\n007,"Chest pain,\r\n""severe""",54,cc-by\r\n8,,3,\r\n9,42,3,\r\n';
    const files = { "a.csv": csv, "b.csv.gz": gzipSync(csv), "c.tsv": "ROW_ID\tTEXT\n1\ta, b\n" };
    const fields = { textField: "TEXT", idField: "ROW_ID" };
    const { documents, report } = await inFolder(files, (folder) => readAll(folder, fields));
    const expected = {
      text: 'Chest pain,\r\n"severe"',
      licence: "CC-BY",
      metadata: { AGE: "54", license: "cc-by" },
    };
    const [first] = documents;
    assert.deepEqual(first, { ...expected, id: "007", source: first!.source, sensitivity: "public" });
    assert.deepEqual(
      documents.map(({ id, text }) => [id, text.slice(0, 5)]),
      [
        ["007", "Chest"],
        ["9", "42"],
        ["007#2", "Chest"],
        ["9#2", "42"],
        ["1", "a, b"],
      ],
    );
    assert.deepEqual(
      report.failures.map(({ reason }) => reason),
      ['nothing in the field "TEXT"', 'nothing in the field "TEXT"'],
    );
    const broken = "id,text\n1,a secret of somebody\n2,a secret,too many\n";
    const restricted = await readOne("broken.csv", broken, { sensitivity: "restricted" });
    assert.equal(restricted.report.failed, 1);
    assert.doesNotMatch(JSON.stringify(restricted.report), /secret/u);
  });

  it("the mirror's articles", { skip: noMirror }, async () => {
    const { documents, report } = await readAll(join(mirrorFolder, "text", "openstax_medical_ccby.jsonl.gz"));
    assert.equal(report.read, 953);
    assert.equal(report.failed, 0);
    assert.equal(documents[0]!.licence, "CC-BY-4.0");
  });
});
