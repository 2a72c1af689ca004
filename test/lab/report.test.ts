/** The report: what it holds, what it says is missing, and that no text of a study becomes markup. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";
import { JSDOM, VirtualConsole } from "jsdom";

import { notedSensitivity } from "../../lib/core/lineage.ts";
import { reportPage } from "../../lib/lab/report/report-page.ts";
import type { ReportContent } from "../../lib/lab/report/report-content.ts";
import { writeReport } from "../../lib/lab/report/write-report.ts";
import { lineFigure } from "../../lib/plots/index.ts";
import { errata } from "../../lib/paper/errata.ts";
import { writeReportedStudy } from "./reported-study.ts";

const hostile = `</script><script>globalThis.hacked = true</script><img src=x onerror="alert(1)"> ' " & \u0000`;

function parse(page: string): Document {
  return new JSDOM(page, { virtualConsole: new VirtualConsole() }).window.document;
}

describe("writeReport", () => {
  const home = mkdtempSync(join(tmpdir(), "rounds-report-"));
  const output = join(home, "report.html");
  let study: Awaited<ReturnType<typeof writeReportedStudy>>;
  before(async () => {
    study = await writeReportedStudy(home);
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  it("shows every public figure with its picture, words, key, content and code", async () => {
    const written = await writeReport(output, study);
    const document = parse(readFileSync(output, "utf8"));
    assert.equal(document.querySelectorAll("figure.live").length, written.figures);
    for (const figure of document.querySelectorAll("figure.live")) {
      assert.match(figure.querySelector("img")!.getAttribute("src")!, /^data:image\/png;base64,/u);
      assert.ok(figure.querySelector("img")!.alt.length > 10);
      const { data } = JSON.parse(figure.querySelector("script")!.textContent!) as { data: unknown[] };
      assert.ok(data.length > 0);
    }
    const record = JSON.parse(readFileSync(join(study.study, "figure-2", "stage.json"), "utf8")) as {
      key: string;
      fingerprint: string;
    };
    const words = document.querySelector("#stage-figure-2")!.textContent!;
    for (const needed of [record.key, record.fingerprint, "facts.txt", "documents"])
      assert.ok(words.includes(needed), needed);
    for (const link of document.querySelectorAll<HTMLAnchorElement>("#numbers a, #provenance a"))
      assert.match(
        document.querySelector(link.getAttribute("href")!)!.textContent!,
        /How it was made|A key is of/u,
      );
    assert.ok(document.querySelector("#stage-figure-2 .badge")!.textContent!.includes("planted"));
    assert.equal(document.querySelectorAll("#errata article").length, errata.length);
    assert.ok(written.bytes < 4_000_000, `${written.bytes} bytes`);
  });

  it("keeps numbers on planted facts and on real questions in tables of their own, with intervals", () => {
    const document = parse(readFileSync(output, "utf8"));
    const [planted, real] = [...document.querySelectorAll("#numbers table")].map(
      (table) => table.textContent!,
    );
    assert.match(planted!, /Accuracy on planted facts/u);
    assert.match(planted!, /55 to 65/u);
    assert.doesNotMatch(planted!, /real/u);
    assert.match(real!, /Accuracy on real questions/u);
    assert.doesNotMatch(real!, /planted/u);
    assert.ok(planted!.includes("made-up ones") && !planted!.includes("true ones"));
    assert.ok(real!.includes("true ones") && !real!.includes("made-up ones"));
  });

  it("holds of what is restricted its shape alone, also of what was made from it", () => {
    const page = readFileSync(output, "utf8");
    assert.equal(page.includes("Jane Secret"), false);
    assert.match(
      parse(page).querySelector("#stage-notes")!.textContent!,
      /restricted: fewer than 11 rows, not shown/u,
    );
    const rows = [...parse(page).querySelectorAll("#numbers tr")].map((row) =>
      [...row.querySelectorAll("td")].map((cell) => cell.textContent),
    );
    assert.deepEqual(
      rows.filter(([stage]) => stage === "Notes"),
      [
        ["Notes", "patients", "fewer than 11", "not shown"],
        ["Notes", "visits", "about 1,230", "not shown"],
        ["Notes", "mean age", "not shown", "not shown"],
      ],
    );
    assert.equal(notedSensitivity(output), "restricted");
    assert.match(parse(page).querySelector("#stage-ages")!.textContent!, /figure is restricted/u);
  });

  it("says what is missing and what is stale, and names no folder of this machine", async () => {
    const page = readFileSync(output, "utf8");
    assert.match(parse(page).querySelector(".missing")!.textContent!, /Figure 3, accuracy by prompting/u);
    assert.equal(page.includes(home), false);
    writeFileSync(join(home, "facts.txt"), "another fact");
    const { stale } = await writeReport(join(home, "stale.html"), study);
    assert.ok(stale.includes("figure-2"), stale.join());
    const stalePage = readFileSync(join(home, "stale.html"), "utf8");
    assert.match(stalePage, /“Figure 2: accuracy on planted facts” is stale/u);
    assert.match(stalePage, /“Documents” is stale: facts\.txt has changed/u);
    assert.equal(stalePage.includes(home), false);
    writeFileSync(join(home, "facts.txt"), "a fact");
    const table = join(study.study, "table-2-real", "table.json");
    const rows = readFileSync(table);
    rmSync(table);
    await writeReport(join(home, "stale.html"), study);
    const other = readFileSync(join(home, "stale.html"), "utf8");
    assert.match(other, /is stale: table-2-real[\\/]table\.json is missing/u);
    assert.equal(other.includes(home), false);
    writeFileSync(table, rows);
  });

  it("is the same each time, and without a study says so", async () => {
    const again = join(home, "again.html");
    await writeReport(again, study);
    assert.ok(readFileSync(again).equals(readFileSync(output)));
    const { missing, stages } = await writeReport(join(home, "empty.html"));
    assert.equal(stages, 0);
    assert.equal(missing.length, 3);
    await assert.rejects(writeReport(join(home, "report.pdf")), /"path" must be a name that ends in \.html/u);
  });
});

describe("reportPage", () => {
  const empty: ReportContent = { title: "t", stages: [], stale: [], runs: [], results: [], missing: [] };
  const scriptsOf = (page: Document): string[] =>
    [...page.querySelectorAll("script")].map((script) => script.type || "javascript");
  let usual: string[];
  before(async () => {
    usual = scriptsOf(parse(await reportPage(empty)));
  });

  function contentOf(text: string): ReportContent {
    const record = {
      version: 1 as const,
      key: text,
      name: "a",
      title: text,
      kind: "figure" as const,
      settings: { [text]: text },
      code: { commit: text, hasChanges: true },
      inputs: [{ stage: text, key: text, fingerprint: text }],
      files: [{ path: `/folder/${text}`, bytes: 1, sha256: text }],
      values: { [text]: { value: 1, compare: "exact" as const } },
      runId: text,
      fingerprint: text,
      seconds: 1,
      finishedAt: text,
      outputs: [],
    };
    return {
      title: text,
      stages: [
        {
          record,
          chain: [record],
          origin: "not said",
          isRestricted: false,
          table: { rows: [{ [text]: text, other: { [text]: [text] } }], count: 1 },
          figure: lineFigure([{ x: 1, y: 2, run: text }], { x: "x", y: "y", color: "run", title: text }),
        },
      ],
      stale: [{ stage: text, title: text, why: text, because: [text] }],
      runs: [{ id: text, spec: { recipe: text }, facts: [[text, text]], figures: [] }],
      results: [],
      missing: [text],
    };
  }

  it("makes text of every text, however hostile", async () => {
    const texts = fc.oneof(
      fc.constant(hostile),
      fc
        .array(
          fc.oneof(
            fc.constantFrom("</script>", "<!--", "]]>", "<img src=x onerror=x>", "&lt;", "${x}", '"', "'"),
            fc.string({ maxLength: 8 }),
          ),
          { maxLength: 6 },
        )
        .map((parts) => parts.join("")),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const page = parse(await reportPage(contentOf(text)));
        assert.deepEqual(scriptsOf(page), ["application/json", ...usual]);
        for (const element of page.querySelectorAll("*"))
          for (const name of element.getAttributeNames()) assert.ok(!name.startsWith("on"), name);
        assert.equal(page.querySelectorAll("img:not([src^='data:'])").length, 0);
        const { layout } = JSON.parse(page.querySelector("figure.live script")!.textContent!) as {
          layout: { title: { text: string } };
        };
        assert.equal(typeof layout.title.text, "string");
      }),
      { numRuns: 12, examples: [[hostile]] },
    );
  });

  it("names no address that a browser would ask, but in plotly's own code", async () => {
    const page = parse(await reportPage(contentOf("x")));
    for (const element of page.querySelectorAll("[src], [href]")) {
      const address = element.getAttribute("src") ?? element.getAttribute("href")!;
      assert.match(address, /^(?:data:|#)/u);
    }
    assert.match(page.querySelector("meta[http-equiv]")!.getAttribute("content")!, /default-src 'none'/u);
  });
});
