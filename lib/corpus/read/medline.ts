import { normalisedDoi, normalisedPmcid, normalisedPmid } from "../identifiers.ts";
import { Blocks } from "./blocks.ts";
import type { ParsedDocument } from "./entry.ts";
import { withoutUndefined } from "./metadata.ts";
import { child, childrenOf, descend, findAll, flatText, textOrUndefined } from "./xml.ts";
import type { XmlElement } from "./xml.ts";

/** The element of each record, in files of PubMed's baseline, of its updates, and of E-utilities. */
export const medlineRecords: ReadonlySet<string> = new Set([
  "PubmedArticle",
  "MedlineCitation",
  "PubmedBookArticle",
]);

/**
 * A record of PubMed as a document: the title, then the abstract with its labels as headings.
 *
 * Records without an abstract give their title alone. A retraction notice names the PMIDs that it retracts, wholly
 * or in part; a record that says it was retracted is marked.
 *
 * @see https://www.nlm.nih.gov/bsd/licensee/elements_descriptions.html
 */
export function parseMedline(record: XmlElement): ParsedDocument {
  const citation = child(record, "MedlineCitation") ?? child(record, "BookDocument") ?? record;
  const article = child(citation, "Article") ?? citation;
  const pmid = normalisedPmid(flatText(child(citation, "PMID")));
  const corrections = childrenOf(child(citation, "CommentsCorrectionsList"), "CommentsCorrections");
  const pmidsOf = (relation: RegExp) =>
    corrections
      .filter((held) => relation.test(held.attributes["RefType"] ?? ""))
      .map((held) => normalisedPmid(flatText(child(held, "PMID"))))
      .filter((found) => found !== undefined);
  const types = childrenOf(child(article, "PublicationTypeList"), "PublicationType").map(flatText);
  const isRetracted =
    types.includes("Retracted Publication") ||
    corrections.some((held) => held.attributes["RefType"] === "RetractionIn");
  const identifiers = identifiersOf(record, article);
  const names = [pmid && `pmid:${pmid}`, identifiers.doi && `doi:${identifiers.doi}`].filter(
    (name) => !!name,
  );
  return {
    id: names[0] || undefined,
    text: abstractText(article),
    metadata: withoutUndefined({
      title: textOrUndefined(child(article, "ArticleTitle")),
      authors: authorsOf(article),
      pmid,
      ...identifiers,
      journal: textOrUndefined(descend(article, "Journal", "Title")),
      year: yearOf(article),
      language: textOrUndefined(child(article, "Language")),
      publicationTypes: types,
      mesh: findAll(child(citation, "MeshHeadingList"), "DescriptorName").map(flatText),
      retracted: isRetracted ? true : undefined,
    }),
    retracts: pmidsOf(/^(?:RetractionOf|PartialRetractionOf|RetractedandRepublishedFrom)$/u).map(
      (held) => `pmid:${held}`,
    ),
    retractedAs: isRetracted ? (names as string[]) : undefined,
  };
}

function abstractText(article: XmlElement): string {
  const blocks = new Blocks();
  blocks.inline(flatText(child(article, "ArticleTitle")));
  blocks.close();
  for (const part of childrenOf(child(article, "Abstract"), "AbstractText")) {
    blocks.inline(part.attributes["Label"] ?? "");
    blocks.close("# ");
    blocks.inline(flatText(part));
    blocks.close();
  }
  return blocks.toString();
}

/** The record's own identifiers; its list of references holds lists of the same name. */
function identifiersOf(
  record: XmlElement,
  article: XmlElement,
): { readonly pmcid: string | undefined; readonly doi: string | undefined } {
  const list =
    descend(record, "PubmedData", "ArticleIdList") ?? descend(record, "PubmedBookData", "ArticleIdList");
  const identifier = (type: string) =>
    textOrUndefined(childrenOf(list, "ArticleId").find((held) => held.attributes["IdType"] === type));
  const located = childrenOf(article, "ELocationID").find((held) => held.attributes["EIdType"] === "doi");
  return {
    pmcid: normalisedPmcid(identifier("pmc")),
    doi: normalisedDoi(identifier("doi") ?? flatText(located)),
  };
}

function authorsOf(article: XmlElement): string[] {
  return childrenOf(child(article, "AuthorList"), "Author")
    .map((author) => {
      const name = [child(author, "LastName"), child(author, "ForeName") ?? child(author, "Initials")];
      return (
        name
          .map(flatText)
          .filter((part) => part !== "")
          .join(", ") || flatText(child(author, "CollectiveName"))
      );
    })
    .filter((name) => name !== "");
}

function yearOf(article: XmlElement): number | undefined {
  const date = descend(article, "Journal", "JournalIssue", "PubDate") ?? descend(article, "Book", "PubDate");
  const year = /\d{4}/u.exec(flatText(child(date, "Year")) || flatText(child(date, "MedlineDate")))?.[0];
  return year === undefined ? undefined : Number(year);
}
