/** The library and the trainer judge licences alike: test/golden/licences is read here and by test_licences.py. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";

import { conflictsOf, licenceTerms, purposes, type Purpose } from "../../lib/care/licence-terms.ts";
import { licenceRule } from "../../lib/corpus/filter/licence-rule.ts";
import { TextUnits } from "../../lib/corpus/filter/text-units.ts";
import { conflictingParts, gatherLicences } from "../../lib/care/run-licences.ts";

const goldenCases = new URL("../golden/licences/cases.json", import.meta.url);
const goldenRuns = new URL("../golden/licences/runs.json", import.meta.url);

const names = [
  "CC0-1.0",
  "CC-BY-4.0",
  "CC-BY",
  "cc-by-nc-nd-3.0-igo",
  "CC-BY-NC-SA-4.0",
  "CC-BY-NC-2.0",
  "CC-BY-ND-4.0",
  "CC-BY-SA-3.0",
  "apache-2.0",
  "mit",
  "MIT-0",
  "ODbL-1.0",
  "GPL-3.0-only WITH Classpath-exception-2.0",
  "LicenseRef-no-competing-models",
  "LicenseRef-non-commercial",
  "LicenseRef-other",
  "CC-BYX",
  "llama2",
  "",
];

/** Names with what SPDX does not have, and that permit nothing for it. */
const additions = [
  "CC-BY-4.0 and proprietary",
  "CC-BY-4.0;CC-BY-NC-4.0",
  "CC0-1.0 (non-commercial)",
  "CC0-1.0-NC",
  "CC-BY-4.0-NC",
  "CC-BY-ND-NC-1.0",
  "CC-BY-SA-NC-2.0",
  "Apache-2.0-noncommercial",
  "Apache-2.0 with Commons Clause",
  "MIT WITH Commons-Clause",
  "MIT WITH LLVM-exception WITH Commons-Clause",
];

/** Expressions of every shape, with and without brackets and spare white space. */
const expressions = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }).chain((parts) =>
  fc
    .tuple(
      fc.array(fc.constantFrom(" AND ", " OR ", "  OR ", "\tAND\n"), {
        minLength: parts.length,
        maxLength: parts.length,
      }),
      fc.boolean(),
    )
    .map(([joints, bracketed]) => {
      const text = parts.map((part, index) => (index === 0 ? part : `${joints[index]}${part}`)).join("");
      return bracketed ? `(${text})` : text;
    }),
);

function judged(licence: string | null) {
  const conflicts = Object.keys(purposes).map((purpose) => [
    purpose,
    conflictsOf(licence, purpose as Purpose),
  ]);
  return { licence, terms: licenceTerms(licence), conflicts: Object.fromEntries(conflicts) as object };
}

interface GoldenRun {
  readonly files: Readonly<Record<string, object | string>>;
  readonly config: Parameters<typeof gatherLicences>[0];
  readonly parts: object;
  readonly conflicts: Readonly<Record<Purpose, object>>;
}

describe("licences", () => {
  it("with an addition that SPDX does not have permit no commercial use", () => {
    for (const licence of additions) {
      assert.notDeepEqual(conflictsOf(licence, "commercial"), [], licence);
      for (const policy of ["commercial-use", "attribution-only"] as const) {
        const document = {
          id: "1",
          text: "",
          source: "",
          licence,
          metadata: {},
          sensitivity: "public",
        } as const;
        assert.ok(licenceRule(policy).judge(document, new TextUnits("")) !== undefined, licence);
      }
    }
  });

  it("have the golden terms and conflicts", () => {
    if (process.env["UPDATE_GOLDEN"] !== undefined) {
      const drawn = fc.sample(expressions, { numRuns: 300, seed: 9 });
      const cases = [null, ...names, ...additions, ...new Set(drawn)].map(judged);
      mkdirSync(new URL(".", goldenCases), { recursive: true });
      writeFileSync(goldenCases, `[\n${cases.map((each) => JSON.stringify(each)).join(",\n")}\n]\n`);
    }
    const cases = JSON.parse(readFileSync(goldenCases, "utf8")) as { licence: string | null }[];
    assert.ok(cases.length > 200);
    for (const each of cases) assert.deepEqual(judged(each.licence), each);
  });

  it("of a run are gathered from shards, exports and cards of models", async (test) => {
    const folder = mkdtempSync(join(tmpdir(), "rounds-licences-"));
    test.after(() => rmSync(folder, { recursive: true }));
    const runs = JSON.parse(readFileSync(goldenRuns, "utf8")) as GoldenRun[];
    for (const [index, { files, config, parts, conflicts }] of runs.entries()) {
      const root = join(folder, String(index));
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), typeof content === "string" ? content : JSON.stringify(content));
      }
      const placed = JSON.parse(JSON.stringify(config).replaceAll('"ROOT/', `"${root}/`)) as typeof config;
      const gathered = await gatherLicences(placed);
      assert.deepEqual(gathered, parts);
      for (const [purpose, expected] of Object.entries(conflicts)) {
        const found = conflictingParts(gathered, purpose as Purpose);
        assert.deepEqual(
          found.map(({ name, terms }) => [name, terms]),
          expected,
        );
      }
    }
  });
});
