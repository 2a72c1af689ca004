import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { booleanOption, choiceOption, integerOption, objectOption, textOption } from "../../core/options.ts";
import { readDocumentLines, writeDocuments } from "../../corpus/document.ts";
import { filterDocuments } from "../../corpus/filter/filter-documents.ts";
import { filterPreset, type FilterPresetName } from "../../corpus/filter/filter-preset.ts";
import type { FilterRule } from "../../corpus/filter/filter-rule.ts";
import { languageRule } from "../../corpus/filter/language-rule.ts";
import { lengthRule, type LengthUnit } from "../../corpus/filter/length-rule.ts";
import { licenceRule, type LicencePolicyName } from "../../corpus/filter/licence-rule.ts";
import { personalDataRule } from "../../corpus/filter/personal-data.ts";
import { retractedRule } from "../../corpus/filter/retracted-rule.ts";
import { languageDetector } from "../../corpus/language-detector.ts";
import { checkSettings, isTextList } from "./check-settings.ts";
import { documentsFile, type PipelineStep } from "./pipeline-step.ts";

const rules = {
  step: textOption(undefined),
  retracted: booleanOption(true),
  minimumLength: integerOption(0, { minimum: 0 }),
  maximumLength: integerOption(Number.MAX_SAFE_INTEGER, { minimum: 0 }),
  lengthUnit: choiceOption<Exclude<LengthUnit, "tokens">>("words", ["bytes", "words"]),
  licence: textOption(undefined),
  languages: objectOption<readonly string[]>("a list of ISO 639-1 codes", isTextList),
  presets: objectOption<readonly FilterPresetName[]>("a list of presets' names", isTextList),
  personalData: choiceOption<"report" | "drop" | "mask">("report", ["report", "drop", "mask"]),
};

/**
 * Rules in this order: retracted, length, licence, language, presets, personal data. Articles are dropped as
 * retracted by what their own record says, or a notice anywhere in the sources.
 */
export async function filterStep(settings: unknown, place: string): Promise<PipelineStep> {
  const checked = checkSettings(settings, rules, place);
  const { step: _step, ...own } = checked;
  const detectLanguage = checked.languages === undefined ? undefined : await languageDetector();
  const make = (retracted: readonly string[]): FilterRule[] => [
    ...(checked.retracted ? [retractedRule(retracted)] : []),
    lengthRule({ unit: checked.lengthUnit, minimum: checked.minimumLength, maximum: checked.maximumLength }),
    ...(checked.licence === undefined ? [] : [licenceRule(checked.licence as LicencePolicyName)]),
    ...(checked.languages === undefined ? [] : [languageRule(checked.languages, detectLanguage!)]),
    ...(checked.presets ?? []).flatMap((name) => filterPreset(name)),
    personalDataRule({ action: checked.personalData }),
  ];
  try {
    make([]);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new DataError(`${place}: ${error.message}`, { path: place }, { cause: error });
  }
  return {
    name: "filter",
    settings: own,
    files: [],
    usesRetracted: checked.retracted,
    takes: "documents",
    gives: "documents",
    async run(documents, { stepFolder, retractedFile, signal, tell }) {
      const retracted = JSON.parse(await readFile(retractedFile, "utf8")) as string[];
      const kept = filterDocuments(readDocumentLines(documents), make(retracted), signal && { signal });
      await writeDocuments(join(stepFolder, documentsFile), told(kept, tell));
      const { in: count, kept: keptCount, dropped, droppedBy, ...details } = kept.report;
      return { in: count, kept: keptCount, dropped, droppedBy, warnings: [], details };
    },
  };
}

/** Pass documents on and say how many came. */
export async function* told<Item>(
  documents: AsyncIterable<Item>,
  tell: (done: number, total: number, unit: string) => void,
): AsyncGenerator<Item> {
  let count = 0;
  for await (const document of documents) {
    if (++count % 1000 === 0) tell(count, 0, "documents");
    yield document;
  }
}
