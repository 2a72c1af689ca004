import type { ParsedDocument, ParseOutcome } from "./entry.ts";
import { withoutUndefined } from "./metadata.ts";
import { child, childrenOf, descend, findAll, flatText, rawText, textOrUndefined } from "./xml.ts";
import type { XmlElement } from "./xml.ts";

export const medquadRecords: ReadonlySet<string> = new Set(["Document"]);

/**
 * The questions of a MedQuAD file that have an answer, each with its answer as one document.
 *
 * Questions without an answer (their publishers withdrew them from the data set) are failures.
 *
 * @see Ben Abacha and Demner-Fushman 2019, "A question-entailment approach to question answering"
 */
export function* parseMedquad(record: XmlElement): Generator<ParseOutcome, void, void> {
  const pairs = findAll(record, "QAPair");
  if (pairs.length === 0) yield { place: "Document", reason: "no question in it" };
  for (const [index, pair] of pairs.entries()) {
    const question = child(pair, "Question");
    const answer = paragraphs(rawText(child(pair, "Answer")));
    const place = `question ${index + 1}`;
    if (answer === "") yield { place, reason: "a question without an answer" };
    else yield questionDocument(record, question, answer, place);
  }
}

function questionDocument(
  record: XmlElement,
  question: XmlElement | undefined,
  answer: string,
  place: string,
): ParsedDocument {
  const asked = flatText(question);
  return {
    id: question?.attributes["qid"],
    text: asked === "" ? answer : `${asked}\n\n${answer}`,
    place,
    metadata: withoutUndefined({
      title: asked === "" ? undefined : asked,
      publisher: record.attributes["source"],
      url: record.attributes["url"],
      focus: textOrUndefined(child(record, "Focus")),
      questionType: question?.attributes["qtype"],
      cui: childrenOf(descend(record, "FocusAnnotations", "UMLS", "CUIs"), "CUI").map(flatText),
    }),
  };
}

/** Spaces within a line as one; one empty line between paragraphs. */
function paragraphs(text: string): string {
  return text
    .split("\n")
    .map((line) => line.replaceAll(/\s+/gu, " ").trim())
    .join("\n")
    .replaceAll(/\n{3,}/gu, "\n\n")
    .trim();
}
