/** What readDocuments does with what is broken, hostile, large or empty. */
import assert from "node:assert/strict";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { pack } from "tar-stream";
import { readDocumentLines, writeDocuments } from "../../lib/corpus/document.ts";
import { readDocuments } from "../../lib/corpus/read/read-documents.ts";
import { inFolder, readAll } from "./support-read.ts";

interface ZipFile {
  readonly name: string;
  readonly content: Buffer;
  readonly checksum?: number;
}

/** A zip archive by hand, so that it can hold what no packer writes. */
function zipOf(files: readonly ZipFile[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, checksum = crc32(content) } of files) {
    const packed = deflateRawSync(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(checksum, 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from("PK\u{3}\u{4}"), common, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\u{1}\u{2}\u{14}\0"), common, rest, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\u{5}\u{6}");
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}

async function tarOf(
  files: readonly { name: string; content?: string; type?: "symlink" }[],
): Promise<Buffer> {
  const archive = pack();
  for (const { name, content = "", type } of files) {
    if (type === undefined) archive.entry({ name }, content);
    else archive.entry({ name, type, linkname: "/etc/passwd" });
  }
  archive.finalize();
  const chunks = (await Array.fromAsync(archive as AsyncIterable<Buffer>)) as Buffer[];
  return Buffer.concat(chunks);
}

async function failuresOf(files: Readonly<Record<string, string | Uint8Array>>, options = {}) {
  return inFolder(files, async (folder) => {
    const { documents, report } = await readAll(folder, options);
    const failures = report.failures.map(
      ({ source, reason }) => `${source.slice(folder.length + 1)}: ${reason}`,
    );
    return { documents, report, failures, ids: documents.map(({ id }) => id) };
  });
}

describe("readDocuments", () => {
  it("takes no CSV beside documents for one where it has no texts or lies in an archive, unless it is named", async () => {
    const table = "gene,count\nA,1\n";
    const zip = zipOf([
      { name: "b.txt", content: Buffer.from("More.") },
      { name: "s.csv", content: Buffer.from(table) },
    ]);
    await inFolder({ "a.txt": "Text.", "list.csv": table, "more.zip": zip }, async (folder) => {
      const { report } = await readAll(folder);
      assert.deepEqual([report.read, report.failed, report.skippedFiles], [2, 0, { csv: 2 }]);
      const named = await readAll(join(folder, "list.csv"));
      assert.match(named.report.failures[0]!.reason, /no column "text"/u);
      const asked = await readAll(join(folder, "more.zip"), { format: "csv" });
      assert.match(asked.report.failures[1]!.reason, /in an archive/u);
    });
  });

  it("reads zip archives, refuses what would do harm, and tells it", async () => {
    const zip = zipOf([
      { name: "one.txt", content: Buffer.from("One.") },
      { name: "../../out.txt", content: Buffer.from("Out.") },
      { name: "bomb.txt", content: Buffer.alloc(8 * 1024 * 1024, 97) },
      { name: "wrong.txt", content: Buffer.from("Wrong."), checksum: 1 },
      { name: "picture.jpg", content: Buffer.from("jpeg") },
      { name: "inner.zip", content: zipOf([]) },
      { name: "two.txt", content: Buffer.from("Two.") },
    ]);
    const { ids, failures, report } = await failuresOf({ "a.zip": zip });
    assert.deepEqual(ids, ["a.zip!/one.txt", "a.zip!/two.txt"]);
    assert.deepEqual(failures, [
      "a.zip!/../../out.txt: a name that leads out of the archive",
      "a.zip!/bomb.txt: grows more than 500 times when unpacked",
      "a.zip!/wrong.txt: damaged in the zip archive: the checksum differs",
      "a.zip!/inner.zip, the whole file: an archive in an archive; unpack it",
    ]);
    assert.deepEqual(report.skippedFiles, { jpg: 1 });
  });

  it("reads tar archives, compressed or not, and refuses links and paths that lead out", async () => {
    const tar = await tarOf([
      { name: "one.txt", content: "One." },
      { name: "/etc/two.txt", content: "Two." },
      { name: "link.txt", type: "symlink" },
      { name: "three.txt", content: "Three." },
    ]);
    for (const [name, content] of [
      ["a.tar", tar],
      ["a.tgz", gzipSync(tar)],
    ] as const) {
      const { ids, failures } = await failuresOf({ [name]: content });
      assert.deepEqual(ids, [`${name}!/one.txt`, `${name}!/three.txt`]);
      assert.deepEqual(failures, [
        `${name}!//etc/two.txt: an absolute path as its name`,
        `${name}!/link.txt: a symlink and no file`,
      ]);
    }
  });

  it("keeps what lies before the place where an archive is cut", async () => {
    const tar = await tarOf([
      { name: "one.txt", content: "One." },
      { name: "two.txt", content: "x".repeat(200_000) },
    ]);
    const cut = await failuresOf({ "a.tar": tar.subarray(0, 5000) });
    assert.deepEqual(cut.ids, ["a.tar!/one.txt"]);
    // The file that is cut, and the archive, which may have held more.
    assert.deepEqual(cut.failures, [
      "a.tar!/two.txt: Unexpected end of data",
      "a.tar: a damaged tar archive: Unexpected end of data",
    ]);
    const packed = gzipSync(tar);
    const gzip = await failuresOf({ "a.tar.gz": packed.subarray(0, packed.length - 20) });
    assert.equal(gzip.report.in, gzip.report.read + gzip.report.failed);
    assert.ok(gzip.report.failed >= 1);
    const zip = zipOf([{ name: "one.txt", content: Buffer.from("One.") }]);
    const { failures } = await failuresOf({ "a.zip": zip.subarray(0, zip.length - 10) });
    assert.match(failures[0]!, /^a\.zip: a damaged zip archive/u);
  });

  it("never expands entities, and stops at XML that is deep or broken", async () => {
    const laughs = `<?xml version="1.0"?><!DOCTYPE article [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><article><body><p>&b;</p></body></article>`;
    const outside = `<!DOCTYPE article [<!ENTITY f SYSTEM "file:///etc/passwd">]><article><body><p>&f;</p></body></article>`;
    const { failures, documents } = await failuresOf({
      "a-laughs.xml": laughs,
      "b-outside.xml": outside,
      "c-deep.xml": `<article><body>${"<p>".repeat(2000)}</body></article>`,
      "d-broken.xml": "<article><body><p>text</body></article>",
      "e-cut.xml": "<article><body><p>text",
      "f-other.xml": "<recipe>salt</recipe>",
      "g.xml": "<article><body><p>Good.</p></body></article>",
    });
    assert.deepEqual(
      documents.map(({ text }) => text),
      ["Good."],
    );
    assert.match(failures[0]!, /undefined entity/u);
    assert.match(failures[1]!, /undefined entity/u);
    assert.match(failures[2]!, /deeper than 500/u);
    assert.match(failures[3]!, /not well-formed/u);
    assert.match(failures[4]!, /not well-formed/u);
    assert.match(failures[5]!, /unknown root element <recipe>/u);
  });

  it("says where bytes are no text, or mends and counts them", async () => {
    const bytes = Buffer.concat([Buffer.from("café "), Buffer.from([0xff]), Buffer.from(" end")]);
    const files = {
      "a.txt": bytes,
      "b.jsonl": Buffer.concat([
        Buffer.from('{"id":"1","text":"good"}\n{"text":"'),
        Buffer.from([0xc3, 0x28]),
        Buffer.from('"}\n'),
      ]),
    };
    const failed = await failuresOf(files);
    assert.deepEqual(failed.failures, [
      "a.txt: not utf-8: first wrong byte at 6",
      "b.jsonl, line 2: not utf-8: first wrong byte at 10",
    ]);
    assert.deepEqual(failed.ids, ["1"]);
    const mended = await failuresOf(files, { invalidBytes: "replace" });
    assert.equal(mended.report.repaired, 2);
    assert.equal(mended.documents[0]!.text, "café \u{fffd} end");
  });

  it("reads XML in the encoding that it declares", async () => {
    const xml = Buffer.from(
      '<?xml version="1.0" encoding="ISO-8859-1"?><article><body><p>caf\u{e9}</p></body></article>',
      "latin1",
    );
    const { documents } = await failuresOf({ "a.xml": xml });
    assert.equal(documents[0]!.text, "café");
  });

  it("counts what is empty, broken or without a text, and quotes none of it", async () => {
    const { failures, report } = await failuresOf({
      "a.txt": "",
      "b.md": " \n",
      "c.jsonl": 'secret {\n[1]\n{"id":"x"}\n{"id":"y","text":5}\n{"id":"z","text":""}\n',
      "d.bin": "?",
    });
    assert.deepEqual(failures, [
      "a.txt: empty (0 bytes)",
      "b.md: no text in it",
      "c.jsonl, line 1: not JSON",
      "c.jsonl, line 2: not an object",
      'c.jsonl, line 3: no field "text" (option "textField")',
      'c.jsonl, line 4: the field "text" is not a text',
      "c.jsonl, line 5: no text in it",
    ]);
    assert.deepEqual(report.skippedFiles, { bin: 1 });
  });

  it("gives a second document of an id another one, or stops, by option", async () => {
    const files = {
      "a.jsonl":
        '{"id":"x","text":"1"}\n{"id":"x","text":"2"}\n{"id":"x","text":"3"}\n{"id":"x#2","text":"4"}\n',
    };
    const { ids, report } = await failuresOf(files);
    assert.deepEqual(ids, ["x", "x#2", "x#3", "x#2#2"]);
    assert.equal(report.duplicateIds, 3);
    await assert.rejects(failuresOf(files, { duplicateIds: "error" }), {
      name: "DataError",
      message: /the id "x" was there before/u,
    });
  });

  it("fails documents over the limit and reads the next", async () => {
    const lines = `{"id":"a","text":"${"x".repeat(5000)}"}\n{"id":"b","text":"short"}\n`;
    const { ids, failures } = await failuresOf(
      { "a.jsonl": lines, "b.txt": "y".repeat(3000) },
      { maximumDocumentBytes: 2000 },
    );
    assert.deepEqual(ids, ["b"]);
    assert.match(failures[0]!, /^a\.jsonl, line 1: larger than 2000 bytes/u);
    assert.match(failures[1]!, /^b\.txt: larger than 2000 bytes/u);
  });

  it("survives any damage, with counts that add up", async () => {
    const archive = await tarOf([
      { name: "a.xml", content: "<article><front/><body><p>One &amp; two.</p></body></article>" },
      { name: "b.jsonl", content: '{"id":"b","text":"Three"}\n{"id":"c","text":"Four"}\n' },
    ]);
    const zip = zipOf([
      { name: "a.html", content: Buffer.from("<html><body><p>One</p></body></html>") },
      { name: "b.md", content: Buffer.from("# Two") },
    ]);
    const originals: Record<string, Buffer> = {
      "a.tar": archive,
      "a.tgz": gzipSync(archive),
      "a.zip": zip,
      "a.xml": Buffer.from(
        "<PubmedArticleSet><PubmedArticle><PMID>1</PMID></PubmedArticle></PubmedArticleSet>",
      ),
      "a.wiki": Buffer.from("'''A''' {{b|c}} [[d|e]]\n{|\n| f\n|}"),
    };
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(originals)),
        damage,
        fc.nat(),
        async (name, changes, cut) => {
          const bytes = Buffer.from(originals[name]!);
          for (const [place, value] of changes) bytes[place % bytes.length] = value;
          const damaged = cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes;
          // readAll checks the counts.
          const { report } = await inFolder({ [name]: damaged }, (folder) => readAll(folder));
          assert.ok(report.isComplete);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("reads a document of 200 MB", async () => {
    await inFolder({}, async (folder) => {
      const path = join(folder, "large.jsonl");
      const file = createWriteStream(path);
      file.write('{"id":"large","text":"');
      for (let piece = 0; piece < 200; piece++) file.write("x".repeat(1_000_000));
      file.end('"}\n{"id":"next","text":"small"}\n');
      await finished(file);
      const { documents } = await readAll(path);
      assert.deepEqual(
        documents.map(({ id, text }) => [id, text.length]),
        [
          ["large", 200_000_000],
          ["next", 5],
        ],
      );
    });
  });

  it("can be stopped, and left early", async () => {
    const lines = Array.from({ length: 1000 }, (_, row) => `{"id":"${row}","text":"t"}`).join("\n");
    await inFolder({ "a.jsonl": lines, "b.jsonl": lines }, async (folder) => {
      const controller = new AbortController();
      const stream = readDocuments(folder, { signal: controller.signal });
      await assert.rejects(
        async () => {
          for await (const { id } of stream) if (id === "5") controller.abort(new Error("enough"));
        },
        { message: "enough" },
      );
      assert.equal(stream.report.isComplete, false);
      const early = readDocuments(folder);
      for await (const document of early) if (document.id === "3") break;
      assert.equal(early.report.read, 4);
    });
  });

  it("says what is wrong with its arguments and paths", async () => {
    assert.throws(() => readDocuments([]), { name: "ArgumentError" });
    assert.throws(() => readDocuments("a", { table: "drop" } as never), { message: /did you mean tables/u });
    assert.throws(() => readDocuments("a", { format: "docx" as never }), { message: /"jats", "medline"/u });
    await assert.rejects(Array.fromAsync(readDocuments("no/such/file.xml")), {
      name: "DataError",
      message: /no file no\/such/u,
    });
    await assert.rejects(
      inFolder({}, (folder) => readAll(folder)),
      { message: /holds no file/u },
    );
  });

  it("reads what writeDocuments wrote, as it was", async () => {
    await inFolder(
      {
        "a.jsonl":
          '{"id":"a","text":"One\\u2028 \\ud83d\\ude00","n":1}\n{"id":"b","text":"Two","licence":"MIT"}\n',
      },
      async (folder) => {
        const { documents } = await readAll(join(folder, "a.jsonl"), { sensitivity: "restricted" });
        const path = join(folder, "written.jsonl");
        assert.equal(await writeDocuments(path, documents), 2);
        assert.deepEqual(await Array.fromAsync(readDocumentLines(path)), documents);
        assert.deepEqual((await readAll(path)).documents, documents);
      },
    );
  });
});
