import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { identifierKinds } from "../../lib/care/identifiers/identifier.ts";
import type { Document } from "../../lib/corpus/document.ts";
import { filterDocuments } from "../../lib/corpus/filter/filter-documents.ts";
import { filterPreset } from "../../lib/corpus/filter/filter-preset.ts";
import type { FilterRule } from "../../lib/corpus/filter/filter-rule.ts";
import { languageRule } from "../../lib/corpus/filter/language-rule.ts";
import { lengthRule } from "../../lib/corpus/filter/length-rule.ts";
import { licencePolicies, licenceRule } from "../../lib/corpus/filter/licence-rule.ts";
import type { LicencePolicyName } from "../../lib/corpus/filter/licence-rule.ts";
import { personalDataRule } from "../../lib/corpus/filter/personal-data.ts";
import { retractedRule } from "../../lib/corpus/filter/retracted-rule.ts";
import { languageDetector } from "../../lib/corpus/language-detector.ts";
import { licenceIdentifier } from "../../lib/corpus/licence.ts";
import { readDocuments } from "../../lib/corpus/read/read-documents.ts";
import { mirrorFolder, noMirror } from "../data/mirror-folder.ts";

function document(text: string, rest: Partial<Document> = {}): Document {
  return { id: "d", text, source: "test", licence: null, metadata: {}, sensitivity: "public", ...rest };
}

async function filter(documents: readonly Document[], rules: readonly FilterRule[]) {
  const dropped: string[] = [];
  const stream = filterDocuments(documents, rules, {
    onDropped: ({ id }, reason) => dropped.push(`${id} ${reason}`),
  });
  const kept = await Array.fromAsync(stream);
  return { kept, dropped, report: stream.report };
}

/** The reason that a single rule drops a document for. */
async function reasonOf(rule: FilterRule, held: Document): Promise<string | undefined> {
  const { dropped } = await filter([held], [rule]);
  return dropped[0]?.split(" ")[1];
}

const anyRules = fc.uniqueArray(
  fc.constantFrom(
    lengthRule({ unit: "bytes", minimum: 5, maximum: 60 }),
    lengthRule({ minimum: 2 }),
    lengthRule({ unit: "tokens", maximum: 12, countTokens: (text) => text.length / 4 }),
    licenceRule("commercial-use"),
    licenceRule("attribution-only"),
    retractedRule(["pmid:3"]),
    personalDataRule({ action: "mask" }),
    personalDataRule({ action: "drop" }),
    ...filterPreset("gopher-repetition"),
    ...filterPreset("gopher-quality").slice(4),
  ),
);

const anyDocument = fc.record({
  id: fc.string({ minLength: 1, maxLength: 4 }),
  text: fc
    .array(fc.constantFrom("the", "and", "dose", "#", "…", "\n", "\n\n", "a@b.org", "- x"), { maxLength: 40 })
    .map((words) => words.join(" ")),
  source: fc.constant("test"),
  licence: fc.constantFrom(null, "CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-SA", "CC0-1.0"),
  metadata: fc.constantFrom({}, { pmid: "3" }, { retracted: true }),
  sensitivity: fc.constant("public" as const),
});

describe("filterDocuments", () => {
  it("keeps counts that add up, for any rules and documents", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyDocument, { maxLength: 20 }), anyRules, async (documents, rules) => {
        const { kept, dropped, report } = await filter(documents, rules);
        const sum = Object.values(report.droppedBy).reduce((total, count) => total + count, 0);
        assert.equal(report.in, documents.length);
        assert.equal(report.kept, kept.length);
        assert.equal(report.in, report.kept + report.dropped);
        assert.equal(report.dropped, sum);
        assert.equal(dropped.length, report.dropped);
        const named = new Set(rules.flatMap(({ reasons }) => reasons));
        assert.deepEqual(
          Object.keys(report.droppedBy).filter((reason) => !named.has(reason)),
          [],
        );
        // What was kept passes once more, unchanged.
        const again = await filter(
          kept,
          rules.filter(({ name }) => !name.startsWith("personal")),
        );
        assert.deepEqual(again.kept, kept);
      }),
    );
  });

  it("counts the first reason alone, and names examples", async () => {
    const rules = [lengthRule({ minimum: 2 }), licenceRule("commercial-use")];
    const { report, dropped } = await filter(
      [document("one", { id: "a" }), document("one two", { id: "b" })],
      rules,
    );
    assert.deepEqual(dropped, ["a too-few-words", "b licence-unknown"]);
    assert.deepEqual(report.droppedBy, {
      "too-few-words": 1,
      "too-many-words": 0,
      "licence-unknown": 1,
      "licence-not-allowed": 0,
    });
    assert.deepEqual(report.examples, { "too-few-words": ["a"], "licence-unknown": ["b"] });
  });

  it("takes an empty corpus", async () => {
    const { report } = await filter([], filterPreset("gopher-quality"));
    assert.deepEqual([report.in, report.kept, report.dropped, report.isComplete], [0, 0, 0, true]);
  });

  it("says which rule is none", () => {
    assert.throws(() => filterDocuments([], [filterPreset("gopher-quality")] as never), {
      message: /"rules\[0\]" must be a rule/u,
    });
    assert.throws(() => filterPreset("gopher" as never), { message: /did you mean gopher-/u });
    assert.throws(() => licenceRule("comercial-use" as never), { message: /did you mean commercial-use/u });
    assert.throws(() => lengthRule({ unit: "tokens", minimum: 3 }), {
      message: /"countTokens" must be a function/u,
    });
    assert.throws(() => lengthRule({ minimum: 3, maximum: 2 }), {
      message: /"maximum" must be at least the minimum 3/u,
    });
    assert.throws(() => retractedRule(["12"]), { name: "ArgumentError" });
  });
});

describe("the rules", () => {
  it("of length let both bounds pass, in bytes, words and tokens", async () => {
    const bytes = lengthRule({ unit: "bytes", minimum: 3, maximum: 4 });
    assert.equal(await reasonOf(bytes, document("é")), "too-few-bytes");
    assert.equal(await reasonOf(bytes, document("éé")), undefined);
    assert.equal(await reasonOf(bytes, document("éé.")), "too-many-bytes");
    const tokens = lengthRule({ unit: "tokens", maximum: 2, countTokens: (text) => text.length });
    assert.equal(await reasonOf(tokens, document("abc")), "too-many-tokens");
  });

  it("of licence follow the policies' lists", async () => {
    const outcome = (policy: LicencePolicyName, licence: string | null) =>
      reasonOf(licenceRule(policy), document("x", { licence }));
    assert.equal(await outcome("commercial-use", null), "licence-unknown");
    assert.equal(await outcome("commercial-use", "CC-BY-ND-4.0"), undefined);
    assert.equal(await outcome("commercial-derivatives", "CC-BY-ND-4.0"), "licence-not-allowed");
    assert.equal(await outcome("commercial-derivatives", "CC-BY-SA-3.0-IGO"), undefined);
    assert.equal(await outcome("attribution-only", "CC-BY-SA-4.0"), "licence-not-allowed");
    assert.equal(await outcome("attribution-only", "CC0-1.0"), undefined);
    assert.equal(await outcome("commercial-use", "CC-BY-NC-4.0 OR MIT"), undefined);
    assert.equal(await outcome("commercial-use", "CC-BY-NC-4.0 AND MIT"), "licence-not-allowed");
    assert.equal(await outcome("commercial-use", "(CC-BY-NC-4.0 OR MIT) AND MIT"), "licence-not-allowed");
    assert.equal(await outcome("non-commercial-research", "CC-BY-NC-4.0"), undefined);
    for (const policy of Object.values(licencePolicies)) assert.match(policy.source, /https:/u);
  });

  it("of licence understand addresses, names and statements, and guess nothing", () => {
    const understood: Record<string, string | null> = {
      "http://creativecommons.org/licenses/by-nc-nd/4.0/": "CC-BY-NC-ND-4.0",
      "https://creativecommons.org/licenses/by/3.0/igo/": "CC-BY-3.0-IGO",
      "https://creativecommons.org/publicdomain/zero/1.0/": "CC0-1.0",
      "http://creativecommons.org/licenses/by-nd-nc/1.0/": "CC-BY-NC-ND-1.0",
      "http://creativecommons.org/licenses/by-something/1.0/": null,
      "CC BY 4.0": "CC-BY-4.0",
      "cc-by": "CC-BY",
      CC0: "CC0-1.0",
      "Apache-2.0": "Apache-2.0",
      "Creative Commons Attribution-NonCommercial 4.0 International License": "CC-BY-NC-4.0",
      "the Creative Commons Attribution License, which permits unrestricted use": "CC-BY",
      "the Creative Commons Attribution License, which permits non-commercial use": null,
      "All rights reserved": null,
      "Free for everyone": null,
    };
    for (const [statement, expected] of Object.entries(understood))
      assert.equal(licenceIdentifier(statement), expected, statement);
  });

  it("of language tell another from one that cannot be told", async () => {
    const rule = languageRule(["en"], await languageDetector());
    const english = "The patients received twenty milligrams a day for eight weeks and were seen again.";
    assert.equal(await reasonOf(rule, document(english)), undefined);
    assert.equal(
      await reasonOf(rule, document("Los pacientes recibieron 20 mg al día durante ocho semanas.")),
      "language-other",
    );
    assert.equal(await reasonOf(rule, document("12 34 56")), "language-unknown");
  });

  it("of retraction know the given identifiers and the article's own word", async () => {
    const rule = retractedRule(["pmid:0012", "doi:https://doi.org/10.1000/ABC"]);
    assert.equal(await reasonOf(rule, document("x", { metadata: { pmid: "12" } })), "retracted");
    assert.equal(await reasonOf(rule, document("x", { metadata: { doi: "10.1000/abc" } })), "retracted");
    assert.equal(await reasonOf(rule, document("x", { metadata: { retracted: true } })), "retracted");
    assert.equal(await reasonOf(rule, document("x", { metadata: { pmid: "13" } })), undefined);
  });

  it("of personal data report, drop, mask or replace", async () => {
    const held = document("Ask ann@example.org or bob@example.com. Dr. Okafor wrote on 3/14/2021.");
    assert.equal(await reasonOf(personalDataRule({ action: "drop" }), held), "personal-data");
    assert.equal(await reasonOf(personalDataRule({ action: "drop", kinds: ["phone"] }), held), undefined);
    const reported = await filter([held], [personalDataRule()]);
    assert.equal(reported.kept[0]!.text, held.text);
    assert.deepEqual(reported.kept[0]!.metadata, { personalData: ["email:2"] });
    assert.deepEqual(reported.report.counts, { "personal-data:email": 2 });
    const masked = await filter([held], [personalDataRule({ action: "mask", kinds: ["email", "name"] })]);
    assert.equal(masked.kept[0]!.text, "Ask [email] or [email]. Dr. [name] wrote on 3/14/2021.");
    const replaced = await Promise.all(
      ["a", "a", "b"].map(async (patient) => {
        const patientOf = ({ metadata }: Document) => metadata["patient"] as string;
        const key = "a key of the tests";
        const rule = personalDataRule({ action: "replace", kinds: identifierKinds, key, patientOf });
        return (await filter([{ ...held, metadata: { patient } }], [rule])).kept[0]!;
      }),
    );
    const texts = replaced.map(({ text }) => text);
    assert.match(
      texts[0]!,
      /^Ask \w+@example\.org or \w+@example\.org\. Dr\. [A-Z]\w+ wrote on \d{1,2}\/\d{1,2}\/20\d\d\.$/u,
    );
    assert.ok(!/ann@|bob@|Okafor|3\/14/u.test(texts[0]!));
    assert.equal(texts[1], texts[0]);
    assert.notEqual(texts[2], texts[0]);
    assert.deepEqual(replaced[0]!.metadata["personalData"], ["email:2", "name:1", "date:1"]);
    assert.throws(() => personalDataRule({ action: "replace" }), /"key" must be given to replace/u);
    assert.throws(
      () => personalDataRule({ kinds: ["mail"] as never }),
      /"kinds" must be a list of name, place/u,
    );
  });

  it("keep the articles of the mirror, and drop what is damaged", { skip: noMirror }, async () => {
    const read = readDocuments(join(mirrorFolder, "text", "plos_starter_corpus.zip"));
    const documents = await Array.fromAsync(read);
    const rules = [
      licenceRule("commercial-use"),
      retractedRule(read.report.retracted),
      ...filterPreset("gopher-quality"),
      ...filterPreset("gopher-repetition"),
      personalDataRule(),
    ];
    const { report, dropped } = await filter(documents, rules);
    assert.equal(report.in, 122);
    assert.equal(report.droppedBy["licence-unknown"], 1);
    assert.ok(report.kept >= 110, JSON.stringify(dropped));
    const damaged = documents
      .slice(0, 20)
      .map((held) => ({ ...held, text: `${held.text.slice(0, 300)}\n`.repeat(20) }));
    assert.equal((await filter(damaged, filterPreset("gopher-repetition"))).report.kept, 0);
  });
});
