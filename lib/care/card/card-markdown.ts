import { checkFields } from "../../core/arguments.ts";
import type { Card, CardSection, CardTable } from "./card.ts";

/** A card as GitHub Markdown, with its head as YAML; all text is escaped, so that none becomes markup. */
export function cardMarkdown(card: Card): string {
  checkFields("card", "a card, as dataCard or modelCard gives", card, ["head", "sections"]);
  const { title, warning, head, sections } = card;
  const yaml = Object.entries(head).map(
    ([key, value]) =>
      `${key}: ${typeof value === "string" ? JSON.stringify(value) : JSON.stringify([...value])}`,
  );
  const parts = [
    ...(yaml.length === 0 ? [] : [`---\n${yaml.join("\n")}\n---`]),
    `# ${escaped(title)}`,
    `**${escaped(warning)}**`,
    ...sections.flatMap(sectionParts),
  ];
  return `${parts.join("\n\n")}\n`;
}

function sectionParts({ title, paragraphs = [], points = [], tables = [] }: CardSection): string[] {
  return [
    `## ${escaped(title)}`,
    ...paragraphs.map(escaped),
    ...(points.length === 0 ? [] : [points.map((point) => `- ${escaped(point)}`).join("\n")]),
    ...tables.map(tableText),
  ];
}

function tableText({ caption, columns, rows }: CardTable): string {
  const lines = [columns, columns.map(() => "---"), ...rows].map((cells, index) =>
    index === 1 ? `| ${cells.join(" | ")} |` : `| ${cells.map(escaped).join(" | ")} |`,
  );
  return `${caption === undefined ? "" : `${escaped(caption)}\n\n`}${lines.join("\n")}`;
}

/** What Markdown or HTML would take for markup; an address stays as it is written. */
function escaped(text: string): string {
  return text
    .replaceAll(/[\\`*_[\]<>|#~]/gu, (character) => `\\${character}`)
    .replaceAll("&", "&amp;")
    .replaceAll(/\s*[\r\n]+\s*/gu, " ")
    .replace(/^(\s*)([-+>]|\d+[.)])(\s)/u, "$1\\$2$3");
}
