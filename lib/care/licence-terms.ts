import { readFileSync } from "node:fs";

import { checkIterable, checkList, checkString } from "../core/arguments.ts";
import { unknownName } from "../core/nearest-name.ts";

/**
 * What a licence asks or forbids of what is made from a text.
 *
 * `attribution`: the source is named. `share-alike`: what is made is shared under the same licence alone.
 * `non-commercial`: no commercial use. `no-derivatives`: no changed version is shared. `no-competing-models`: may not
 * train a model that competes with its maker's, as terms of hosted models have it for their outputs. `unknown`: no
 * licence is stated, or none that is understood; then nothing is permitted.
 */
export type LicenceTerm =
  | "attribution"
  | "share-alike"
  | "non-commercial"
  | "no-derivatives"
  | "no-competing-models"
  | "unknown";

/** Terms in the order of {@link LicenceTerm}; none is the public domain. */
export type LicenceTerms = readonly LicenceTerm[];

/** What a model or corpus is to be used for. */
export type Purpose = "research" | "share" | "commercial";

/** The trainer reads the same file. */
const rules = JSON.parse(
  readFileSync(new URL("../../trainer/schemas/licence-terms.json", import.meta.url), "utf8"),
) as {
  readonly terms: LicenceTerms;
  readonly purposes: Readonly<Record<Purpose, LicenceTerms>>;
  readonly exceptions: string;
  readonly families: readonly { readonly pattern: string; readonly terms: LicenceTerms }[];
};

export const licenceTermNames: LicenceTerms = rules.terms;

/** The terms that stand against each purpose. */
export const purposes: Readonly<Record<Purpose, LicenceTerms>> = rules.purposes;

/** SPDX families without their versions; SPDX names are the same whatever their letters' case. */
const families = rules.families.map(({ pattern, terms }) => ({ pattern: new RegExp(pattern, "iu"), terms }));

const exceptions = new RegExp(rules.exceptions, "iu");

/** Whether what stands after `WITH` is an exception of SPDX, which permits more: "Commons-Clause" is none. */
export function isException(name: string): boolean {
  return exceptions.test(name.trim());
}

/**
 * The terms of a licence: an SPDX name or expression, or a family as in "CC-BY".
 *
 * Of `A AND B` both hold. Of `A OR B` one may be chosen: the one with fewer terms is, the first of equals; to ask
 * whether any choice allows a purpose use {@link conflictsOf}. An exception after `WITH` changes nothing; what is no
 * exception of SPDX makes the licence unknown.
 *
 * @example
 * licenceTerms("CC-BY-NC-SA-4.0") //=> ["attribution", "share-alike", "non-commercial"]
 * licenceTerms("MIT OR GPL-3.0-only") //=> ["attribution"]
 * licenceTerms(null) //=> ["unknown"]
 */
export function licenceTerms(licence: string | null): LicenceTerms {
  if (licence !== null) checkString("licence", "a licence, or null where none is known", licence);
  return alternatives(licence)
    .map(({ terms }) => terms)
    .toSorted((one, other) => one.length - other.length)[0]!;
}

/**
 * All terms of several licences together: what holds for a thing that was made from all of them.
 *
 * @example
 * joinTerms([["attribution"], ["attribution", "share-alike"], []]) //=> ["attribution", "share-alike"]
 */
export function joinTerms(terms: Iterable<LicenceTerms>): LicenceTerms {
  checkIterable("terms", "terms of licences", terms);
  const joined = new Set<LicenceTerm>();
  for (const each of terms) for (const term of each) joined.add(term);
  return licenceTermNames.filter((term) => joined.has(term));
}

/**
 * The terms of a licence that stand against a purpose; of `A OR B`, those of the alternative that has fewest.
 *
 * @throws {ArgumentError} an unknown purpose
 *
 * @example
 * conflictsOf("CC-BY-NC-4.0", "commercial") //=> ["non-commercial"]
 * conflictsOf("CC-BY-NC-4.0 OR CC-BY-4.0", "commercial") //=> []
 */
export function conflictsOf(licence: string | null, purpose: Purpose): LicenceTerms {
  const against: ReadonlySet<LicenceTerm> = new Set(purposes[checkPurpose(purpose)]);
  const found = alternatives(licence).map(({ terms }) => terms.filter((term) => against.has(term)));
  return found.toSorted((one, other) => one.length - other.length)[0]!;
}

/**
 * What stands against sharing a thing that is made of things under several licences, by licence.
 *
 * Besides what {@link conflictsOf} finds: what is made of something share-alike is shared under that licence alone. So
 * two of them speak against each other, and one of them against a term that it does not have itself. Versions of a
 * licence of Creative Commons from 2.0 on count as one, others as different.
 *
 * @example
 * sharingConflicts(["CC-BY-SA-4.0", "CC-BY-4.0"]) //=> [[], []]
 * sharingConflicts(["CC-BY-SA-4.0", "CC-BY-NC-4.0"]) //=> [["share-alike"], ["non-commercial"]]
 */
export function sharingConflicts(licences: readonly (string | null)[]): LicenceTerms[] {
  checkList("licences", "licences, null where none is known", licences);
  const against: ReadonlySet<LicenceTerm> = new Set(purposes.share);
  const chosen = licences.map((licence) => {
    const each = alternatives(licence).map((one) => ({
      ...one,
      own: one.terms.filter((term) => against.has(term)),
      demands: one.shareAlike.length + one.terms.filter((term) => limiting.has(term)).length,
    }));
    return each.toSorted(
      (one, other) => one.own.length - other.own.length || one.demands - other.demands,
    )[0]!;
  });
  const alike = [...new Set(chosen.flatMap(({ shareAlike }) => shareAlike))];
  const allowed = new Set(alike.flatMap((name) => termsOfName(name)));
  const further = ({ terms }: Alternative): LicenceTerms =>
    alike.length === 0 ? [] : terms.filter((term) => limiting.has(term) && !allowed.has(term));
  const isClosed = alike.length > 1 || chosen.some((each) => further(each).length > 0);
  return chosen.map((each) => {
    const sharing: LicenceTerms = isClosed && each.shareAlike.length > 0 ? ["share-alike"] : [];
    return joinTerms([each.own, sharing, further(each)]);
  });
}

/**
 * What of each licence stands against a purpose of a thing that is made of all of them.
 *
 * @throws {ArgumentError} an unknown purpose
 */
export function termsAgainst(licences: readonly (string | null)[], purpose: Purpose): LicenceTerms[] {
  if (checkPurpose(purpose) === "share") return sharingConflicts(licences);
  return licences.map((licence) => conflictsOf(licence, purpose));
}

/** What a share-alike licence that lacks it forbids to add. */
const limiting: ReadonlySet<LicenceTerm> = new Set(["non-commercial", "no-competing-models"]);

/** @throws {ArgumentError} an unknown purpose, with all */
export function checkPurpose(purpose: string): Purpose {
  if (!Object.hasOwn(purposes, purpose)) throw unknownName("purpose", purpose, Object.keys(purposes));
  return purpose as Purpose;
}

/**
 * The licence of a thing that is under two at once, such as a question and the reasoning that a model wrote for it.
 *
 * @returns null, not known, as soon as one of them is not known
 *
 * @example
 * bothLicences("CC-BY-4.0", "LicenseRef-no-competing-models") //=> "CC-BY-4.0 AND LicenseRef-no-competing-models"
 */
export function bothLicences(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return null;
  checkString("one", "a licence, or null where none is known", one);
  checkString("other", "a licence, or null where none is known", other);
  if (one === other) return one;
  return [one, other].map((each) => (/\sOR\s/u.test(each) ? `(${each})` : each)).join(" AND ");
}

/** A licence that may be chosen. */
interface Alternative {
  readonly terms: LicenceTerms;
  /** Names in it under which alone what is made of it is shared. */
  readonly shareAlike: readonly string[];
}

function alternatives(licence: string | null): Alternative[] {
  if (licence === null || licence.trim() === "") return [{ terms: ["unknown"], shareAlike: [] }];
  const bare = licence.replaceAll(/[()]/gu, " ");
  // Brackets would need a grammar: with them every name holds, which never permits too much.
  const chosen = bare === licence ? bare.split(/\sOR\s/u) : [bare.replaceAll(/\sOR\s/gu, " AND ")];
  return chosen.map((one) => {
    const names = one.split(/\sAND\s/u);
    const alike = names.filter((name) => termsOfName(name).includes("share-alike"));
    return { terms: joinTerms(names.map(termsOfName)), shareAlike: alike.map(withoutVersion) };
  });
}

/** Creative Commons lets what is made be shared under a later version, from 2.0 on. */
function withoutVersion(name: string): string {
  const bare = name
    .split(/\sWITH\s/u)[0]!
    .trim()
    .toLowerCase();
  return bare.replace(/^(cc-by-(?:nc-)?sa)-[2-9].*$/u, "$1");
}

function termsOfName(name: string): LicenceTerms {
  const [bare, ...additions] = name.split(/\sWITH\s/u);
  if (!additions.every(isException)) return ["unknown"];
  return families.find(({ pattern }) => pattern.test(bare!.trim()))?.terms ?? ["unknown"];
}
