/** Licences flow from documents through filter, mixture, generated data and shards to the model that is trained on them. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import * as fc from "fast-check";

import {
  bothLicences,
  conflictsOf,
  joinTerms,
  licenceTerms,
  sharingConflicts,
  type LicenceTerms,
  type Purpose,
} from "../../lib/care/licence-terms.ts";
import {
  conflictingParts,
  gatherLicences,
  LicenceConflictError,
  requireOpenTo,
  strictestTerms,
} from "../../lib/care/run-licences.ts";
import type { Document } from "../../lib/corpus/document.ts";
import { filterDocuments } from "../../lib/corpus/filter/filter-documents.ts";
import {
  licencePolicies,
  licenceRule,
  type LicencePolicyName,
} from "../../lib/corpus/filter/licence-rule.ts";
import { mixDocuments } from "../../lib/corpus/mix/mix-documents.ts";
import { writeTokenShards } from "../../lib/corpus/tokens/write-shards.ts";

const licences = fc.constantFrom(
  "CC0-1.0",
  "CC-BY-4.0",
  "CC-BY-SA-4.0",
  "CC-BY-NC-4.0",
  "CC-BY-ND-4.0",
  "CC-BY-NC-4.0 OR CC-BY-4.0",
  "CC-BY-4.0 AND LicenseRef-no-competing-models",
  null,
);

const tokenizer = {
  name: "ten",
  fingerprint: `sha256:${"0".repeat(64)}`,
  vocabularySize: 10,
  beginTokenId: null,
  endTokenId: 0,
};

function temporaryFolder(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "rounds-licences-"));
  test.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function writeShards(folder: string, documents: AsyncIterable<Document> | Iterable<Document>) {
  const held: Document[] = [];
  async function* samples() {
    for await (const document of documents) {
      held.push(document);
      const { id, source, licence, sensitivity } = document;
      yield { id, source, licence, sensitivity, tokens: [1, 2, 3] };
    }
  }
  // Several shards, whose counts are joined.
  await writeTokenShards(folder, samples(), { domain: "clinical", tokenizer, tokensPerShard: 12 });
  return held;
}

function documentOf(
  licence: string | null,
  index: number,
  sensitivity: Document["sensitivity"] = "public",
): Document {
  const source = `file-${index % 3}.tar!/${index}.xml`;
  return { id: `d${index}`, text: "text", source, licence, metadata: {}, sensitivity };
}

describe("licences of a run", () => {
  it("conflict with a purpose exactly where a document that went in does", async (test) => {
    const folder = temporaryFolder(test);
    const corpora = fc.array(licences, { maxLength: 30 });
    const policies = fc.option(fc.constantFrom(...(Object.keys(licencePolicies) as LicencePolicyName[])));
    const purposes = fc.constantFrom<Purpose>("research", "share", "commercial");
    await fc.assert(
      fc.asyncProperty(corpora, policies, purposes, async (planted, policy, purpose) => {
        const documents = planted.map((licence, index) => documentOf(licence, index));
        const rules = policy === null ? [] : [licenceRule(policy)];
        const filtered = await Array.fromAsync(filterDocuments(documents, rules));
        const mixed =
          filtered.length === 0
            ? []
            : mixDocuments({ only: { documents: filtered, weight: 1 } }, { seed: 1 });
        const held = await writeShards(join(folder, "shards"), mixed);
        const parts = await gatherLicences({
          data: { train: [{ domain: "clinical", path: join(folder, "shards") }] },
          model: { initializeFrom: { kind: "random" } },
        });
        assert.deepEqual(strictestTerms(parts), joinTerms(held.map(({ licence }) => licenceTerms(licence))));
        // Sharing is judged by all documents together.
        const shared = sharingConflicts(held.map(({ licence }) => licence));
        const termsAgainst = (place: number): LicenceTerms =>
          purpose === "share" ? shared[place]! : conflictsOf(held[place]!.licence, purpose);
        const against = held.filter((_, place) => termsAgainst(place).length > 0);
        const conflicts = conflictingParts(parts, purpose);
        assert.equal(
          conflicts.reduce((sum, { documentCount }) => sum + documentCount!, 0),
          against.length,
        );
        for (const { licence, documentIds, sources, terms } of conflicts) {
          const own = held.filter((document) => document.licence === licence);
          assert.deepEqual(
            documentIds,
            own.slice(0, 10).map(({ id }) => id),
          );
          assert.deepEqual(new Set(sources), new Set(own.map(({ source }) => source.replace(/!.*/u, ""))));
          assert.deepEqual(terms, termsAgainst(held.indexOf(own[0]!)));
        }
        const check = () => requireOpenTo("This run", parts, purpose);
        if (against.length === 0) check();
        else assert.throws(check, LicenceConflictError);
        if (policy === "commercial-derivatives")
          assert.ok(parts.every(({ licence }) => conflictsOf(licence, "share").length === 0));
      }),
      { numRuns: 60 },
    );
  });

  it("are told in the error by count, source and id, but ids of restricted documents are not", async (test) => {
    const folder = temporaryFolder(test);
    const documents = Array.from({ length: 14 }, (_, index) =>
      documentOf("CC-BY-NC-4.0", index, index === 0 ? "restricted" : "public"),
    );
    await writeShards(join(folder, "shards"), documents);
    const parts = await gatherLicences({
      data: { train: [{ domain: "clinical", path: join(folder, "shards") }] },
      model: { initializeFrom: { kind: "random" } },
    });
    assert.throws(
      () => requireOpenTo("Run r1", parts, "commercial"),
      new LicenceConflictError("Run r1", "commercial", conflictingParts(parts, "commercial")),
    );
    const [conflict] = conflictingParts(parts, "commercial");
    const { message } = new LicenceConflictError("Run r1", "commercial", [conflict!]);
    assert.match(
      message,
      /^Run r1 is not open to the purpose "commercial", because of\n {2}14 documents with 56 tokens in clinical: CC-BY-NC-4\.0 \(non-commercial\); from file-0\.tar, file-1\.tar, file-2\.tar; d1, .*d10 and 4 more\n/u,
    );
    assert.throws(() => requireOpenTo("Run r1", parts, "fun" as Purpose), /"purpose" must be one of/u);
  });

  it("pass from a model to those that are trained on from it", async (test) => {
    const folder = temporaryFolder(test);
    await writeShards(join(folder, "shards"), [documentOf("CC-BY-4.0", 1)]);
    const train = [{ domain: "clinical", path: join(folder, "shards") }];
    const provenance = (model: string, parts: object) => {
      mkdirSync(join(folder, model), { recursive: true });
      writeFileSync(
        join(folder, model, "provenance.json"),
        JSON.stringify({ format: "rounds-export", licences: parts }),
      );
      return { kind: "safetensors", path: join(folder, model) } as const;
    };
    const planted = {
      name: "clinical",
      kind: "data",
      licence: "CC-BY-NC-4.0",
      documentCount: 1,
      tokenCount: 9,
    };
    const first = provenance("first", [{ ...planted, documentIds: ["d7"], sources: ["a"] }]);
    const once = await gatherLicences({ data: { train }, model: { initializeFrom: first } });
    const second = provenance("second", once);
    const twice = await gatherLicences({ data: { train }, model: { initializeFrom: second } });
    assert.deepEqual(
      conflictingParts(twice, "commercial").map(({ name, documentIds }) => [name, documentIds]),
      [["second: first: clinical", ["d7"]]],
    );
  });
});

describe("bothLicences", () => {
  it("asks for all that either asks for, and allows nothing that either forbids", () => {
    const purposes = fc.constantFrom<Purpose>("research", "share", "commercial");
    fc.assert(
      fc.property(licences, licences, purposes, (one, other, purpose) => {
        const both = bothLicences(one, other);
        const terms = licenceTerms(both);
        const forbids = [one, other].some((each) => conflictsOf(each, purpose).length > 0);
        if (forbids) assert.ok(conflictsOf(both, purpose).length > 0);
        if (one !== null && other !== null) {
          for (const term of joinTerms([licenceTerms(one), licenceTerms(other)]))
            assert.ok(terms.includes(term));
        }
      }),
    );
  });
});
