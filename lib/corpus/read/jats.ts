import { normalisedDoi, normalisedPmcid, normalisedPmid } from "../identifiers.ts";
import { licenceIdentifier } from "../licence.ts";
import type { ParsedDocument } from "./entry.ts";
import { jatsText } from "./jats-text.ts";
import type { JatsTextOptions } from "./jats-text.ts";
import { withoutUndefined } from "./metadata.ts";
import { child, childrenOf, descend, findAll, flatText, textOrUndefined } from "./xml.ts";
import type { XmlElement } from "./xml.ts";

/** The element of each article, alone in its file or in a collection. */
export const jatsRecords: ReadonlySet<string> = new Set(["article"]);

/**
 * An article of the Journal Article Tag Suite (PubMed Central, PLOS, and others) as a document.
 *
 * @see https://jats.nlm.nih.gov/archiving/
 */
export function parseJats(article: XmlElement, options: JatsTextOptions): ParsedDocument {
  const front = child(article, "front") ?? article;
  const meta = child(front, "article-meta");
  const identifier = (type: string) =>
    textOrUndefined(childrenOf(meta, "article-id").find((held) => held.attributes["pub-id-type"] === type));
  const pmid = normalisedPmid(identifier("pmid"));
  const pmcid = normalisedPmcid(identifier("pmcid") ?? identifier("pmc"));
  const doi = normalisedDoi(identifier("doi"));
  const { licence, licenceText } = licenceOf(meta);
  const type = article.attributes["article-type"];
  const related = childrenOf(meta, "related-article");
  const retracts = type === "retraction" ? related.map(relatedIdentifier).filter(isText) : [];
  const isRetracted = related.some((held) => /^retraction-(?:forward|in)/u.test(relationOf(held)));
  const names = [pmid && `pmid:${pmid}`, pmcid && `pmcid:${pmcid}`, doi && `doi:${doi}`].filter(isText);
  const body = child(article, "body");
  return {
    id: pmcid ?? names[0],
    text: jatsText(article, options),
    licence,
    metadata: withoutUndefined({
      title: textOrUndefined(descend(meta, "title-group", "article-title")),
      authors: authorsOf(meta),
      pmid,
      pmcid,
      doi,
      journal: journalOf(child(front, "journal-meta")),
      year: yearOf(meta),
      language: article.attributes["xml:lang"]?.toLowerCase(),
      articleType: type,
      sections: childrenOf(body, "sec")
        .map((section) => flatText(child(section, "title")))
        .filter(isText),
      licenceText,
      retracted: isRetracted ? true : undefined,
    }),
    retracts,
    retractedAs: isRetracted ? names : undefined,
  };
}

function isText(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

function relationOf(related: XmlElement): string {
  return related.attributes["related-article-type"] ?? "";
}

function relatedIdentifier(related: XmlElement): string | undefined {
  if (!/retract/u.test(relationOf(related)) && relationOf(related) !== "object-of-concern") return undefined;
  const target = related.attributes["xlink:href"] ?? flatText(related);
  const pmid = related.attributes["ext-link-type"] === "pubmed" ? normalisedPmid(target) : undefined;
  if (pmid !== undefined) return `pmid:${pmid}`;
  const doi = normalisedDoi(target);
  return doi === undefined ? undefined : `doi:${doi}`;
}

/** The licence by its address, wherever it stands, else by its words. */
function licenceOf(meta: XmlElement | undefined): {
  licence: string | null;
  licenceText: string | undefined;
} {
  const permissions = child(meta, "permissions");
  const statements = [...childrenOf(permissions, "license"), ...findAll(permissions, "ali:license_ref")];
  const addresses = statements.flatMap((statement) => [
    statement.attributes["xlink:href"],
    ...findAll(statement, "ext-link").map((link) => link.attributes["xlink:href"]),
    ...findAll(statement, "ali:license_ref").map(flatText),
    statement.name === "ali:license_ref" ? flatText(statement) : undefined,
  ]);
  const words = statements.map(flatText).filter(isText);
  const fallback = textOrUndefined(child(permissions, "copyright-statement"));
  const told = [...addresses.filter(isText), ...words, ...(fallback === undefined ? [] : [fallback])];
  const licence = told.map(licenceIdentifier).find((found) => found !== null) ?? null;
  return { licence, licenceText: words[0] ?? fallback };
}

function authorsOf(meta: XmlElement | undefined): string[] {
  return childrenOf(meta, "contrib-group")
    .flatMap((group) => childrenOf(group, "contrib"))
    .filter((contributor) => (contributor.attributes["contrib-type"] ?? "author") === "author")
    .map((contributor) => {
      const name = child(contributor, "name") ?? descend(contributor, "name-alternatives", "name");
      const parts = [flatText(child(name, "surname")), flatText(child(name, "given-names"))].filter(isText);
      return parts.length > 0 ? parts.join(", ") : groupName(child(contributor, "collab"));
    })
    .filter(isText);
}

/** A group's name without its members, who may stand inside it. */
function groupName(group: XmlElement | undefined): string {
  if (group === undefined) return "";
  const children = group.children.filter((held) => typeof held === "string" || held.name !== "contrib-group");
  return flatText({ ...group, children });
}

/** The title, else the abbreviation of the National Library of Medicine. */
function journalOf(meta: XmlElement | undefined): string | undefined {
  const abbreviation = childrenOf(meta, "journal-id").find(
    (held) => held.attributes["journal-id-type"] === "nlm-ta",
  );
  return textOrUndefined(findAll(meta, "journal-title")[0]) ?? textOrUndefined(abbreviation);
}

/** The year of the earliest publication that is told. */
function yearOf(meta: XmlElement | undefined): number | undefined {
  const years = childrenOf(meta, "pub-date")
    .map((date) => Number(flatText(child(date, "year"))))
    .filter((year) => Number.isInteger(year) && year > 1000);
  return years.length === 0 ? undefined : Math.min(...years);
}
