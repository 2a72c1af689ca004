import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { checkText } from "../../core/arguments.ts";
import { sensitivityOfFolder } from "../../care/folder-sensitivity.ts";
import { DataError } from "../../core/errors.ts";
import { DISPLAY_SYMBOL, type Displayable, type RichBundle } from "../../display/bundle.ts";
import { tableBundle } from "../../display/table.ts";
import type { Figure } from "../../plots/figure.ts";
import { fromRows } from "../../table/from-rows.ts";
import {
  compareContent,
  compareFigures,
  isSame,
  moved,
  type ComparedNumber,
  type Rule,
} from "./compare-content.ts";
import { isOtherCode } from "./other-code.ts";
import { figureFile } from "./stage-figure.ts";
import { readStageRecords, type StageRecord } from "./stage-record.ts";
import type { StageValue } from "./stage.ts";

/** A number of a stage in two studies. */
export interface StudyNumber extends ComparedNumber {
  readonly stage: string;
}

/** Two studies by what they found. In a notebook it shows what moved, and by how much. */
export class StudyComparison implements Displayable {
  /** Every value, and of figures and tables what differs. */
  readonly numbers: readonly StudyNumber[];
  /** Stages that only one of the two has. */
  readonly unmatched: readonly string[];
  /** Stages that both have. */
  readonly stages: readonly string[];
  /** Those of them that the two made with other code. */
  readonly otherCode: readonly string[];

  constructor({
    stages,
    numbers,
    unmatched,
    otherCode,
  }: Pick<StudyComparison, "stages" | "numbers" | "unmatched" | "otherCode">) {
    this.stages = stages;
    this.numbers = numbers;
    this.unmatched = unmatched;
    this.otherCode = otherCode;
  }

  /** What is outside of what its comparison allows. */
  get moved(): StudyNumber[] {
    return this.numbers.filter((number) => number.moved);
  }

  /** Whether the two found the same. */
  get same(): boolean {
    return this.moved.length === 0 && this.unmatched.length === 0;
  }

  /** The verdict in words, and each number that moved on a line of its own; then which stages other code made, if any moved. */
  toString(): string {
    const { moved: out, stages, numbers, unmatched } = this;
    const alone = unmatched.map((stage) => `${stage} is only in one of them`);
    const lines = out.map(
      ({ stage, number, before, after, change }) =>
        `${stage}, ${number}: ${before} -> ${after}${change === null ? "" : ` (${change > 0 ? "+" : ""}${change})`}`,
    );
    const what = `${stages.length} stages, ${numbers.length} numbers`;
    const verdict = out.length === 0 ? "nothing moved" : `${out.length} moved`;
    const code = this.otherCode.length > 0 ? [`by other code: ${this.otherCode.join(", ")}`] : [];
    return [`${what}: ${verdict}`, ...lines, ...alone, ...(out.length === 0 ? [] : code)].join("\n");
  }

  [DISPLAY_SYMBOL](): Promise<RichBundle> {
    // What moved comes first; a table holds one type a column.
    const rows = this.numbers
      .toSorted((left, right) => Number(right.moved) - Number(left.moved))
      .map(({ stage, number, compare, before, after, change, moved: out }) => ({
        stage,
        number,
        before: before === null ? null : String(before),
        after: after === null ? null : String(after),
        change,
        comparedBy: words[compare],
        verdict: out ? "moved" : "same",
      }));
    const [caption] = this.toString().split("\n", 1);
    if (rows.length === 0) return Promise.resolve({ data: { "text/plain": this.toString() } });
    return tableBundle(fromRows(rows), { caption: caption! });
  }
}

const words = { exact: "within 1e-9", trained: "within 2 %", interval: "by intervals" };

/**
 * Compare two studies by their content: values by how they say, figures and tables by their numbers, never by pixels.
 *
 * Closed forms are equal within 1e-9, what was trained within 2 %, accuracies when each is inside the other's interval.
 * A figure or table counts as trained when a run, a model or results are among the stages that it came from, unless
 * its `layout.meta.compare` says "exact", "trained" or "none". Of restricted stages no number is given, only that it moved.
 *
 * @param before a study's folder
 * @param after another's
 * @throws {DataError} a folder without a finished stage
 *
 * @example
 * (await compareStudies("runs/study", "runs/study-elsewhere")).moved;
 */
export async function compareStudies(
  before: string,
  after: string,
  options: { readonly stages?: readonly string[] } = {},
): Promise<StudyComparison> {
  checkText("before", "the folder of a study", before);
  checkText("after", "the folder of a study", after);
  const [left, right] = [await recordsOf(before), await recordsOf(after)];
  const { stages = [...new Set([...left.keys(), ...right.keys()])] } = options;
  const both = stages.filter((name) => left.has(name) && right.has(name));
  const trained = trainedOf(left);
  const numbers: StudyNumber[] = [];
  for (const name of both) {
    const rule = trained.has(name) ? "trained" : "exact";
    const found = [
      ...compareValues(left.get(name)!.values, right.get(name)!.values),
      ...(await compareFiles(resolve(before, name), resolve(after, name), rule)),
    ];
    const folders = [resolve(before, name), resolve(after, name)];
    const isRestricted = folders.some((folder) => sensitivityOfFolder(folder) === "restricted");
    numbers.push(...found.map((number) => ({ stage: name, ...number, ...(isRestricted && hidden) })));
  }
  const unmatched = stages.filter((name) => !both.includes(name));
  const otherCode = both.filter((name) => isOtherCode(left.get(name)!.code, right.get(name)!.code));
  return new StudyComparison({ stages: both, numbers, unmatched, otherCode });
}

/** Of a restricted stage it is said which numbers moved, not what they are. */
const hidden = { before: "not shown", after: "not shown", change: null };

async function recordsOf(folder: string): Promise<Map<string, StageRecord>> {
  const path = resolve(folder);
  const records = await readStageRecords(path);
  if (records.size === 0) throw new DataError(`No stage has finished in ${path}`, { path });
  return records;
}

function compareValues(
  before: Readonly<Record<string, StageValue>>,
  after: Readonly<Record<string, StageValue>>,
): ComparedNumber[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].map((name) => {
    const [left, right] = [before[name], after[name]];
    if (left === undefined || right === undefined)
      return moved(name, (left ?? right)!.compare, left?.value ?? null, right?.value ?? null);
    const { compare } = left;
    const number = moved(name, compare, left.value, right.value);
    return { ...number, moved: !isSame(left, right, compare) };
  });
}

/** Stages that are, or follow from, a trained model: these have no closed form. */
function trainedOf(records: ReadonlyMap<string, StageRecord>): ReadonlySet<string> {
  const trained = new Set<string>();
  // Each stands after its inputs.
  for (const { name, kind, inputs } of records.values())
    if (["run", "model", "results"].includes(kind) || inputs.some(({ stage }) => trained.has(stage)))
      trained.add(name);
  return trained;
}

async function compareFiles(before: string, after: string, rule: Rule): Promise<ComparedNumber[]> {
  const figures = [await readJson(join(before, figureFile)), await readJson(join(after, figureFile))];
  const tables = [await readJson(join(before, "table.json")), await readJson(join(after, "table.json"))];
  return [
    ...compareFigures(figures[0] as Figure, figures[1] as Figure, rule),
    ...compareContent(tables[0], tables[1], rule, "table"),
  ];
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch(() => "null");
  return JSON.parse(text) as unknown;
}
