import { join } from "node:path";
import { choiceOption, integerOption, textOption } from "../../core/options.ts";
import { removeRepeatedSpans } from "../../corpus/exact-spans/remove-repeated-spans.ts";
import type { KeptOccurrence } from "../../corpus/exact-spans/span-marks.ts";
import { checkSettings } from "./check-settings.ts";
import { documentsFile, type PipelineStep } from "./pipeline-step.ts";

const rules = {
  step: textOption(undefined),
  minimumBytes: integerOption(400, { minimum: 1, maximum: 65_536 }),
  keep: choiceOption<KeptOccurrence>("first", ["first", "none"]),
};

/** Every occurrence of a repeated span is in `spans.jsonl`. */
export function exactSpansStep(settings: unknown, place: string): PipelineStep {
  const { step: _step, ...own } = checkSettings(settings, rules, place);
  return {
    name: "exact-spans",
    settings: own,
    files: [],
    takes: "documents",
    gives: "documents",
    async run(documents, { stepFolder, signal, memoryBytes, workers, tell }) {
      const report = await removeRepeatedSpans(documents, {
        output: join(stepFolder, documentsFile),
        spans: join(stepFolder, "spans.jsonl"),
        ...own,
        memoryBytes,
        workers,
        signal,
        onProgress: ({ done, total, unit }) => tell(done, total, unit),
      });
      const { documents: count, kept, emptied, warnings, seconds: _seconds, ...details } = report;
      return { in: count, kept, dropped: emptied, droppedBy: { emptied }, warnings, details };
    },
  };
}
