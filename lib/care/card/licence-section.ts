import { conflictsOf, licenceTerms, type Purpose } from "../licence-terms.ts";
import { conflictingParts, strictestTerms, type LicencePart } from "../run-licences.ts";
import { countText, type CardSection } from "./card.ts";

/** The licences of all that went in, the strictest terms, and what each purpose meets. */
export function licenceSection(
  parts: readonly LicencePart[],
  purpose: Purpose | null | undefined,
  isRestricted: boolean,
): CardSection {
  const terms = strictestTerms(parts).join(", ") || "none";
  const closed = (["share", "commercial"] as const).filter(
    (each) => conflictingParts(parts, each).length > 0,
  );
  const openness =
    closed.length === 0
      ? "Nothing that went in stands against sharing or commercial use."
      : `By what went in it is not open to: ${closed.join(", ")}.`;
  const rows = parts.map(({ name, kind, licence, documentCount, tokenCount }) => [
    kind === "weights" ? `first weights ${name}` : name,
    licence ?? "not known",
    licenceTerms(licence).join(", ") || "none",
    (["share", "commercial"] as const).filter((each) => conflictsOf(licence, each).length > 0).join(", ") ||
      "-",
    kind === "weights" ? "-" : countText(documentCount, isRestricted),
    kind === "weights" ? "-" : countText(tokenCount, isRestricted),
  ]);
  return {
    title: "Licences and purpose",
    paragraphs: [`Strictest terms: ${terms}. Declared purpose: ${purpose ?? "none"}. ${openness}`],
    tables: [{ columns: ["what", "licence", "terms", "not open to", "documents", "tokens"], rows }],
  };
}
