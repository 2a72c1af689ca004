/** How documents are written in a file. */
export type DocumentFormat =
  | "jats"
  | "medline"
  | "medquad"
  | "html"
  | "markdown"
  | "text"
  | "wiki"
  | "wiki-dump"
  | "jsonl"
  | "csv"
  | "parquet";

export const documentFormats: readonly DocumentFormat[] = [
  "jats",
  "medline",
  "medquad",
  "html",
  "markdown",
  "text",
  "wiki",
  "wiki-dump",
  "jsonl",
  "csv",
  "parquet",
];

const formatsByExtension: Readonly<Record<string, DocumentFormat | "xml">> = {
  xml: "xml",
  nxml: "xml",
  html: "html",
  htm: "html",
  xhtml: "html",
  md: "markdown",
  markdown: "markdown",
  txt: "text",
  text: "text",
  wiki: "wiki",
  mediawiki: "wiki",
  wikitext: "wiki",
  jsonl: "jsonl",
  ndjson: "jsonl",
  csv: "csv",
  tsv: "csv",
  parquet: "parquet",
  pq: "parquet",
};

const formatsByRoot: Readonly<Record<string, DocumentFormat>> = {
  article: "jats",
  "pmc-articleset": "jats",
  "OAI-PMH": "jats",
  PubmedArticleSet: "medline",
  PubmedArticle: "medline",
  MedlineCitationSet: "medline",
  MedlineCitation: "medline",
  PubmedBookArticleSet: "medline",
  Document: "medquad",
  mediawiki: "wiki-dump",
  html: "html",
};

/** What a file's name and first bytes say: a format, why there is none, or nothing at all. */
export type FoundFormat = { readonly format: DocumentFormat } | { readonly problem: string } | undefined;

/**
 * Find how documents are written from a file's name and its first bytes; XML is told by its root element.
 *
 * @returns undefined for a file that neither name nor bytes show to hold documents
 */
export function findFormat(name: string, head: Buffer): FoundFormat {
  const text = head
    .toString("latin1")
    .replace(/^\xef\xbb\xbf/u, "")
    .trimStart();
  const byName = formatsByExtension[extensionOf(name)];
  if (text.startsWith("PAR1")) return { format: "parquet" };
  if (/^(?:<!doctype html|<html)\b/iu.test(text)) return { format: "html" };
  if (byName === "xml" || (byName === undefined && /^<\?xml\b/u.test(text))) {
    const root = rootElement(text);
    if (root === undefined)
      return { problem: 'XML whose root element is not in its first bytes; give "format"' };
    const format = formatsByRoot[root.slice(root.indexOf(":") + 1)];
    const known = Object.keys(formatsByRoot).join(", ");
    return format === undefined
      ? { problem: `XML of the unknown root element <${root}>; known are ${known}` }
      : { format };
  }
  if (byName !== undefined) return { format: byName };
  return /^\{\s*"/u.test(text) ? { format: "jsonl" } : undefined;
}

/** The last extension in lower case, that of a compression taken off. */
export function extensionOf(name: string): string {
  const bare = name.toLowerCase().replace(/\.(?:gz|zst)$/u, "");
  const file = bare.slice(bare.lastIndexOf("/") + 1);
  const dot = file.lastIndexOf(".");
  return dot < 0 ? "" : file.slice(dot + 1);
}

function rootElement(text: string): string | undefined {
  const body = text
    .replaceAll(/<\?[\s\S]*?\?>|<!--[\s\S]*?-->/gu, "")
    .replace(/<!DOCTYPE(?:[^[>"']|"[^"]*"|'[^']*')*(?:\[[\s\S]*?\]\s*)?>/u, "");
  return /^\s*<([A-Za-z_][\w.:-]*)/u.exec(body)?.[1];
}
