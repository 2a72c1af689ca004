import { isUtf8 } from "node:buffer";
import { normalisedDoi, normalisedPmid } from "../identifiers.ts";
import { licenceIdentifier } from "../licence.ts";
import { Blocks } from "./blocks.ts";
import { declaredEncoding, decodeWhole } from "./decode-text.ts";
import type { DecodeOptions } from "./decode-text.ts";
import type { ParsedDocument } from "./entry.ts";
import { withoutUndefined } from "./metadata.ts";

/** A page becomes a tree of objects, some 30 times its size. */
export const maximumHtmlBytes = 32 * 1024 * 1024;

/**
 * The main text of a web page, without menus, advertisements and scripts; nothing is run or fetched.
 *
 * Mozilla's Readability finds the main text; a page that it does not understand gives all its text, and
 * `mainText: false` in the metadata.
 */
export async function parseHtml(bytes: Buffer, options: DecodeOptions): Promise<ParsedDocument> {
  htmlTools ??= loadHtmlTools();
  const { htmlDocument, Readability } = await htmlTools;
  // Pages that declare another encoding and are UTF-8 all the same are common; the reverse hardly happens.
  const html = decodeWhole(bytes, isUtf8(bytes) ? "utf-8" : declaredEncoding(bytes), options);
  const document = htmlDocument(html);
  const head = headOf(document);
  const found = new Readability<Node>(document, { serializer: (node) => node }).parse();
  const main = found?.content ?? undefined;
  const blocks = new Blocks();
  // Readability takes the page apart, so what it does not understand is parsed once more.
  writeNode(blocks, main ?? htmlDocument(html).body);
  const text = blocks.toString();
  const title = found?.title?.trim() || head.title;
  const isTitled = title === undefined || text.replace(/^#+ /u, "").startsWith(title);
  return {
    text: isTitled || text === "" ? text : `# ${title}\n\n${text}`,
    licence: head.licence,
    metadata: withoutUndefined({
      title,
      authors: head.authors,
      doi: head.doi,
      pmid: head.pmid,
      journal: head.journal,
      year: head.year,
      url: head.url,
      language: found?.lang?.toLowerCase() || document.documentElement.lang.toLowerCase() || undefined,
      mainText: main === undefined ? false : undefined,
    }),
  };
}

/** Loaded with the first page: most corpora have none. */
let htmlTools: ReturnType<typeof loadHtmlTools> | undefined;

async function loadHtmlTools() {
  const [{ htmlDocument }, { Readability }] = await Promise.all([
    import("./html-document.ts"),
    import("@mozilla/readability"),
  ]);
  return { htmlDocument, Readability };
}

function headOf(document: Document) {
  const meta = (name: string) =>
    document.querySelector(`meta[name="${name}" i]`)?.getAttribute("content")?.trim() || undefined;
  const authors = [...document.querySelectorAll('meta[name="citation_author" i]')].map(
    (held) => held.getAttribute("content")?.trim() ?? "",
  );
  const licences = [...document.querySelectorAll('[rel~="license" i]')].map(
    (held) => held.getAttribute("href") ?? "",
  );
  const year = /\d{4}/u.exec(meta("citation_publication_date") ?? meta("citation_date") ?? "")?.[0];
  return {
    title: meta("citation_title") ?? (document.title.trim() || undefined),
    authors: authors.filter((author) => author !== ""),
    doi: normalisedDoi(meta("citation_doi") ?? meta("dc.identifier")),
    pmid: normalisedPmid(meta("citation_pmid")),
    journal: meta("citation_journal_title"),
    year: year === undefined ? undefined : Number(year),
    url: document.querySelector('link[rel="canonical" i]')?.getAttribute("href") ?? undefined,
    licence: licences.map(licenceIdentifier).find((found) => found !== null) ?? null,
  };
}

const hidden = new Set([
  "SCRIPT",
  "STYLE",
  "NOSCRIPT",
  "TEMPLATE",
  "HEAD",
  "IFRAME",
  "OBJECT",
  "SVG",
  "BUTTON",
  "SELECT",
]);
const inline = new Set(
  "A ABBR B BDI BDO CITE CODE DATA DFN EM FONT I IMG INS KBD LABEL MARK MATH Q S SAMP SMALL SPAN STRONG SUB SUP TIME U VAR WBR".split(
    " ",
  ),
);
const textNode = 3;
const elementNode = 1;

function writeNode(blocks: Blocks, node: Node): void {
  if (node.nodeType === textNode) return blocks.inline(node.nodeValue ?? "");
  if (node.nodeType !== elementNode && node.childNodes.length === 0) return;
  const name = node.nodeName.toUpperCase();
  if (hidden.has(name)) return;
  switch (name) {
    case "BR":
      return blocks.inline(" ");
    case "PRE":
      blocks.close();
      blocks.inline(node.textContent ?? "");
      return blocks.closeVerbatim();
    case "TR":
      blocks.close();
      blocks.inline(cellsOf(node).join(" | "));
      return blocks.close("", { tight: true });
    case "LI":
      blocks.close();
      writeChildren(blocks, node);
      return blocks.close("- ", { tight: true });
  }
  if (inline.has(name)) return writeChildren(blocks, node);
  blocks.close();
  writeChildren(blocks, node);
  const level = /^H([1-6])$/u.exec(name)?.[1];
  blocks.close(level === undefined ? "" : `${"#".repeat(Number(level))} `);
}

function writeChildren(blocks: Blocks, node: Node): void {
  for (const held of node.childNodes) writeNode(blocks, held);
}

function cellsOf(row: Node): string[] {
  return [...row.childNodes]
    .filter(({ nodeName }) => nodeName === "TD" || nodeName === "TH")
    .map((cell) => (cell.textContent ?? "").replaceAll(/\s+/gu, " ").trim());
}
