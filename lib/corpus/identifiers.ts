/**
 * The one form of a DOI: lower case, without resolver and prefix; undefined for what is none.
 *
 * DOIs are equal whatever the case of their letters (DOI Handbook 2.4).
 *
 * @example
 * normalisedDoi("https://doi.org/10.1371/Journal.PBIO.0020334") //=> "10.1371/journal.pbio.0020334"
 */
export function normalisedDoi(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const bare = decoded(value.trim())
    .replace(/^(?:(?:https?:\/\/)?(?:dx\.|www\.)?doi\.org\/|info:doi\/|doi:\s*)/iu, "")
    .replace(/[.,;)\]]+$/u, "")
    .toLowerCase();
  return /^10\.\d{4,9}\/\S+$/u.test(bare) ? bare : undefined;
}

function decoded(value: string): string {
  if (!/^https?:/iu.test(value)) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** The digits of a PMID without leading zeros; undefined for what is none. */
export function normalisedPmid(value: unknown): string | undefined {
  return /^(?:pmid:?\s*)?0*([1-9]\d{0,9})(?:\.\d+)?$/iu.exec(String(value ?? "").trim())?.[1];
}

/** `PMC` and digits; undefined for what is none. */
export function normalisedPmcid(value: unknown): string | undefined {
  const digits = /^(?:pmcid:?\s*)?(?:pmc)?0*([1-9]\d{0,9})(?:\.\d+)?$/iu.exec(
    String(value ?? "").trim(),
  )?.[1];
  return digits === undefined ? undefined : `PMC${digits}`;
}

/**
 * A document's identifiers as "pmid:…", "pmcid:…", "doi:…", each normalised; in this order.
 *
 * @example
 * workIdentifiers({ pmid: "015", doi: "doi:10.1000/X" }) //=> ["pmid:15", "doi:10.1000/x"]
 */
export function workIdentifiers(metadata: Readonly<Record<string, unknown>>): string[] {
  const pmid = normalisedPmid(metadata["pmid"]);
  const pmcid = normalisedPmcid(metadata["pmcid"]);
  const doi = normalisedDoi(metadata["doi"]);
  return [
    ...(pmid === undefined ? [] : [`pmid:${pmid}`]),
    ...(pmcid === undefined ? [] : [`pmcid:${pmcid}`]),
    ...(doi === undefined ? [] : [`doi:${doi}`]),
  ];
}
