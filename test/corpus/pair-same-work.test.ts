import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { Document, Metadata } from "../../lib/corpus/document.ts";
import { filterDocuments } from "../../lib/corpus/filter/filter-documents.ts";
import { normalisedDoi, normalisedPmcid, normalisedPmid } from "../../lib/corpus/identifiers.ts";
import { KeyTable } from "../../lib/corpus/key-table.ts";
import { readDocuments } from "../../lib/corpus/read/read-documents.ts";
import { pairSameWork, sameWorkRule } from "../../lib/corpus/same-work/pair-same-work.ts";
import type { PairSameWorkOptions } from "../../lib/corpus/same-work/pair-same-work.ts";
import { isPreprint, workKeys } from "../../lib/corpus/same-work/work-keys.ts";
import { mirrorFolder, noMirror } from "../data/mirror-folder.ts";

function document(id: string, metadata: Metadata, text = "text"): Document {
  return { id, text, source: "test", licence: null, metadata, sensitivity: "public" };
}

async function keptOf(documents: readonly Document[], options: PairSameWorkOptions = {}): Promise<string[]> {
  const works = await pairSameWork(documents, options);
  return (await Array.fromAsync(filterDocuments(documents, [sameWorkRule(works)]))).map(({ id }) => id);
}

const title = "Effects of lornoxicam on the physiology of severe sepsis";

describe("pairSameWork", () => {
  it("groups by each identifier and by title with an author, and says why", async () => {
    const works = await pairSameWork([
      document(
        "full",
        { pmid: "15", pmcid: "PMC7", doi: "10.1000/A", title, authors: ["Roe, Ann", "Poe, Bo"] },
        "x".repeat(99),
      ),
      document("abstract", { pmid: 15 }),
      document("mirror", { doi: "https://doi.org/10.1000/a" }),
      document("other", {
        doi: "10.1000/b",
        title: "A different title of enough words",
        authors: ["Roe, Ann"],
      }),
      document("preprint", {
        doi: "10.1101/2020.01.02.123456v2",
        title: `${title}.`.toUpperCase(),
        authors: ["Bo Poe"],
      }),
      document("older", { doi: "10.1101/2020.01.02.123456v1" }),
      document("none", {}),
    ]);
    assert.deepEqual(works.groups, [
      {
        kept: "full",
        dropped: ["abstract", "mirror", "preprint", "older"],
        links: [
          { earlier: "full", later: "abstract", reason: "pmid", evidence: "pmid:15" },
          { earlier: "full", later: "mirror", reason: "doi", evidence: "doi:10.1000/a" },
          {
            earlier: "full",
            later: "preprint",
            reason: "title-and-author",
            evidence: `${title.toLowerCase()} / poe`,
          },
          {
            earlier: "preprint",
            later: "older",
            reason: "doi-version",
            evidence: "doi-version:10.1101/2020.01.02.123456",
          },
        ],
      },
    ]);
    assert.deepEqual(works.report, {
      in: 7,
      kept: 3,
      dropped: 4,
      droppedBy: { pmid: 1, pmcid: 0, doi: 1, "doi-version": 2, "title-and-author": 0 },
      withoutKeys: 1,
    });
  });

  it("keeps the published version, unless it is much shorter, the longest, or the first", async () => {
    const preprint = document("preprint", { pmid: "1", articleType: "preprint" }, "x".repeat(100));
    const published = document("published", { pmid: "1" }, "x".repeat(60));
    const abstract = document("abstract", { pmid: "1" }, "x".repeat(10));
    assert.deepEqual(await keptOf([abstract, preprint, published]), ["published"]);
    assert.deepEqual(await keptOf([abstract, preprint]), ["preprint"]);
    assert.deepEqual(await keptOf([abstract, preprint, published], { keep: "longest" }), ["preprint"]);
    assert.deepEqual(await keptOf([abstract, preprint, published], { keep: "first" }), ["abstract"]);
  });

  it("does not pair on short titles, titles alone, or other authors", async () => {
    assert.deepEqual(
      await keptOf([
        document("a", { title: "Author reply", authors: ["Roe, Ann"] }),
        document("b", { title: "Author reply", authors: ["Roe, Ann"] }),
        document("c", { title }),
        document("d", { title, authors: ["Roe, Ann"] }),
        document("e", { title, authors: ["Poe, Bo"] }),
      ]),
      ["a", "b", "c", "d", "e"],
    );
  });

  it("finds the same groups as comparing all with all, with counts that add up", async () => {
    const metadata = fc.record(
      {
        pmid: fc.constantFrom("1", "2", "3", "4", "05"),
        doi: fc.constantFrom(
          "10.1000/a",
          "10.1000/B",
          "10.1000/b",
          "10.48550/arXiv.1.1v1",
          "10.48550/arxiv.1.1v2",
        ),
        pmcid: fc.constantFrom("PMC1", "2", "PMC3"),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(metadata, { maxLength: 14 }), async (all) => {
        const documents = all.map((held, index) => document(`d${index}`, held));
        const works = await pairSameWork(documents);
        const groups = works.groups.map(({ kept, dropped }) => [kept, ...dropped].toSorted());
        assert.deepEqual(groups.toSorted(), slowGroups(documents).toSorted());
        const { report } = works;
        assert.equal(report.in, report.kept + report.dropped);
        assert.equal(
          report.dropped,
          Object.values(report.droppedBy).reduce((total, count) => total + count, 0),
        );
        const filtered = filterDocuments(documents, [sameWorkRule(works)]);
        assert.equal((await Array.fromAsync(filtered)).length, report.kept);
      }),
    );
  });

  it("refuses ids that are not unique, and takes an empty corpus", async () => {
    await assert.rejects(pairSameWork([document("a", {}), document("a", {})]), {
      name: "DataError",
      message: /id "a"/u,
    });
    assert.equal((await pairSameWork([])).report.in, 0);
    await assert.rejects(pairSameWork([], { keep: "best" as never }), {
      message: /"published", "longest", "first"/u,
    });
  });

  it("finds the mirror's articles again under other ids", { skip: noMirror }, async () => {
    const path = join(mirrorFolder, "text", "plos_starter_corpus.zip");
    const articles = await Array.fromAsync(readDocuments(path));
    const preprints = articles.slice(0, 40).map((article, index) => ({
      ...article,
      id: `preprint ${index}`,
      metadata: { ...article.metadata, doi: `10.1101/${100_000 + index}`, articleType: "preprint" },
    }));
    const works = await pairSameWork([...preprints, ...articles]);
    // Editorials with short titles or without authors cannot be told.
    const usable = articles.slice(0, 40).filter((article) => workKeys(article).length > 1).length;
    assert.ok(usable >= 30);
    assert.equal(works.report.dropped, usable);
    for (const { kept, dropped } of works.groups) {
      assert.match(kept, /^doi:/u);
      assert.match(dropped[0]!, /^preprint/u);
    }
  });
});

function slowGroups(documents: readonly Document[]): string[][] {
  const keys = documents.map((held) => new Set(workKeys(held).map(({ key }) => key)));
  const groups = documents.map((_, index) => new Set([index]));
  for (let one = 0; one < documents.length; one++) {
    for (let other = one + 1; other < documents.length; other++) {
      if (keys[one]!.isDisjointFrom(keys[other]!)) continue;
      const joined = groups[one]!.union(groups[other]!);
      for (const index of joined) groups[index] = joined;
    }
  }
  return [...new Set(groups)]
    .filter(({ size }) => size > 1)
    .map((group) => [...group].map((index) => `d${index}`).toSorted());
}

describe("identifiers", () => {
  it("come to one form", () => {
    for (const doi of [
      "10.1000/Abc",
      "doi:10.1000/abc.",
      "https://dx.doi.org/10.1000%2Fabc",
      "info:doi/10.1000/abc",
    ]) {
      assert.equal(normalisedDoi(doi), "10.1000/abc");
    }
    for (const none of ["", "abc", "10.1/x", 5, null]) assert.equal(normalisedDoi(none), undefined);
    assert.deepEqual(["PMID: 012", 12, "12.0"].map(normalisedPmid), ["12", "12", "12"]);
    assert.deepEqual(["PMC012", "12", "pmc12.1"].map(normalisedPmcid), ["PMC12", "PMC12", "PMC12"]);
    assert.deepEqual(["0", "", null, "1a"].map(normalisedPmid), [undefined, undefined, undefined, undefined]);
  });

  it("tell preprints from the journals of the same registrant", () => {
    assert.equal(isPreprint({ doi: "10.1101/2020.01.01.123456" }), true);
    assert.equal(isPreprint({ doi: "10.1101/gr.123456.111" }), false);
    assert.equal(isPreprint({ publicationTypes: ["Preprint"] }), true);
    assert.equal(isPreprint({ journal: "medRxiv" }), true);
    assert.equal(isPreprint({ journal: "PLoS ONE" }), false);
  });
});

describe("KeyTable", () => {
  it("is a map that keeps the first value", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 2 }), { maxLength: 3000 }), (keys) => {
        const table = new KeyTable();
        const expected = new Map<string, number>();
        for (const [index, key] of keys.entries()) {
          if (!expected.has(key)) expected.set(key, index);
          assert.equal(table.getOrSet(key, index), expected.get(key));
        }
        assert.equal(table.size, expected.size);
      }),
      { numRuns: 20 },
    );
  });

  it("grows", () => {
    const table = new KeyTable();
    for (let index = 0; index < 20_000; index++) assert.equal(table.add(`key ${index}`), true);
    for (let index = 0; index < 20_000; index++) assert.equal(table.add(`key ${index}`), false);
    assert.equal(table.get("key 7"), 0);
    assert.equal(table.get("no key"), undefined);
  });
});
