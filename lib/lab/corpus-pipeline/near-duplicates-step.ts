import { join } from "node:path";
import { choiceOption, integerOption, shareOption, textOption } from "../../core/options.ts";
import type { BandingPreset } from "../../corpus/minhash/banding.ts";
import { removeNearDuplicates } from "../../corpus/near-duplicates/remove-near-duplicates.ts";
import { checkSettings } from "./check-settings.ts";
import { documentsFile, type PipelineStep } from "./pipeline-step.ts";

const rules = {
  step: textOption(undefined),
  preset: choiceOption<BandingPreset>("lee", ["lee", "fast"]),
  bands: integerOption(undefined, { minimum: 1 }),
  rows: integerOption(undefined, { minimum: 1 }),
  threshold: shareOption(0.85),
};

/** Which of the removed stands for what: `removed.jsonl`; verified pairs: `pairs.jsonl`; clusters: `clusters.jsonl`. */
export function nearDuplicatesStep(settings: unknown, place: string): PipelineStep {
  const { step: _step, ...own } = checkSettings(settings, rules, place);
  const { preset, bands, rows, threshold } = own;
  return {
    name: "near-duplicates",
    settings: own,
    files: [],
    takes: "documents",
    gives: "documents",
    async run(documents, { stepFolder, signal, memoryBytes, workers, tell }) {
      const report = await removeNearDuplicates(documents, {
        output: join(stepFolder, documentsFile),
        removed: join(stepFolder, "removed.jsonl"),
        pairs: join(stepFolder, "pairs.jsonl"),
        clusters: join(stepFolder, "clusters.jsonl"),
        preset,
        bands,
        rows,
        threshold,
        memoryBytes,
        workers,
        signal,
        onProgress: ({ done, total, unit }) => tell(done, total, unit),
      });
      const { documents: count, kept, removed, warnings, seconds: _seconds, ...details } = report;
      const droppedBy = { "near-duplicate": removed };
      return { in: count, kept, dropped: removed, droppedBy, warnings, details };
    },
  };
}
