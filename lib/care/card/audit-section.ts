import type { CardSection } from "./card.ts";

/** The end of the audit log when the card was written. */
export interface AuditFacts {
  readonly entries: number;
  readonly head: string;
  readonly problems: number;
}

export function auditSection(audit: AuditFacts | undefined): CardSection {
  const title = "Audit log";
  if (audit === undefined) return { title, paragraphs: ["No audit log was kept."] };
  const state =
    audit.problems === 0
      ? "no line altered, removed or moved"
      : `${audit.problems} PROBLEMS were found in it`;
  return {
    title,
    paragraphs: [
      `${audit.entries.toLocaleString("en-US")} entries, ${state}. Head: ${audit.head}. Whoever has this card can prove by it that nothing before was changed.`,
    ],
  };
}
