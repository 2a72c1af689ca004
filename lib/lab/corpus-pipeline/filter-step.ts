import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { IdentifierKind } from "../../care/identifiers/identifier.ts";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { booleanOption, choiceOption, integerOption, objectOption, textOption } from "../../core/options.ts";
import { readFailure } from "../../core/read-failure.ts";
import { readDocumentLines, writeDocuments, type Document } from "../../corpus/document.ts";
import { filterDocuments } from "../../corpus/filter/filter-documents.ts";
import { filterPreset, type FilterPresetName } from "../../corpus/filter/filter-preset.ts";
import type { FilterRule } from "../../corpus/filter/filter-rule.ts";
import { languageRule } from "../../corpus/filter/language-rule.ts";
import { lengthRule, type LengthUnit } from "../../corpus/filter/length-rule.ts";
import { licenceRule, type LicencePolicyName } from "../../corpus/filter/licence-rule.ts";
import {
  areKinds,
  personalDataActions,
  personalDataRule,
  type PersonalDataOptions,
} from "../../corpus/filter/personal-data.ts";
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
  personalData: choiceOption<(typeof personalDataActions)[number]>("report", personalDataActions),
  personalDataKinds: objectOption<readonly IdentifierKind[]>("a list of kinds of identifiers", areKinds),
  personalDataKeyFile: textOption(undefined),
  patientField: textOption(undefined),
};

/**
 * Rules in this order: retracted, length, licence, language, presets, personal data. Articles are dropped as
 * retracted by what their own record says, or a notice anywhere in the sources.
 */
export async function filterStep(settings: unknown, place: string, folder: string): Promise<PipelineStep> {
  const checked = checkSettings(settings, rules, place);
  const { step: _step, personalDataKeyFile, ...own } = checked;
  const keyFile = personalDataKeyFile === undefined ? undefined : resolve(folder, personalDataKeyFile);
  const personalData = await personalDataOptions(checked, keyFile, place);
  const detectLanguage = checked.languages === undefined ? undefined : await languageDetector();
  const make = (retracted: readonly string[]): FilterRule[] => [
    ...(checked.retracted ? [retractedRule(retracted)] : []),
    lengthRule({ unit: checked.lengthUnit, minimum: checked.minimumLength, maximum: checked.maximumLength }),
    ...(checked.licence === undefined ? [] : [licenceRule(checked.licence as LicencePolicyName)]),
    ...(checked.languages === undefined ? [] : [languageRule(checked.languages, detectLanguage!)]),
    ...(checked.presets ?? []).flatMap((name) => filterPreset(name)),
    personalDataRule(personalData),
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
    // The key's bytes count, and are written nowhere.
    files: keyFile === undefined ? [] : [keyFile],
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

async function personalDataOptions(
  { personalData: action, personalDataKinds: kinds, patientField }: PersonalDataSettings,
  keyFile: string | undefined,
  place: string,
): Promise<PersonalDataOptions> {
  if ((action === "replace") !== (keyFile !== undefined)) {
    const message = `${place}: "personalData" is "replace" together with a "personalDataKeyFile", or neither`;
    throw new DataError(message, { path: place });
  }
  const options = { action, ...(kinds !== undefined && { kinds }) };
  if (keyFile === undefined) return options;
  const key = await readFile(keyFile, "utf8").catch((cause: unknown) => {
    const message = `${place}.personalDataKeyFile: ${keyFile} ${readFailure(cause)}`;
    throw new DataError(message, { path: place }, { cause });
  });
  if (patientField === undefined) return { ...options, key: key.trim() };
  const patientOf = ({ id, metadata }: Document): string => {
    const patient = metadata[patientField];
    if (typeof patient === "string" && patient !== "") return patient;
    if (typeof patient === "number") return String(patient);
    throw new DataError(`${place}.patientField: ${id} has no ${patientField} in its metadata`, {
      path: place,
    });
  };
  return { ...options, key: key.trim(), patientOf };
}

interface PersonalDataSettings {
  readonly personalData: (typeof personalDataActions)[number];
  readonly personalDataKinds: readonly IdentifierKind[] | undefined;
  readonly patientField: string | undefined;
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
