import { ArgumentError } from "../../core/errors.ts";
import { checkOptions, integerOption } from "../../core/options.ts";
import { SeededRandom } from "../../core/seeded-random.ts";
import { canarySentence, type Canary, type CanarySet } from "./canary.ts";

/** What canaries are planted into: a document of a corpus is one. */
export interface Plantable {
  readonly id: string;
  readonly text: string;
}

/** Where canaries were planted. */
export interface PlantingReport {
  /** Documents that came, and sentences that stand in them. */
  documents: number;
  planted: number;
  /** Ids of the documents that hold each canary, one for each time it was planted. */
  readonly documentsOf: Record<string, string[]>;
  isComplete: boolean;
}

export interface PlantCanariesOptions {
  /** How many documents come; needed for a stream, which does not say it. @default the length of a list */
  readonly documentCount?: number;
}

/** Documents that are read once, with a report that is whole when they have all been read. */
export interface PlantedDocuments<Item> extends AsyncIterable<Item> {
  readonly report: PlantingReport;
}

/**
 * Plant each canary as often as it says, in documents drawn by the set's seed, as a paragraph of its own.
 *
 * Plant after filters and deduplication, which would take repeated sentences out again, and before tokenizing. A
 * document's id, licence and all else stay; keep `report` with the set.
 *
 * @throws {ArgumentError} an unknown number of documents, and, once read, another number than was told
 *
 * @example
 * const set = makeCanaries({ seed: "2026-03" });
 * const planted = plantCanaries(readDocumentLines("mixture.jsonl"), set, { documentCount: 20_000 });
 * await writeDocuments("with-canaries.jsonl", planted);
 */
export function plantCanaries<Item extends Plantable>(
  documents: AsyncIterable<Item> | Iterable<Item>,
  set: CanarySet,
  options: PlantCanariesOptions = {},
): PlantedDocuments<Item> {
  const { documentCount = Array.isArray(documents) ? documents.length : undefined } = checkOptions(options, {
    documentCount: integerOption(undefined, { minimum: 1 }),
  });
  if (documentCount === undefined || documentCount < 1)
    throw new ArgumentError("documentCount", "told for a stream, and at least 1", documentCount);
  const random = new SeededRandom(set.seed).fork("places");
  const places = new Map<number, Canary[]>();
  for (const canary of set.canaries) {
    for (let times = 0; times < canary.repetitions; times++) {
      const place = random.integer(0, documentCount);
      places.set(place, [...(places.get(place) ?? []), canary]);
    }
  }
  const report: PlantingReport = { documents: 0, planted: 0, documentsOf: {}, isComplete: false };
  async function* planted(): AsyncGenerator<Item, void, void> {
    for await (const document of documents) {
      const place = report.documents++;
      if (place >= documentCount!) break;
      const canaries = places.get(place);
      if (canaries === undefined) {
        yield document;
        continue;
      }
      let { text } = document;
      for (const canary of canaries) {
        text = withParagraph(text, canarySentence(canary), random.fork(`${place} ${canary.id}`));
        (report.documentsOf[canary.id] ??= []).push(document.id);
        report.planted++;
      }
      yield { ...document, text };
    }
    if (report.documents !== documentCount)
      throw new ArgumentError("documentCount", "the number of documents that come", documentCount);
    report.isComplete = true;
  }
  return { report, [Symbol.asyncIterator]: planted };
}

/** The text with one more paragraph between two of its own, or at an end. */
function withParagraph(text: string, sentence: string, random: SeededRandom): string {
  const paragraphs = text.split("\n\n");
  return paragraphs.toSpliced(random.integer(0, paragraphs.length + 1), 0, sentence).join("\n\n");
}
