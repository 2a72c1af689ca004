import { Blocks } from "./blocks.ts";
import { mathText } from "./math-text.ts";
import { child, childrenOf, findAll, flatText, rawText } from "./xml.ts";
import type { XmlElement } from "./xml.ts";

export interface JatsTextOptions {
  readonly tables: "keep" | "drop";
  /** Titles of sections that are left out with all below them, in lower case. */
  readonly leaveOutSections: ReadonlySet<string>;
}

/** Elements without text of the article: references, files, pictures, and what is said about the article. */
const dropped = new Set([
  "ref-list",
  "graphic",
  "inline-graphic",
  "media",
  "supplementary-material",
  "object-id",
  "fn-group",
  "fn",
  "permissions",
  "attrib",
  "processing-meta",
  "annotation",
  "annotation-xml",
]);

/** Elements that stand for themselves between the paragraphs. */
const blockElements = new Set([
  "p",
  "disp-formula",
  "disp-formula-group",
  "disp-quote",
  "verse-group",
  "verse-line",
  "statement",
  "fig",
  "fig-group",
  "list",
  "def-list",
  "caption",
  "abstract",
  "app",
  "speech",
  "question",
  "answer",
]);

/**
 * The text of an article: title, abstracts, body and appendices, without references.
 *
 * Powers keep their meaning ("10^6" and not "106"). Of a formula in several forms the MathML's characters are
 * taken, else its TeX without the preamble.
 */
export function jatsText(article: XmlElement, options: JatsTextOptions): string {
  const blocks = new Blocks();
  const meta = child(child(article, "front") ?? article, "article-meta");
  const title = child(child(meta, "title-group"), "article-title");
  if (title !== undefined) {
    writeInline(blocks, title, options);
    blocks.close();
  }
  for (const abstract of childrenOf(meta, "abstract")) {
    // Pictures and one-line teasers repeat what the abstract says.
    if (["graphical", "toc", "teaser"].includes(abstract.attributes["abstract-type"] ?? "")) continue;
    if (child(abstract, "title") === undefined) {
      blocks.inline("Abstract");
      blocks.close("# ");
    }
    writeSection(blocks, abstract, 1, options);
  }
  const body = child(article, "body");
  if (body !== undefined) writeSection(blocks, body, 0, options);
  for (const group of childrenOf(child(article, "back"), "app-group")) {
    for (const appendix of childrenOf(group, "app")) writeSection(blocks, appendix, 1, options);
  }
  return blocks.toString();
}

/** A section's title at its level, then what it holds; `body` has level 0 and no title. */
function writeSection(blocks: Blocks, section: XmlElement, level: number, options: JatsTextOptions): void {
  const title = child(section, "title");
  if (title !== undefined) {
    if (options.leaveOutSections.has(flatText(title).toLowerCase())) return;
    writeInline(blocks, title, options);
    blocks.close(`${"#".repeat(Math.min(Math.max(level, 1), 6))} `);
  }
  for (const held of section.children) {
    if (typeof held === "string") blocks.inline(held);
    else if (held.name === "sec") {
      blocks.close();
      writeSection(blocks, held, level + 1, options);
    } else if (held !== title && !(held.name === "label" && title !== undefined)) {
      writeElement(blocks, held, options);
    }
  }
  blocks.close();
}

function writeElement(blocks: Blocks, element: XmlElement, options: JatsTextOptions): void {
  if (dropped.has(element.name)) return;
  switch (element.name) {
    case "table-wrap":
    case "table-wrap-group":
    case "table":
      blocks.close();
      if (options.tables === "keep") writeTable(blocks, element, options);
      return;
    case "alternatives":
      return writeAlternatives(blocks, element, options);
    case "mml:math":
    case "math":
      return blocks.inline(mathText(element));
    case "tex-math":
      return blocks.inline(texBody(rawText(element)));
    case "boxed-text":
    case "sec":
      blocks.close();
      return writeSection(blocks, element, 2, options);
    case "title":
      blocks.close();
      writeInline(blocks, element, options);
      return blocks.close("## ");
    case "break":
      return blocks.inline(" ");
    case "xref":
      // A raised reference number would join the word before it.
      return child(element, "sup") === undefined ? writeInline(blocks, element, options) : undefined;
    case "sup":
      return writeSuperscript(blocks, element, options);
    case "list-item":
      return writeItem(blocks, element, options);
    case "def-item":
      return writeDefinition(blocks, element, options);
    case "label":
      writeInline(blocks, element, options);
      return blocks.inline(" ");
  }
  if (!blockElements.has(element.name)) return writeInline(blocks, element, options);
  // A figure's label belongs to the first paragraph of its caption.
  const joinsLabel = element.name === "caption" || element.name === "p";
  if (!joinsLabel) blocks.close();
  writeInline(blocks, element, options);
  if (element.name !== "caption") blocks.close();
}

function writeInline(blocks: Blocks, element: XmlElement, options: JatsTextOptions): void {
  for (const held of element.children) {
    if (typeof held === "string") blocks.inline(held);
    else if (held.name === "title" && element.name === "caption") {
      writeInline(blocks, held, options);
      blocks.inline(" ");
    } else writeElement(blocks, held, options);
  }
}

function writeAlternatives(blocks: Blocks, element: XmlElement, options: JatsTextOptions): void {
  const forms = element.children.filter((held): held is XmlElement => typeof held !== "string");
  const chosen =
    forms.find(({ name }) => name === "table" || name.endsWith("math") || name === "textual-form") ??
    forms[0];
  if (chosen !== undefined) writeElement(blocks, chosen, options);
}

function texBody(tex: string): string {
  return /\\begin\{document\}([\s\S]*?)\\end\{document\}/u.exec(tex)?.[1]?.trim() ?? tex;
}

/** "10<sup>6</sup>" is not 106; raised reference numbers are left out, other raised text needs no sign. */
function writeSuperscript(blocks: Blocks, element: XmlElement, options: JatsTextOptions): void {
  if (findAll(element, "xref").length > 0) return;
  const isNumber = /^[-−+–]?\d+(?:\.\d+)?$/u.test(flatText(element));
  if (isNumber && /[\p{L}\p{N}]/u.test(blocks.lastCharacter)) blocks.inline("^");
  writeInline(blocks, element, options);
}

function writeItem(blocks: Blocks, item: XmlElement, options: JatsTextOptions): void {
  blocks.close();
  const inner = new Blocks();
  for (const held of item.children) {
    if (typeof held === "string") inner.inline(held);
    else if (held.name !== "label") writeElement(inner, held, options);
  }
  const text = inner.toString();
  if (text === "") return;
  blocks.inline(text);
  blocks.close("- ", { tight: true });
}

function writeDefinition(blocks: Blocks, item: XmlElement, options: JatsTextOptions): void {
  blocks.close();
  const term = flatText(child(item, "term"));
  const inner = new Blocks();
  for (const definition of childrenOf(item, "def")) writeInline(inner, definition, options);
  blocks.inline(`${term}: ${inner.toString()}`);
  blocks.close("- ", { tight: true });
}

/** Label and caption as a paragraph, each row as a line, then the notes below. */
function writeTable(blocks: Blocks, element: XmlElement, options: JatsTextOptions): void {
  const label = child(element, "label");
  if (label !== undefined) blocks.inline(`${flatText(label)} `);
  const caption = child(element, "caption");
  if (caption !== undefined) writeInline(blocks, caption, options);
  blocks.close();
  let isFirst = true;
  for (const row of findAll(element, "tr")) {
    const cells = row.children.filter((held): held is XmlElement => typeof held !== "string");
    const line = cells.map((cell) => cellText(cell, options)).join(" | ");
    if (!/[^\s|]/u.test(line)) continue;
    blocks.inline(line);
    blocks.close("", { tight: !isFirst });
    isFirst = false;
  }
  for (const foot of childrenOf(element, "table-wrap-foot")) {
    for (const note of findAll(foot, "p")) {
      writeInline(blocks, note, options);
      blocks.close();
    }
  }
}

function cellText(cell: XmlElement, options: JatsTextOptions): string {
  const inner = new Blocks();
  writeInline(inner, cell, options);
  return inner.toString().replaceAll(/\s+/gu, " ");
}
