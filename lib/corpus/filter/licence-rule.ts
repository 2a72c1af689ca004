import { ArgumentError } from "../../core/errors.ts";
import { unknownName } from "../../core/nearest-name.ts";
import { isException } from "../../care/licence-terms.ts";
import type { FilterRule } from "./filter-rule.ts";

export interface LicencePolicy {
  /** What the policy lets pass, in words. */
  readonly allows: string;
  /** SPDX names without their versions. */
  readonly families: readonly string[];
  /** Where the list comes from. */
  readonly source: string;
}

const publicDomain = ["CC0", "CC-PDM", "CC-PDDC", "PDDL", "Unlicense"];
const attribution = ["CC-BY", "ODC-By", "OGL-UK", "MIT", "ISC", "Apache", "BSD"];
const shareAlike = ["CC-BY-SA", "ODbL", "GFDL"];

const creativeCommons = "https://creativecommons.org/share-your-work/cclicenses/ (what each licence permits)";

/** The policies by name; each is a list, so that what it lets pass can be read. */
export const licencePolicies = {
  "commercial-use": {
    allows: "commercial use, whatever else is asked; licences without derivatives too",
    families: [...publicDomain, ...attribution, ...shareAlike, "CC-BY-ND"],
    source:
      'PubMed Central, "Commercial Use Allowed" group of the Open Access Subset (CC0, CC BY, CC BY-SA, CC BY-ND): https://pmc.ncbi.nlm.nih.gov/tools/openftlist/',
  },
  "commercial-derivatives": {
    allows: "commercial use and changed versions; with share-alike",
    families: [...publicDomain, ...attribution, ...shareAlike],
    source: creativeCommons,
  },
  "attribution-only": {
    allows: "commercial use and changed versions, with attribution at most; no share-alike",
    families: [...publicDomain, ...attribution],
    source: creativeCommons,
  },
  "non-commercial-research": {
    allows: "use that is not commercial, with all that the other policies allow",
    families: [
      ...publicDomain,
      ...attribution,
      ...shareAlike,
      "CC-BY-ND",
      "CC-BY-NC",
      "CC-BY-NC-SA",
      "CC-BY-NC-ND",
    ],
    source:
      'PubMed Central, groups "Commercial Use Allowed" and "Non-Commercial Use Only" of the Open Access Subset: https://pmc.ncbi.nlm.nih.gov/tools/openftlist/',
  },
} as const satisfies Record<string, LicencePolicy>;

export type LicencePolicyName = keyof typeof licencePolicies;

/**
 * Drop documents whose licence a policy does not let pass; a licence that is not known is its own reason.
 *
 * Versions do not matter. Of `A OR B` one must pass, of `A AND B` both; an exception of SPDX after `WITH` changes nothing.
 *
 * @param policy a name of {@link licencePolicies}, or SPDX names of one's own
 * @throws {ArgumentError} an unknown name, or an empty list
 *
 * @example
 * licenceRule("commercial-use").reasons //=> ["licence-unknown", "licence-not-allowed"]
 */
export function licenceRule(policy: LicencePolicyName | { readonly allow: readonly string[] }): FilterRule {
  const allowed = new Set(namesOf(policy).map(familyOf));
  return {
    name: typeof policy === "string" ? `licence: ${policy}` : "licence",
    reasons: ["licence-unknown", "licence-not-allowed"],
    judge({ licence }) {
      if (licence === null || licence.trim() === "") return { drop: "licence-unknown" };
      return passes(licence, allowed) ? undefined : { drop: "licence-not-allowed" };
    },
  };
}

function namesOf(policy: LicencePolicyName | { readonly allow: readonly string[] }): readonly string[] {
  if (typeof policy === "string") {
    if (!Object.hasOwn(licencePolicies, policy))
      throw unknownName("policy", policy, Object.keys(licencePolicies));
    return licencePolicies[policy].families;
  }
  if (!Array.isArray(policy?.allow) || policy.allow.length === 0) {
    throw new ArgumentError("policy", "a policy's name or { allow: a list of SPDX names }", policy);
  }
  return policy.allow;
}

function passes(expression: string, allowed: ReadonlySet<string>): boolean {
  const bare = expression.replaceAll(/[()]/gu, " ");
  // Brackets would need a grammar: with them every name must pass, which never lets too much pass.
  const alternatives = bare === expression ? bare.split(/\sOR\s/u) : [bare.replaceAll(/\sOR\s/gu, " AND ")];
  return alternatives.some((alternative) =>
    alternative.split(/\sAND\s/u).every((name) => {
      const [family, ...additions] = name.split(/\sWITH\s/u);
      return additions.every(isException) && allowed.has(familyOf(family!));
    }),
  );
}

/** "CC-BY-SA-3.0-IGO" is of the family "CC-BY-SA"; "CC-BY-4.0-NC", which SPDX does not have, of none. */
function familyOf(name: string): string {
  return name
    .trim()
    .replace(
      /(?:-v?\d+(?:\.\d+)*)(?:-(?!(?:NC|ND)(?:-|$)|non|no-?deriv|research|academic|evaluation)[\w-]+)?$/iu,
      "",
    );
}
