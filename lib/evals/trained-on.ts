import { checkRecord } from "../core/arguments.ts";
import { table3 } from "../paper/table-3.ts";

/** A data set that questions or examples come from, and their split where it is known. */
export interface QuestionOrigin {
  readonly dataset?: string;
  readonly split?: string;
}

/** Splits that instruct data is made of; a set of the catalogue says it in its name. */
const learnable = /(?:^|[^a-z])(?:train(?:ing)?|dev(?:elopment)?|validation|valid|val)(?:$|[^a-z])/iu;

/** MedQA's training split as published: the paper's samples are more than it holds. */
const medqaTraining = 10_178;

/**
 * Say in words which questions or examples a model may have been trained on.
 *
 * Examples of a set that the paper's instruction data (Table 3) is made of are known to a model that was instructed with
 * it, and so are examples of MedQA's development set: 11,290 samples are more than the 10,178 of the training split, and
 * fit both together.
 *
 * @param trainedOn names of data sets that the model is known to have been trained on
 *
 * @example
 * trainedOnWarnings({ examples: [{ dataset: "medqa-dev" }] }).length //=> 1
 */
export function trainedOnWarnings(asked: {
  readonly questions?: readonly QuestionOrigin[];
  readonly examples?: readonly QuestionOrigin[];
  readonly trainedOn?: readonly string[];
}): string[] {
  checkRecord("asked", "an object with what is asked and what was trained on", asked);
  const { questions = [], examples = [], trainedOn = [] } = asked;
  const known = new Set(trainedOn);
  const named = (kind: string, origins: readonly QuestionOrigin[]): string[] =>
    setsOf(origins)
      .filter((set) => known.has(set))
      .map((set) => `${kind} are of ${set}, which the model was trained on`);
  const mayBe = setsOf(examples.filter(isLearnable)).filter((set) => !known.has(set));
  return [
    ...named("questions", questions),
    ...named("examples", examples),
    ...mayBe.flatMap((set) => paperWarning(set) ?? []),
  ];
}

function setsOf(origins: readonly QuestionOrigin[]): string[] {
  return [...new Set(origins.flatMap(({ dataset }) => dataset ?? []))];
}

function isLearnable({ dataset = "", split }: QuestionOrigin): boolean {
  return learnable.test(split ?? dataset);
}

/** Undefined for a set that is none of Table 3's. */
function paperWarning(set: string): string | undefined {
  const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/gu, "");
  const row = table3.rows.find(({ dataset }) => plain(set).startsWith(plain(dataset.replace(/ \(.*/u, ""))));
  if (row === undefined) return undefined;
  const samples = row.samples.toLocaleString("en-US");
  const more =
    row.dataset.startsWith("MedQA") && row.samples > medqaTraining
      ? `, more than the ${medqaTraining.toLocaleString("en-US")} of its training split`
      : "";
  return `examples of ${set} may have been trained on: ${table3.place} holds ${samples} samples of ${row.dataset}${more}`;
}
