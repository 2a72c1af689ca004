import type { Document, Metadata } from "../document.ts";
import { normalisedDoi, workIdentifiers } from "../identifiers.ts";

/** What two records of one work have in common; in this order, the surest first. */
export const sameWorkReasons = ["pmid", "pmcid", "doi", "doi-version", "title-and-author"] as const;

export type SameWorkReason = (typeof sameWorkReasons)[number];

/** A text that two records share when they are of one work. */
export interface WorkKey {
  readonly reason: SameWorkReason;
  /** Readable, as evidence: "doi:10.1000/x", or the title's words and a family name. */
  readonly key: string;
}

/** Shorter titles ("Editorial", "Reply to the letter") say nothing. */
const minimumTitleWords = 4;
const minimumTitleCharacters = 20;

/** The first authors and the last one; others change their order between versions, but not all at once. */
const authorsUsed = 3;

/**
 * The keys of a document: PMID, PMCID, DOI, the DOI without a version, and title with each of some authors.
 *
 * Titles count from four words and 20 letters on, and never without an author. Case, accents, punctuation and
 * markup of titles and names do not matter.
 *
 * @example
 * workKeys({ metadata: { doi: "10.48550/arXiv.2404.14779v1" } }).map(({ key }) => key)
 * //=> ["doi:10.48550/arxiv.2404.14779v1", "doi-version:10.48550/arxiv.2404.14779"]
 */
export function workKeys({ metadata }: Pick<Document, "metadata">): WorkKey[] {
  const identifiers = workIdentifiers(metadata).map((key) => ({
    reason: key.slice(0, key.indexOf(":")) as SameWorkReason,
    key,
  }));
  const doi = normalisedDoi(metadata["doi"]);
  const unversioned = doi === undefined ? undefined : doiWithoutVersion(doi);
  const versions: WorkKey[] =
    unversioned === undefined ? [] : [{ reason: "doi-version", key: `doi-version:${unversioned}` }];
  return [...identifiers, ...versions, ...titleKeys(metadata)];
}

/** For registrants that number the versions of one work in its DOI; undefined for others. */
function doiWithoutVersion(doi: string): string | undefined {
  if (/^10\.(?:1101|64898)\/\d/u.test(doi)) return doi.replace(/v\d+$/u, "");
  if (doi.startsWith("10.48550/arxiv.")) return doi.replace(/v\d+$/u, "");
  if (/^10\.(?:21203|20944)\//u.test(doi)) return doi.replace(/[/.]v\d+$/u, "");
  if (/^10\.12688\/[\w-]+\.\d+/u.test(doi)) return doi.replace(/^(10\.12688\/[\w-]+\.\d+)\.\d+$/u, "$1");
  return undefined;
}

function titleKeys(metadata: Metadata): WorkKey[] {
  const { title, authors } = metadata;
  if (typeof title !== "string" || !Array.isArray(authors)) return [];
  const words = plainWords(title.replaceAll(/<\/?\w{1,8}>/gu, ""));
  const name = words.join(" ");
  if (words.length < minimumTitleWords || name.length < minimumTitleCharacters) return [];
  const families = (authors as readonly string[]).map(familyName).filter((family) => family !== "");
  const used = new Set([...families.slice(0, authorsUsed), ...families.slice(-1)]);
  return [...used].map((family) => ({ reason: "title-and-author" as const, key: `${name} / ${family}` }));
}

/** Of "Roe, Ann", "Ann Roe" and "Roe A". */
function familyName(author: string): string {
  const beforeComma = author.includes(",") ? author.slice(0, author.indexOf(",")) : undefined;
  const beforeInitials = /^(.+?) \p{Lu}{1,3}$/u.exec(author.trim())?.[1];
  const last = author.trim().split(/\s+/u).at(-1) ?? "";
  return plainWords(beforeComma ?? beforeInitials ?? last).join(" ");
}

/** Letters and digits in lower case without their accents. */
function plainWords(text: string): string[] {
  const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return plain.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Whether a record is of a preprint, by its type, its journal or the DOI's registrant. */
export function isPreprint(metadata: Metadata): boolean {
  const types = [metadata["articleType"], metadata["publicationTypes"]].flat();
  if (types.some((type) => typeof type === "string" && type.toLowerCase() === "preprint")) return true;
  if (/rxiv|preprint|research square|\bssrn\b/iu.test(String(metadata["journal"] ?? ""))) return true;
  // Cold Spring Harbor's journals share the registrant 10.1101 with bioRxiv and medRxiv, whose DOIs are numbers.
  const doi = normalisedDoi(metadata["doi"]) ?? "";
  return /^10\.(?:(?:1101|64898)\/\d|(?:21203|48550|20944|2139|26434|31219|31234|22541)\/)/u.test(doi);
}
