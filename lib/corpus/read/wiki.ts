import type { ParsedDocument, ParseOutcome } from "./entry.ts";
import { withoutUndefined } from "./metadata.ts";
import { child, descend, flatText, rawText } from "./xml.ts";
import type { XmlElement } from "./xml.ts";

/** The element of each page in a dump of MediaWiki. */
export const wikiRecords: ReadonlySet<string> = new Set(["page"]);

type WikiParser = typeof import("wtf_wikipedia").default;

/** Load the parser of wiki markup (about 0.1 s once). It fetches nothing. */
export async function wikiParser(): Promise<WikiParser> {
  return (await import("wtf_wikipedia")).default;
}

/**
 * Wiki markup as text: sections with their headings, lists and tables kept, templates and references left out.
 *
 * @returns undefined for a redirect
 */
export function parseWiki(markup: string, wiki: WikiParser, title?: string): ParsedDocument | undefined {
  const page = wiki(markup.replaceAll(/\r\n?/gu, "\n"));
  if (page.isRedirect()) return undefined;
  const blocks = title === undefined ? [] : [`# ${title}`];
  for (const section of page.sections()) {
    const parts = [
      section.text({}).trim(),
      ...[section.tables()].flat().map((table) => tableText(table as WikiTable)),
    ].filter((part) => part !== "");
    const heading = section.title();
    if (heading !== "" && parts.length > 0)
      blocks.push(`${"#".repeat(Math.min(section.depth() + 2, 6))} ${heading}`);
    blocks.push(...parts.map((part) => part.replaceAll(/^ *\* /gmu, "- ").replaceAll(/\n{3,}/gu, "\n\n")));
  }
  return {
    text: blocks.join("\n\n").toWellFormed(),
    metadata: withoutUndefined({ title, categories: page.categories() }),
  };
}

interface WikiTable {
  json(options?: object): object;
}

function tableText(table: WikiTable): string {
  const rows = table.json({}) as Record<string, unknown>[];
  if (!Array.isArray(rows) || rows.length === 0) return "";
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const header = columns.some((column) => !/^col\d+$/u.test(column)) ? [columns.join(" | ")] : [];
  return [...header, ...rows.map((row) => columns.map((column) => cellText(row[column])).join(" | "))].join(
    "\n",
  );
}

function cellText(cell: unknown): string {
  const text: unknown = typeof cell === "object" && cell !== null ? Reflect.get(cell, "text") : cell;
  return String(text ?? "").replaceAll(/\s+/gu, " ");
}

/** A page of a dump: articles become documents, redirects and pages about pages are told as failures. */
export function parseWikiPage(page: XmlElement, wiki: WikiParser): ParseOutcome {
  const title = flatText(child(page, "title"));
  const pageId = flatText(child(page, "id"));
  const namespace = flatText(child(page, "ns")) || "0";
  const place = `page ${pageId || title}`;
  if (namespace !== "0") return { place, reason: "not an article but a page of another namespace" };
  if (child(page, "redirect") !== undefined) return { place, reason: "a redirect" };
  const parsed = parseWiki(rawText(descend(page, "revision", "text")), wiki, title);
  if (parsed === undefined) return { place, reason: "a redirect" };
  const metadata = { ...parsed.metadata, ...withoutUndefined({ pageId: pageId || undefined }) };
  return { ...parsed, id: pageId === "" ? undefined : `wiki:${pageId}`, place, metadata };
}
