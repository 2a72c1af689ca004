import { DataError } from "../../core/errors.ts";
import { unknownName } from "../../core/nearest-name.ts";
import { splitRecord } from "../../table/csv-header.ts";
import { GrowingLines } from "../growing-file.ts";
import type { ForeignOptions, RunReader } from "../run-reader.ts";
import { RunSeries } from "../run-series.ts";
import { isObject, parseNumber, parsePythonJson } from "./python-json.ts";

/** The optimizer's step where the run logs it; `_step` counts calls of `log`. */
const stepColumns = ["train/global_step", "trainer/global_step", "global_step", "_step", "Step"];
const clockColumns = ["_runtime", "_timestamp", "Relative Time (Process)"];
const tokenColumns = [
  "tokens_seen",
  "train/tokens_seen",
  "train/num_input_tokens_seen",
  "num_input_tokens_seen",
];

/** Whether a line is the header of such an export, or its first row as JSON. */
export function isWandbStart(line: string): boolean {
  if (!line.startsWith("{")) {
    const header = splitRecord(line.replace(/^\uFEFF/u, ""), ",");
    return header.includes("_step") || header[0] === "Step" || header.some((name) => chartColumn.test(name));
  }
  try {
    const row = parsePythonJson(line, "");
    return isObject(row) && "_step" in row;
  } catch {
    return false;
  }
}

/** A chart's export names its columns by run and metric, with the range of the points behind each. */
const chartColumn = /^(?<run>.+) - (?<metric>.+?)(?<range>__MIN|__MAX)?$/u;

/**
 * An export of Weights & Biases: a run's history as CSV or as JSON lines, or a chart's CSV with several runs.
 */
export class WandbExport implements RunReader {
  readonly format = "wandb";
  readonly series = new RunSeries();
  readonly config = undefined;
  readonly #path: string;
  readonly #lines: GrowingLines;
  readonly #options: ForeignOptions;
  #header: (string | undefined)[] | undefined;

  constructor(path: string, options: ForeignOptions) {
    this.#path = path;
    this.#lines = new GrowingLines(path);
    this.#options = options;
  }

  get bytesRead(): number {
    return this.#lines.bytesRead;
  }

  /** @throws {DataError} a row without a step, or one that has not the header's columns */
  async refresh(): Promise<void> {
    await this.#lines.look(
      (line, number) => this.#take(line, number),
      () => {
        this.series.clear();
        this.#header = undefined;
      },
    );
  }

  #take(line: string, number: number): void {
    if (line.trim() === "") return;
    const isJson = line.startsWith("{");
    if (number === 1 && !isJson) {
      this.#header = this.#columnsOf(splitRecord(line.replace(/^\uFEFF/u, ""), ","));
      return;
    }
    if (isJson !== (this.#header === undefined))
      throw this.#wrong("CSV and JSON in one file; give each export a file of its own", number);
    const row = isJson
      ? flatNumbers(parsePythonJson(line, this.#path, number))
      : this.#csvNumbers(line, number);
    this.#add(row, number);
  }

  #add(row: Record<string, number>, number: number): void {
    const step = firstOf(row, stepColumns);
    if (step === undefined) throw this.#wrong(`a row without a step (${stepColumns.join(", ")})`, number);
    const { tokensPerStep } = this.#options;
    const values = Object.fromEntries(Object.entries(row).filter(([name]) => !isAxis(name)));
    const tokens = firstOf(row, tokenColumns) ?? (tokensPerStep && tokensPerStep * step);
    this.series.add({ step, tokens, clock: firstOf(row, clockColumns), values });
  }

  #csvNumbers(line: string, number: number): Record<string, number> {
    const fields = splitRecord(line, ",");
    const header = this.#header!;
    if (fields.length !== header.length)
      throw this.#wrong(`${fields.length} fields where the header has ${header.length}`, number);
    const row: Record<string, number> = {};
    for (const [index, name] of header.entries()) {
      // An empty field: the metric was not logged at this step.
      const value = name === undefined ? undefined : parseNumber(fields[index]!);
      if (value !== undefined) row[name!] = value;
    }
    return row;
  }

  /** Each column's metric; undefined of one that is not read. */
  #columnsOf(header: readonly string[]): (string | undefined)[] {
    const charted = header.map((name) => (isAxis(name) ? undefined : chartColumn.exec(name)?.groups));
    if (header[0] !== "Step" || charted.every((groups) => groups === undefined))
      return header.map((name) => (name === "" ? undefined : name));
    const runs = [...new Set(charted.flatMap((groups) => groups?.["run"] ?? []))];
    const { run = runs.length === 1 ? runs[0] : undefined } = this.#options;
    if (run === undefined || !runs.includes(run)) throw unknownName("run", run, runs);
    return header.map((name, index) => {
      const groups = charted[index];
      if (groups === undefined) return name;
      return groups["run"] === run && groups["range"] === undefined ? groups["metric"] : undefined;
    });
  }

  #wrong(what: string, row: number): DataError {
    return new DataError(`${this.#path}, line ${row}: ${what}`, { path: this.#path, row });
  }
}

function isAxis(name: string): boolean {
  return name.startsWith("_") || stepColumns.includes(name) || clockColumns.includes(name);
}

function firstOf(row: Record<string, number>, names: readonly string[]): number | undefined {
  const name = names.find((each) => row[each] !== undefined);
  return name === undefined ? undefined : row[name];
}

/** Numbers by their path, `a.b`; W&B writes NaN and infinities as words. */
function flatNumbers(value: unknown, path = ""): Record<string, number> {
  if (typeof value === "number") return { [path]: value };
  if (typeof value === "string" && /^-?(?:NaN|Infinity)$/u.test(value)) return { [path]: Number(value) };
  if (!isObject(value) || "_type" in value) return {};
  const entries = Object.entries(value).map(([key, held]) =>
    flatNumbers(held, path === "" ? key : `${path}.${key}`),
  );
  return Object.assign({}, ...entries) as Record<string, number>;
}
