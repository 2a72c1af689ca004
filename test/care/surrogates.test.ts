/** Surrogates: of the same form, the same for the same, nobody's, and nothing of the original left. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";

import type { Identifier, IdentifierKind } from "../../lib/care/identifiers/identifier.ts";
import { names, namesOfMen, namesOfWomen } from "../../lib/care/identifiers/known-names.ts";
import { generateLabelledNotes } from "../../lib/care/labelled-notes.ts";
import { rateIdentifiers } from "../../lib/care/rate-identifiers.ts";
import { surrogateIdentifiers, type SurrogateText } from "../../lib/care/surrogates.ts";

const key = "a key of the tests";
const patient = "one";

/** The surrogate of a value alone. */
function surrogate(
  kind: IdentifierKind,
  value: string,
  options: { key?: string; patient?: string } = {},
): string {
  const identifiers = [{ kind, start: 0, end: value.length }];
  return surrogateIdentifiers(value, { key, patient, identifiers, ...options }).text;
}

function partsBetween(text: string, identifiers: readonly Identifier[]): string[] {
  const starts = [0, ...identifiers.map(({ end }) => end)];
  const ends = [...identifiers.map(({ start }) => start), text.length];
  return starts.map((start, index) => text.slice(start, ends[index]));
}

describe("surrogateIdentifiers", () => {
  const notes = generateLabelledNotes({ count: 320, seed: "surrogates" });
  const made = notes.map(({ id, text, identifiers }): SurrogateText =>
    surrogateIdentifiers(text, { key, patient: id, identifiers }),
  );

  it("changes every identifier and nothing else", () => {
    for (const [index, { text, identifiers }] of notes.entries()) {
      const after = made[index]!;
      assert.deepEqual(partsBetween(after.text, after.identifiers), partsBetween(text, identifiers));
      for (const [place, { kind, start, end }] of identifiers.entries()) {
        const { start: from, end: to } = after.identifiers[place]!;
        assert.notEqual(after.text.slice(from, to), text.slice(start, end), kind);
      }
      const total = Object.values(after.counts).reduce((sum, count) => sum + count, 0);
      assert.equal(total, identifiers.length);
    }
  });

  it("leaves no name that is in no list, and no number of six digits", () => {
    for (const [index, { text, identifiers }] of notes.entries()) {
      for (const { kind, start, end } of identifiers) {
        const value = text.slice(start, end);
        const secrets =
          kind === "name" || kind === "photograph"
            ? value
                .match(/\p{L}{5,}/gu)
                ?.filter((part) => !names.has(part[0]!.toUpperCase() + part.slice(1).toLowerCase()))
            : value.match(/\d{6,}/gu);
        for (const secret of secrets ?? [])
          assert.ok(!made[index]!.text.includes(secret), `${secret} of a ${kind} is left`);
      }
    }
  });

  it("gives identifiers that are found again, as what they are", () => {
    // "In 03/04" reads as a day once it has moved, a holiday has no other, and small letters hide rare names.
    const labelled = made.flatMap(({ text, identifiers }, index) =>
      notes[index]!.form === "conversation" || notes[index]!.form === "dictation"
        ? []
        : [{ id: `${index}`, text, identifiers: identifiers.filter(({ kind }) => kind !== "age") }],
    );
    const { rates, misses } = rateIdentifiers(labelled);
    for (const { kind, recall, precision } of rates) {
      const listed = misses.map(({ context }) => context).join("\n");
      assert.ok(recall === null || recall >= 0.98, `recall of ${kind} ${recall}\n${listed}`);
      assert.ok(precision === null || precision >= 0.95, `precision of ${kind} ${precision}\n${listed}`);
    }
  });

  it("keeps a person the same, however the name is written, and apart in another patient's notes", () => {
    const name = fc.stringMatching(/^[A-Z][a-z]{3,9}$/u);
    fc.assert(
      fc.property(name, name, fc.constantFrom("Jo", "Ann", "Maria"), (last, other, first) => {
        const [one, two] = [surrogate("name", first), surrogate("name", last)];
        assert.equal(surrogate("name", `${first} ${last}`), `${one} ${two}`);
        assert.equal(surrogate("name", `${last}, ${first} van ${last}`), `${two}, ${one} van ${two}`);
        assert.equal(surrogate("name", `${first} ${last}`.toUpperCase()), `${one} ${two}`.toUpperCase());
        assert.equal(surrogate("email", `${last}@clinic.org`), `${two.toLowerCase()}@example.org`);
        assert.notEqual(two, last);
        const all = [last, other].map((each) =>
          [patient, "two", "three"].map((whose) => surrogate("name", each, { patient: whose })).join(" "),
        );
        assert.equal(all[0] === all[1], last === other, "three chances of one in twenty thousand each");
      }),
      { numRuns: 100 },
    );
  });

  it("gives the same in another text and order, and with another key something else", () => {
    const whole = surrogateIdentifiers("Mrs. Okafor, MRN 00482913. Dr. Kumarasamy saw Mrs. Okafor.", {
      key,
    }).text;
    const [, mrs, number, doctor, again] =
      /^Mrs\. (\w+), MRN (\d{8})\. Dr\. (\w+) saw Mrs\. (\w+)\.$/u.exec(whole) ?? [];
    assert.equal(mrs, again);
    const turned = surrogateIdentifiers("MRN 00482913, seen by Dr. Kumarasamy. Mr. Okafor.", { key }).text;
    assert.equal(turned, `MRN ${number}, seen by Dr. ${doctor}. Mr. ${mrs}.`);
    assert.notEqual(surrogate("medical-record", "00482913", { key: "another key of the tests" }), number);
    assert.throws(
      () => surrogateIdentifiers("", { key: "short" }),
      /"key" must be a text or bytes, at least 16/u,
    );
    assert.throws(() => surrogateIdentifiers("", {} as { key: string }), /"key" must be given/u);
    assert.ok(!Object.values(surrogateIdentifiers("a", { key })).includes(key));
  });

  it("moves all dates of a patient by the same days", () => {
    const days = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 86_400_000;
    const date = fc
      .date({ min: new Date("1950-01-01"), max: new Date("2049-12-31"), noInvalidDate: true })
      .map((each) => each.toISOString().slice(0, 10));
    fc.assert(
      fc.property(date, date, fc.string(), (one, other, whose) => {
        const move = (value: string): string => surrogate("date", value, { patient: `p${whose}` });
        const [first, second] = [move(one), move(other)];
        assert.equal(days(second) - days(first), days(other) - days(one));
        const shift = days(first) - days(one);
        assert.ok(shift !== 0 && Math.abs(shift) <= 4 * 365 + 320);
        const inFigures = (value: string): number[] => value.split(/[-/]/u).map(Number);
        const [year, month, day] = inFigures(one);
        const [newYear, newMonth, newDay] = inFigures(first);
        assert.deepEqual(inFigures(move(`${month}/${day}/${year}`)), [newMonth, newDay, newYear]);
      }),
      { numRuns: 100 },
    );
  });

  it("makes a woman's name of a woman's, and a man's of a man's, where the lists tell", () => {
    for (const [some, those] of [
      ["Margaret Elena Dorothy Olga", namesOfWomen],
      ["Harold Eugene Clarence Pavel", namesOfMen],
    ] as const)
      for (const name of some.split(" ")) {
        assert.ok(those.has(name), name);
        for (const whose of ["1", "2", "3"])
          assert.ok(those.has(surrogate("name", name, { patient: whose })));
      }
  });

  it("moves a date in words, and writes it in figures", () => {
    const [spoken, written] = ["July twenty ninth two thousand eight", "July 29th 2008"];
    assert.equal(surrogate("date", spoken), surrogate("date", written));
    assert.equal(surrogate("date", "the 7/93"), surrogate("date", "the 7/1993").replace("/19", "/"));
    assert.match(surrogate("date", "twenty fifth of September"), /^\d{1,2}(?:st|nd|rd|th) of [A-Z][a-z]+$/u);
  });

  it("writes a date as it was written", () => {
    const forms = {
      "2021-03-14": /^20\d\d-\d\d-\d\d$/u,
      "3/14/21": /^\d{1,2}\/\d{1,2}\/\d\d$/u,
      "03/04/2021": /^\d\d\/\d\d\/20\d\d$/u,
      "14.3.2021": /^\d{1,2}\.\d{1,2}\.20\d\d$/u,
      "3/14": /^\d{1,2}\/\d{1,2}$/u,
      "3/2021": /^\d{1,2}\/20\d\d$/u,
      "March 14th, 2021": /^[A-Z][a-z]{2,8} \d{1,2}(?:st|nd|rd|th), 20\d\d$/u,
      "14-MAR-2021": /^\d\d-[A-Z]{3}-20\d\d$/u,
      "Mar. 14": /^[A-Z][a-z]{2}\. \d{1,2}$/u,
      "14 of march": /^\d{1,2} of [a-z]{3,9}$/u,
      "March '21": /^[A-Z][a-z]{2,8} '\d\d$/u,
      January: /^[A-Z][a-z]{2,8}$/u,
    };
    for (let patientNumber = 0; patientNumber < 40; patientNumber++) {
      for (const [date, form] of Object.entries(forms)) {
        const moved = surrogate("date", date, { patient: `${patientNumber}` });
        assert.match(moved, form);
        assert.notEqual(moved, date);
      }
    }
  });

  it("takes numbers, addresses and names of hosts that are nobody's, in their form", () => {
    const digits = (pattern: RegExp): fc.Arbitrary<string> => fc.stringMatching(pattern);
    const forms: readonly (readonly [IdentifierKind, RegExp, RegExp])[] = [
      ["phone", /^\([2-9]\d\d\) \d{3}-\d{4}$/u, /^\([2-9]\d\d\) 555-01\d\d$/u],
      ["fax", /^\+1 [2-9]\d\d \d{3} \d{4}$/u, /^\+1 [2-9]\d\d 555 01\d\d$/u],
      ["phone", /^\d{3}-\d{4}$/u, /^555-01\d\d$/u],
      ["phone", /^\+44 20 \d{4} \d{4}$/u, /^\+1 [2-9]\d\d 555 01\d\d$/u],
      ["phone", /^\d{4}$/u, /^\d{4}$/u],
      ["social-security", /^\d{3}-\d\d-\d{4}$/u, /^9\d\d-[0-4]\d-\d{4}$/u],
      ["ip-address", /^10\.\d\.\d\.\d$/u, /^(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}$/u],
      ["ip-address", /^fe80::[1-9a-f]{4}$/u, /^2001:db8::[0-9a-f]{1,4}:[0-9a-f]{1,4}$/u],
      ["email", /^[a-z]{3,9}\d\d@[a-z]{2,5}\.com$/u, /^[a-z]+\d\d@example\.org$/u],
      ["url", /^https:\/\/[a-z]{2,5}\.com\/\d{6}$/u, /^https:\/\/www\.example\.org\/[a-z]{10}$/u],
      ["medical-record", /^[A-Z]\d\d-\d{5}$/u, /^[A-Z]\d\d-\d{5}$/u],
      ["vehicle", /^[A-HJ-NPR-Z0-9]{17}$/u, /^[A-HJ-NPR-Z0-9]{17}$/u],
      ["place", /^\d{5}$/u, /^000\d\d$/u],
      [
        "place",
        /^[1-9]\d{0,3} [A-Z][a-z]{3,8} Ave, Apt [1-9]B$/u,
        /^[1-9]\d{0,3} [A-Z][a-z]+ Ave, Apt [1-9][A-Z]$/u,
      ],
      ["place", /^St\. [A-Z][a-z]{3,8}'s Hospital$/u, /^St\. [A-Z][a-z]+'s Hospital$/u],
      ["photograph", /^[a-z]{4,9}_\d{4}\.jpg$/u, /^[a-z]+_\d{4}\.jpg$/u],
      ["age", /^(?:9\d|1[0-2]\d)$/u, /^90\+$/u],
    ];
    for (const [kind, original, form] of forms)
      fc.assert(
        fc.property(digits(original), (value) => {
          const taken = surrogate(kind, value);
          assert.match(taken, form, value);
          assert.notEqual(taken, value);
          assert.equal(surrogate(kind, value), taken);
        }),
        { numRuns: 30 },
      );
  });

  it("leaves nothing as it was, whatever is marked as an identifier", () => {
    assert.equal(surrogate("date", "Christmas"), "[date]");
    const kind = fc.constantFrom<IdentifierKind>(
      "name",
      "place",
      "date",
      "phone",
      "email",
      "url",
      "photograph",
      "age",
    );
    fc.assert(
      fc.property(kind, fc.string({ unit: "grapheme", minLength: 1 }), (each, value) => {
        assert.notEqual(surrogate(each, value), value);
      }),
      { numRuns: 200 },
    );
  });
});
