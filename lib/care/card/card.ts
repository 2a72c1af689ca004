import { minimumCount } from "../../core/minimum-count.ts";

/** A model card or data card, before it is written as Markdown or HTML. */
export interface Card {
  readonly title: string;
  /** What every reader must know first. */
  readonly warning: string;
  /** For hubs, at the head of the Markdown: texts, or lists of texts. */
  readonly head: Readonly<Record<string, string | readonly string[]>>;
  readonly sections: readonly CardSection[];
}

/** A titled part of a card. */
export interface CardSection {
  readonly title: string;
  readonly paragraphs?: readonly string[];
  readonly points?: readonly string[];
  readonly tables?: readonly CardTable[];
  /** Items of TRIPOD-LLM that it answers; only of a section that says something. */
  readonly answers?: readonly string[];
}

/** A table of a card; every cell is text. */
export interface CardTable {
  readonly caption?: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A count for readers; of restricted data in tens, so that no small one follows from the difference of two. */
export function countText(count: number | null | undefined, isRestricted: boolean): string {
  if (count === null || count === undefined) return "unknown";
  if (!isRestricted || count === 0) return count.toLocaleString("en-US");
  if (count < minimumCount()) return `fewer than ${minimumCount()}`;
  return `about ${(Math.round(count / 10) * 10).toLocaleString("en-US")}`;
}

/** A number of which nobody says of how many it is: of restricted data whole ones as counts, and no other. */
export function numberOfRestricted(value: number): string {
  return Number.isInteger(value) ? countText(value, true) : "not shown";
}

/** "12.3 %", of nothing "-". */
export function shareText(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : "-";
}
