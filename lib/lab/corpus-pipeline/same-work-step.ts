import { join } from "node:path";
import { choiceOption, textOption } from "../../core/options.ts";
import { readDocumentLines, writeDocuments } from "../../corpus/document.ts";
import { filterDocuments } from "../../corpus/filter/filter-documents.ts";
import { pairSameWork, sameWorkRule } from "../../corpus/same-work/pair-same-work.ts";
import { checkSettings } from "./check-settings.ts";
import { documentsFile, type PipelineStep } from "./pipeline-step.ts";

const rules = {
  step: textOption(undefined),
  keep: choiceOption<"published" | "longest" | "first">("published", ["published", "longest", "first"]),
};

const groupsShown = 10;

/** One record of each work stays. */
export function sameWorkStep(settings: unknown, place: string): PipelineStep {
  const { keep } = checkSettings(settings, rules, place);
  return {
    name: "same-work",
    settings: { keep },
    files: [],
    takes: "documents",
    gives: "documents",
    async run(documents, { stepFolder, signal, tell }) {
      const works = await pairSameWork(readDocumentLines(documents), {
        keep,
        onProgress: (count) => tell(count, 0, "documents"),
        ...(signal && { signal }),
      });
      const kept = filterDocuments(readDocumentLines(documents), [sameWorkRule(works)], signal && { signal });
      await writeDocuments(join(stepFolder, documentsFile), kept);
      const { in: count, kept: keptCount, dropped, droppedBy } = kept.report;
      const details = {
        withoutKeys: works.report.withoutKeys,
        groups: works.groups.length,
        examples: works.groups.slice(0, groupsShown),
      };
      return { in: count, kept: keptCount, dropped, droppedBy, warnings: [], details };
    },
  };
}
