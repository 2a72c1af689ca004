import { join } from "node:path";
import { DataError } from "../../core/errors.ts";
import { booleanOption, integerOption, objectOption, shareOption, textOption } from "../../core/options.ts";
import { decontaminate } from "../../corpus/decontaminate/decontaminate.ts";
import { readDocumentLines, writeDocuments } from "../../corpus/document.ts";
import { resolveDataset } from "../../data/resolve-dataset.ts";
import { loadQuestions } from "../../evals/load-questions.ts";
import { checkSettings, isTextList } from "./check-settings.ts";
import { told } from "./filter-step.ts";
import { documentsFile, type PipelineStep } from "./pipeline-step.ts";

const rules = {
  step: textOption(undefined),
  questions: objectOption<readonly string[]>("a list of question sets of the catalogue", isTextList),
  threshold: shareOption(0.5),
  runWords: integerOption(13, { minimum: 1, maximum: 100 }),
  drop: booleanOption(true),
  unrelatedDomain: textOption(undefined),
};

const defaultSets = ["medqa-test", "medmcqa-dev", "mmlu-medical"];
const questionsShown = 20;

/** `unrelatedDomain` names the domain whose documents cannot hold the questions: what is found there is false. */
export async function decontaminateStep(settings: unknown, place: string): Promise<PipelineStep> {
  const checked = checkSettings(settings, rules, place);
  const { step: _step, questions: sets = defaultSets, unrelatedDomain, ...options } = checked;
  const found = sets.map(async (name) => ({
    file: (await resolveDataset(name)).path,
    set: await loadQuestions(name),
  }));
  const all = await Promise.all(found).catch((error: Error) => {
    throw new DataError(`${place}.questions: ${error.message}`, { path: place }, { cause: error });
  });
  const loaded = all.map(({ set }) => set);
  return {
    name: "decontaminate",
    settings: { ...options, questions: sets, unrelatedDomain },
    files: all.map(({ file }) => file),
    takes: "documents",
    gives: "documents",
    async run(documents, { stepFolder, signal, tell }) {
      const questions = loaded.flatMap((set) => set.questions);
      const clean = decontaminate(readDocumentLines(documents), questions, {
        ...options,
        ...(unrelatedDomain !== undefined && { unrelated: ofDomain(documents, unrelatedDomain) }),
        ...(signal && { signal }),
      });
      await writeDocuments(join(stepFolder, documentsFile), told(clean, tell));
      const { in: count, kept, dropped, droppedBy, ...report } = clean.report;
      const details = { ...report, questions: report.questions.slice(0, questionsShown) };
      const warnings = loaded.flatMap(({ synthetic, dataset }) =>
        synthetic ? [`${dataset} is the generated sample, not the real questions`] : [],
      );
      return { in: count, kept, dropped, droppedBy, warnings, details };
    },
  };
}

async function* ofDomain(path: string, domain: string) {
  for await (const document of readDocumentLines(path)) {
    if (document.metadata["domain"] === domain) yield document;
  }
}
