import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";

import {
  conflictsOf,
  joinTerms,
  licenceTermNames,
  licenceTerms,
  purposes,
  type Purpose,
} from "../../lib/care/licence-terms.ts";
import { TextUnits } from "../../lib/corpus/filter/text-units.ts";
import { licencePolicies, licenceRule } from "../../lib/corpus/filter/licence-rule.ts";

const names = [
  "CC0-1.0",
  "CC-BY",
  "CC-BY-4.0",
  "CC-BY-SA-3.0",
  "CC-BY-NC-2.0",
  "CC-BY-NC-SA-4.0",
  "CC-BY-ND-4.0",
  "CC-BY-NC-ND-3.0-IGO",
  "MIT",
  "Apache-2.0",
  "GPL-3.0-only",
  "ODC-By-1.0",
  "LicenseRef-no-competing-models",
  "LicenseRef-hospital",
];
const name = fc.constantFrom(...names);
const terms = fc.subarray([...licenceTermNames]);

describe("licenceTerms", () => {
  it("knows the families, whatever the version", () => {
    const expected: Record<string, string> = {
      "CC0-1.0": "",
      "CC-PDM-1.0": "",
      "CC-BY-4.0": "attribution",
      "CC-BY-3.0-IGO": "attribution",
      "CC-BY-SA": "attribution share-alike",
      "CC-BY-NC-2.0": "attribution non-commercial",
      "CC-BY-NC-ND-4.0": "attribution non-commercial no-derivatives",
      "ODbL-1.0": "attribution share-alike",
      "GPL-2.0-only WITH Classpath-exception-2.0": "attribution share-alike",
      "CC-BY-4.0 AND CC-BY-NC-4.0": "attribution non-commercial",
      "CC-BY-NC-4.0 OR CC-BY-4.0": "attribution",
      "(CC-BY-4.0 OR CC-BY-NC-4.0)": "attribution non-commercial",
      "CC-BYE-4.0": "unknown",
      "all rights reserved": "unknown",
      " ": "unknown",
    };
    for (const [licence, words] of Object.entries(expected))
      assert.equal(licenceTerms(licence).join(" "), words, licence);
    assert.deepEqual(licenceTerms(null), ["unknown"]);
  });

  it("agrees with the policies by which corpora are filtered", () => {
    for (const [policy, purpose] of [
      ["commercial-use", "commercial"],
      ["attribution-only", "share"],
    ] as const) {
      const rule = licenceRule(policy);
      for (const licence of [...names, ...licencePolicies[policy].families]) {
        const document = {
          id: "1",
          text: "",
          source: "",
          licence,
          metadata: {},
          sensitivity: "public",
        } as const;
        if (rule.judge(document, new TextUnits("")) === undefined)
          assert.deepEqual(conflictsOf(licence, purpose), [], licence);
      }
    }
  });
});

describe("joinTerms", () => {
  it("is a lattice: order and repetition do not matter, and nothing is ever lost", () => {
    fc.assert(
      fc.property(fc.array(terms), fc.array(terms), (one, other) => {
        const joined = joinTerms([...one, ...other]);
        assert.deepEqual(joined, joinTerms([...other, ...one, ...one]));
        assert.deepEqual(joined, joinTerms([joinTerms(one), joinTerms(other)]));
        for (const each of one.flat()) assert.ok(joined.includes(each));
      }),
    );
  });
});

describe("conflictsOf", () => {
  const purpose = fc.constantFrom(...(Object.keys(purposes) as Purpose[]));

  it("finds none in what is chosen of A OR B unless both have one, and any of A AND B", () => {
    fc.assert(
      fc.property(name, name, purpose, (one, other, wanted) => {
        const [first, second] = [conflictsOf(one, wanted), conflictsOf(other, wanted)];
        const chosen = conflictsOf(`${one} OR ${other}`, wanted);
        assert.equal(chosen.length, Math.min(first.length, second.length));
        assert.deepEqual(conflictsOf(`${one} AND ${other}`, wanted), joinTerms([first, second]));
      }),
    );
  });

  it("lets research alone use what has no licence", () => {
    assert.deepEqual(
      (Object.keys(purposes) as Purpose[]).map((each) => conflictsOf(null, each)),
      [[], ["unknown"], ["unknown"]],
    );
    assert.throws(
      () => conflictsOf("MIT", "sharing" as Purpose),
      /"purpose" must be one of research, share, commercial/u,
    );
  });
});
