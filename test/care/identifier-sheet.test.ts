/** The sheet by which a person judges the finder: what is drawn, who may read it, and what the labels say. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { inspect } from "node:util";
import { JSDOM } from "jsdom";

import { identifierSheet, writeIdentifierSheet } from "../../lib/care/identifier-sheet.ts";
import { findIdentifiers } from "../../lib/care/identifiers/find-identifiers.ts";
import { generateLabelledNotes } from "../../lib/care/labelled-notes.ts";
import { summarizeIdentifierSheet } from "../../lib/care/summarize-identifier-sheet.ts";
import { wilsonInterval } from "../../lib/core/statistics/wilson-interval.ts";

const notes = generateLabelledNotes({ count: 80, seed: "sheet" });
const total = notes.reduce((sum, { text }) => sum + findIdentifiers(text).length, 0);

function temporaryFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "rounds-sheet-"));
  test.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe("identifierSheet", () => {
  it("draws places and passages by its seed, and masks in passages what was found", () => {
    const sheet = identifierSheet(notes, { findings: 60, passages: 40, seed: 1 });
    assert.deepEqual(sheet, identifierSheet(notes, { findings: 60, passages: 40, seed: 1 }));
    assert.notDeepEqual(sheet.key, identifierSheet(notes, { findings: 60, passages: 40, seed: 2 }).key);
    assert.equal(sheet.items.length, 100);
    assert.equal(
      Object.values(sheet.key.found).reduce((sum, count) => sum + count, 0),
      total,
    );
    const texts = new Map(notes.map(({ id, text }) => [id, text]));
    for (const [index, item] of sheet.items.entries()) {
      const text = texts.get(sheet.key.entries[index]!.id)!;
      if ("passage" in item) {
        for (const { start, end } of findIdentifiers(text).filter(({ kind }) => kind === "phone"))
          assert.ok(!item.passage.includes(text.slice(start, end)));
      } else assert.ok(text.includes(item.before + item.found + item.after));
    }
    assert.throws(() => identifierSheet([]), /at least one text/u);
    const restricted = notes.map((note) => ({ ...note, sensitivity: "restricted" }));
    assert.doesNotMatch(inspect(identifierSheet(restricted)), /passage|found/u);
  });

  it("has every passage once where all are drawn: together they are the texts", () => {
    const { items, key } = identifierSheet(notes, { passages: 100_000 });
    const passages = items.flatMap((item, index) =>
      "passage" in item ? [{ id: key.entries[index]!.id, passage: item.passage }] : [],
    );
    assert.equal(passages.length, key.passages);
    for (const { id, text } of notes) {
      const own = passages.filter((each) => each.id === id).map(({ passage }) => passage);
      const masks = own.join("").match(/\[[a-z-]+\]/gu)?.length ?? 0;
      assert.equal(masks, findIdentifiers(text).length);
    }
  });
});

describe("the sheet of identifiers in a folder", () => {
  it("is for this user alone, a page whose text is text, and is not written over", async (test) => {
    const folder = temporaryFolder(test);
    const tricky = [{ id: "1", text: "Mrs. Okafor <script>alert(1)</script>\n\n=SUM(1) said Dr. Haddad." }];
    const sheet = identifierSheet(tricky);
    await writeIdentifierSheet(folder, sheet);
    for (const name of ["identifiers.csv", "identifiers.html", "key.json"])
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
    assert.doesNotMatch(readFileSync(join(folder, "key.json"), "utf8"), /Okafor|Haddad/u);
    const page = readFileSync(join(folder, "identifiers.html"), "utf8");
    const { document } = new JSDOM(page, { runScripts: "dangerously", url: "http://localhost/" }).window;
    assert.equal(document.querySelectorAll("section").length, sheet.items.length);
    assert.ok(document.body.textContent!.includes("<script>alert(1)</script>"));
    assert.equal(document.querySelector("output")!.textContent, `0 of ${sheet.items.length}`);
    assert.ok([...document.querySelectorAll("mark")].some(({ textContent }) => textContent === "Okafor"));
    await assert.rejects(writeIdentifierSheet(folder, sheet), /labels may have been entered/u);
  });

  it("is read back into precision and recall with their intervals", async (test) => {
    const folder = temporaryFolder(test);
    const sheet = identifierSheet(notes, { findings: 50, passages: 40, seed: 3 });
    await writeIdentifierSheet(folder, sheet, { sensitivity: "public" });
    // Five of fifty found in vain; two of forty passages with three misses together; one of each is not judged.
    const path = join(folder, "labels.csv");
    const rows = sheet.key.entries.map(({ code, kind }) => {
      const index = Number(code.slice(1));
      if (kind === "passage") return `${code},${index === 40 ? "" : index === 1 ? 2 : index === 2 ? 1 : 0},`;
      return `${code},${index === 50 ? "" : index <= 5 ? "not an identifier" : "Identifier"},`;
    });
    writeFileSync(path, ["code,label,comment", ...rows, ""].join("\r\n"));
    const audit = await summarizeIdentifierSheet(folder, path);
    assert.deepEqual(audit.precision, { value: 44 / 49, interval: wilsonInterval(44, 49) });
    assert.deepEqual(audit.passagesWithMisses, { value: 2 / 39, interval: wilsonInterval(2, 39) });
    assert.deepEqual(audit.judged, { findings: 49, passages: 39 });
    assert.deepEqual(audit.unlabelled, ["F0050", "P0040"]);
    const right = (44 / 49) * total;
    assert.ok(Math.abs(audit.recall.value - right / (right + (3 / 39) * sheet.key.passages)) < 1e-12);
    const { low, high } = audit.recall.interval;
    assert.ok(low < audit.recall.value && audit.recall.value < high && low > 0 && high < 1);
    assert.equal(
      audit.precisionByKind.reduce((sum, { judged }) => sum + judged, 0),
      49,
    );
  });

  it("counts every identifier of a sheet that covers all the texts", async (test) => {
    const folder = temporaryFolder(test);
    const found = { id: "1", text: "Mrs. Okafor called. Then a Wexu came and sat down." };
    const sheet = identifierSheet([found]);
    await writeIdentifierSheet(folder, sheet);
    const path = join(folder, "identifiers.csv");
    const filled = readFileSync(path, "utf8")
      .replace(/("F0001".*),"",""/u, '$1,"identifier",""')
      .replace(/("P0001".*),"",""/u, '$1,"1",""');
    writeFileSync(path, filled);
    assert.equal((await summarizeIdentifierSheet(folder, path)).recall.value, 0.5);
    writeFileSync(path, filled.replace('"1",""', '"many",""'));
    await assert.rejects(
      summarizeIdentifierSheet(folder, path),
      /row 3: "many" is none of the labels: 0, 1/u,
    );
    writeFileSync(path, "code,label\r\nF0001,identifier\r\n");
    await assert.rejects(summarizeIdentifierSheet(folder, path), /no label of a passage/u);
  });
});
