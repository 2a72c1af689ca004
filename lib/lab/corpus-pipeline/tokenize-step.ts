import { join, resolve } from "node:path";
import { booleanOption, integerOption, objectOption, textOption } from "../../core/options.ts";
import { DataError } from "../../core/errors.ts";
import { sha256 } from "../../core/hash.ts";
import { readDocumentLines } from "../../corpus/document.ts";
import type { Document } from "../../corpus/document.ts";
import { loadTokenizer } from "../../corpus/tokens/load-tokenizer.ts";
import type { TokenShardsManifest } from "../../corpus/tokens/manifest.ts";
import { tokenizeDocuments } from "../../corpus/tokens/tokenize-documents.ts";
import type { Tokenizer } from "../../corpus/tokens/tokenizer.ts";
import { trainTokenizer } from "../../corpus/tokens/train-tokenizer.ts";
import { checkSettings } from "./check-settings.ts";
import type { PipelineStep } from "./pipeline-step.ts";

const rules = {
  step: textOption(undefined),
  tokenizer: textOption(undefined),
  trainVocabulary: integerOption(undefined, { minimum: 259, maximum: 2 ** 20 }),
  beginToken: booleanOption(false),
  tokensPerShard: integerOption(1e8, { minimum: 1 }),
  heldOutShare: objectOption<never>(
    "in [0, 1)",
    (value) => typeof (value as unknown) === "number" && (value as number) >= 0 && (value as number) < 1,
  ),
};

/** Where the token shards of a domain lie below the step's folder. */
export const trainFolder = "train";
export const heldOutFolder = "held-out";

/**
 * Token shards of each domain in `train/<domain>`, and of the documents set aside in `held-out/<domain>`.
 *
 * Which documents are set aside follows from the seed and each document's id alone, so a document stays on its side
 * whatever is added to the corpus. The tokenizer lies in `tokenizer/`.
 */
export async function tokenizeStep(settings: unknown, place: string, folder: string): Promise<PipelineStep> {
  const { step: _step, tokenizer, ...own } = checkSettings(settings, rules, place);
  const heldOutShare = (own.heldOutShare as number | undefined) ?? 0;
  if ((tokenizer === undefined) === (own.trainVocabulary === undefined)) {
    const message = `${place} must have one of "tokenizer" (a .model file or tokenizer.json) and "trainVocabulary"`;
    throw new DataError(message, { path: place });
  }
  const path = tokenizer === undefined ? undefined : resolve(folder, tokenizer);
  // Now, not when the steps before are done.
  const loaded = path === undefined ? undefined : await loadTokenizer(path);
  return {
    name: "tokenize",
    settings: { ...own, heldOutShare },
    files: path === undefined ? [] : [path],
    takes: "documents",
    gives: "shards",
    async run(documents, { stepFolder, seed, workers, signal, tell }) {
      const used: Tokenizer =
        loaded ??
        (await trainTokenizer(readDocumentLines(documents), {
          vocabularySize: own.trainVocabulary!,
          ...(signal && { signal }),
        }));
      await used.save(join(stepFolder, "tokenizer"));
      const domains = await domainsOf(documents);
      const shards: Record<
        string,
        Pick<TokenShardsManifest, "documentCount" | "tokenCount" | "sources">
      > = {};
      const totals = { in: 0, kept: 0, dropped: 0, droppedBy: {} as Record<string, number> };
      let withEndTokenInside = 0;
      for (const part of heldOutShare > 0 ? [trainFolder, heldOutFolder] : [trainFolder]) {
        for (const domain of domains) {
          const isChosen = (document: Document): boolean =>
            document.metadata["domain"] === domain &&
            isHeldOut(document.id, seed, heldOutShare) === (part === heldOutFolder);
          const report = await tokenizeDocuments(chosen(documents, isChosen), {
            output: join(stepFolder, part, domain),
            domain,
            tokenizer: used,
            beginToken: own.beginToken,
            tokensPerShard: own.tokensPerShard,
            workers,
            onProgress: (progress) => tell(progress.documents, 0, "documents"),
            ...(signal && { signal }),
          });
          withEndTokenInside += report.withEndTokenInside;
          totals.in += report.in;
          totals.kept += report.kept;
          totals.dropped += report.dropped;
          for (const [reason, count] of Object.entries(report.droppedBy)) {
            totals.droppedBy[reason] = (totals.droppedBy[reason] ?? 0) + count;
          }
          const { documentCount, tokenCount, sources } = report.manifest;
          shards[`${part}/${domain}`] = { documentCount, tokenCount, sources };
        }
      }
      const warnings =
        withEndTokenInside === 0
          ? []
          : [
              `${withEndTokenInside} documents hold the end token's text, which ${used.name} takes for the token: training sees a document end there`,
            ];
      return { ...totals, warnings, details: { tokenizer: used.name, withEndTokenInside, shards } };
    },
  };
}

async function domainsOf(path: string): Promise<string[]> {
  const domains = new Set<string>();
  for await (const { metadata } of readDocumentLines(path)) domains.add(String(metadata["domain"]));
  return [...domains];
}

async function* chosen(path: string, isChosen: (document: Document) => boolean): AsyncGenerator<Document> {
  for await (const document of readDocumentLines(path)) if (isChosen(document)) yield document;
}

const hashRange = 2 ** 48;

function isHeldOut(id: string, seed: number | string, share: number): boolean {
  return parseInt(sha256(`held-out ${seed} ${id}`).slice(0, 12), 16) < share * hashRange;
}
