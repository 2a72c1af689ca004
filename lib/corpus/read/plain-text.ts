import { licenceIdentifier } from "../licence.ts";
import type { ParsedDocument } from "./entry.ts";
import { withoutUndefined } from "./metadata.ts";

/** A text as it is, with line feeds alone as line ends. */
export function parsePlainText(text: string): ParsedDocument {
  return { text: withLineFeeds(text), metadata: {} };
}

/**
 * Markdown as it is, since a language model reads it so; what stands in a front matter goes to the metadata.
 *
 * Of the front matter, lines of the form `key: value` are understood; `license` or `licence` is the licence.
 */
export function parseMarkdown(text: string): ParsedDocument {
  const whole = withLineFeeds(text);
  const front = /^---\n([\s\S]*?)\n(?:---|\.\.\.)(?:\n|$)/u.exec(whole);
  const body = front === null ? whole : whole.slice(front[0].length).trimStart();
  const told = Object.fromEntries(
    (front?.[1] ?? "").split("\n").flatMap((line) => {
      const pair = /^([\p{L}\p{N}_-]+):\s*(.+)$/u.exec(line);
      return pair === null ? [] : [[pair[1]!, pair[2]!.replace(/^(["'])(.*)\1$/u, "$2")] as const];
    }),
  );
  const heading = /^# +(.+)$/mu.exec(body)?.[1]?.trim();
  const licence = told["licence"] ?? told["license"];
  return {
    text: body,
    licence: licence === undefined ? null : licenceIdentifier(licence),
    metadata: withoutUndefined({ title: heading, ...told }),
  };
}

function withLineFeeds(text: string): string {
  return text.replaceAll(/\r\n?/gu, "\n").toWellFormed().trim();
}
