import { ArgumentError } from "../../core/errors.ts";
import {
  callbackOption,
  checkOptions,
  choiceOption,
  integerOption,
  objectOption,
  seedOption,
} from "../../core/options.ts";
import { SeededRandom } from "../../core/seeded-random.ts";
import type { Document, DocumentStream } from "../document.ts";
import { shuffleWindow } from "./shuffle-window.ts";

/** One part of a mixture. */
export interface MixtureSource {
  /** Begins the documents anew each time; a list can be read again as it is. */
  readonly documents: readonly Document[] | (() => AsyncIterable<Document>);
  /** Share of the mixture, in proportion to the others'. */
  readonly weight: number;
  /** Times that it is read at most. @default 1 */
  readonly epochs?: number;
}

export interface MixDocumentsOptions {
  readonly seed: number | string;
  /** What the weights are shares of: documents, UTF-8 bytes of text, or what `size` counts. @default "bytes" */
  readonly unit?: "documents" | "bytes";
  /** In place of `unit`: the size of a document, as its number of tokens. */
  readonly size?: (document: Document) => number;
  /**
   * When the mixture ends: as soon as one source has been read `epochs` times, so that the shares hold throughout,
   * or when all have. @default "first-ends"
   */
  readonly until?: "first-ends" | "all-end";
  /** Documents of a source among which the next is drawn by chance; 1 keeps their order. @default 1000 */
  readonly window?: number;
  readonly signal?: AbortSignal;
}

/** What one source gave. */
export interface SourceShare {
  documents: number;
  /** In the mixture's unit. */
  size: number;
  /** Times that it was read to its end. */
  finishedEpochs: number;
  /** Realised share of the size so far. */
  share: number;
  /** The share that its weight asks for. */
  readonly wanted: number;
}

/** What a mixture has drawn from each source so far. */
export interface MixtureReport {
  documents: number;
  size: number;
  readonly sources: Readonly<Record<string, SourceShare>>;
  /** The source whose end ended the mixture. */
  endedBy: string | undefined;
  isComplete: boolean;
}

/**
 * Mix documents of several sources by weight: the next document comes from the source that is furthest behind.
 *
 * The shares hold in every stretch, to a document. A document's metadata say the source (`mixtureSource`) and the
 * reading (`mixtureEpoch`, from 1); from the second reading on its id ends in `@2`, `@3`, … Each reading of a source
 * has an order of its own, fixed by the seed. Memory holds `window` documents of each source.
 *
 * @throws {ArgumentError} a wrong option; a source without documents, when it is read
 *
 * @example
 * const mixed = mixDocuments({
 *   clinical: { documents: () => readDocumentLines("clinical.jsonl"), weight: 10, epochs: 4 },
 *   general: { documents: () => readDocumentLines("general.jsonl"), weight: 3, epochs: 4 },
 * }, { seed: 7 });
 * await writeDocuments("mixed.jsonl", mixed);
 * mixed.report.sources
 */
export function mixDocuments(
  sources: Readonly<Record<string, MixtureSource>>,
  options: MixDocumentsOptions,
): DocumentStream<MixtureReport> {
  const { seed, unit, size, until, window, signal } = checkOptions(options, {
    seed: { ...seedOption(0), default: undefined as string | number | undefined },
    unit: choiceOption<"documents" | "bytes">("bytes", ["documents", "bytes"]),
    size: callbackOption<(document: Document) => number>(),
    until: choiceOption<"first-ends" | "all-end">("first-ends", ["first-ends", "all-end"]),
    window: integerOption(1000, { minimum: 1 }),
    signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
  });
  if (seed === undefined) throw new ArgumentError("seed", "a text or a whole number", seed);
  const checked = checkSources(sources);
  const total = checked.reduce((sum, [, { weight }]) => sum + weight, 0);
  const report: MixtureReport = {
    documents: 0,
    size: 0,
    sources: Object.fromEntries(
      checked.map(([name, { weight }]) => [
        name,
        { documents: 0, size: 0, finishedEpochs: 0, share: 0, wanted: weight / total },
      ]),
    ),
    endedBy: undefined,
    isComplete: false,
  };
  const sizeOf =
    size ?? (unit === "bytes" ? (document: Document) => Buffer.byteLength(document.text) : () => 1);
  const random = new SeededRandom(seed);

  async function* mixed(): AsyncGenerator<Document, void, void> {
    const streams = checked.map(([name, source]) => ({
      name,
      share: report.sources[name]!,
      documents: readings(name, source, report.sources[name]!, window, random),
      isOpen: true,
    }));
    for (;;) {
      signal?.throwIfAborted();
      const open = streams.filter(({ isOpen }) => isOpen);
      if (open.length === 0) break;
      const next = open.reduce((one, other) => (behind(other.share) < behind(one.share) ? other : one));
      const { value: document } = await next.documents.next();
      if (document === undefined) {
        next.isOpen = false;
        report.endedBy ??= next.name;
        if (until === "first-ends") break;
        continue;
      }
      const documentSize = sizeOf(document);
      if (!(documentSize >= 0 && documentSize < Infinity)) {
        throw new ArgumentError(`size of ${JSON.stringify(document.id)}`, "a number >= 0", documentSize);
      }
      next.share.documents++;
      next.share.size += documentSize;
      report.documents++;
      report.size += documentSize;
      for (const { share } of streams) share.share = report.size === 0 ? 0 : share.size / report.size;
      yield document;
    }
    report.isComplete = true;
  }
  return { report, [Symbol.asyncIterator]: mixed };
}

/** How much a source has had of what its weight asks for. */
function behind({ size, wanted }: SourceShare): number {
  return size / wanted;
}

async function* readings(
  name: string,
  { documents, epochs = 1 }: MixtureSource,
  share: SourceShare,
  window: number,
  random: SeededRandom,
): AsyncGenerator<Document, undefined, void> {
  for (let epoch = 1; epoch <= epochs; epoch++) {
    let isEmpty = true;
    const stream = typeof documents === "function" ? documents() : documents;
    for await (const document of shuffleWindow(stream, window, random.fork(`${name}/${epoch}`))) {
      isEmpty = false;
      const metadata = { ...document.metadata, mixtureSource: name, mixtureEpoch: epoch };
      yield { ...document, id: epoch === 1 ? document.id : `${document.id}@${epoch}`, metadata };
    }
    if (isEmpty)
      throw new ArgumentError(`sources.${name}.documents`, "at least one document each time", documents);
    share.finishedEpochs++;
  }
  return undefined;
}

function checkSources(sources: Readonly<Record<string, MixtureSource>>): [string, MixtureSource][] {
  const entries = typeof sources === "object" && sources !== null ? Object.entries(sources) : [];
  if (entries.length === 0) throw new ArgumentError("sources", "an object with at least one source", sources);
  for (const [name, source] of entries) {
    const { documents, weight } = checkOptions(source, {
      documents: {
        expected: "a list of documents, or a function that begins them anew",
        default: undefined as MixtureSource["documents"] | undefined,
        accepts: (value) => Array.isArray(value) || typeof value === "function",
      },
      weight: {
        expected: "a number above 0",
        default: undefined as number | undefined,
        accepts: (value) => typeof value === "number" && value > 0 && value < Infinity,
      },
      epochs: integerOption(1, { minimum: 1 }),
    });
    if (documents === undefined) throw new ArgumentError(`sources.${name}.documents`, "given", documents);
    if (weight === undefined) throw new ArgumentError(`sources.${name}.weight`, "a number above 0", weight);
  }
  return entries;
}
