import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { sha256OfFile } from "../../core/hash.ts";
import { notedSensitivity, recordMade } from "../../core/lineage.ts";
import { holdsRestricted } from "../../core/restricted.ts";
import { makeFolder } from "../../core/make-folder.ts";
import { callbackOption, checkOptions, integerOption, objectOption, textOption } from "../../core/options.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import { codeVersion, type CodeVersion } from "../../jobs/code-version.ts";
import { whileAlone } from "../../jobs/run-lock.ts";
import { contentFingerprint, withContent } from "./stage-content.ts";
import { writeStageFigure } from "./stage-figure.ts";
import { orderStages } from "./stage-graph.ts";
import { stageKey } from "./stage-key.ts";
import { stageFolder, type StageFile, type StageRecord } from "./stage-record.ts";
import type { Stage, StageKind, StageResult, StageValue, StudyProgress } from "./stage.ts";

export interface RunStagesOptions {
  /** Where the stages' folders lie. */
  readonly folder: string;
  /** Stages at once. @default 1 */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: StudyProgress) => void;
}

/** A finished stage. */
export interface StageReport {
  readonly name: string;
  readonly title: string;
  readonly kind: StageKind;
  readonly folder: string;
  readonly key: string;
  readonly fingerprint: string;
  /** True where an earlier run had finished it, and its outputs are unchanged. */
  readonly resumed: boolean;
  readonly seconds: number;
  readonly values: Readonly<Record<string, StageValue>>;
  readonly runId?: string;
}

/** What each stage of a study did. */
export interface StudyReport {
  readonly folder: string;
  /** In an order in which each stands after its inputs. */
  readonly stages: readonly StageReport[];
  /** Outputs that an earlier run had written and that were found changed; their stages ran again. */
  readonly warnings: readonly string[];
}

/**
 * Run a study: stages that each make a folder from other stages' folders, independent ones at the same time.
 *
 * A stage whose settings, inputs and files are those of an earlier run, and whose outputs are unchanged, is not
 * repeated; nor is one whose inputs were made again with the same content. Killed anywhere, it goes on: a stage that
 * was interrupted is given what it had written. A failure lets the stages that run end, begins no other and names the
 * stage.
 *
 * @throws {ArgumentError} the stages are no graph without cycles; nothing has run
 * @throws {DataError} a stage failed; its own error is the cause
 * @throws {JobError} another process runs the study
 *
 * @see docs/provenance.md
 *
 * @example
 * const report = await runStages([
 *   { name: "numbers", title: "Numbers", kind: "source", settings: { count: 3 }, inputs: [], files: [],
 *     run: async ({ folder }) => (await writeFile(`${folder}/numbers.txt`, "1 2 3"), {}) },
 *   { name: "mean", title: "Their mean", kind: "table", settings: {}, inputs: ["numbers"], files: [],
 *     run: async () => ({ values: { mean: { value: 2, compare: "exact" } } }) },
 * ], { folder: "study" });
 * report.stages.map(({ name }) => name) //=> ["numbers", "mean"]
 */
export async function runStages(stages: readonly Stage[], options: RunStagesOptions): Promise<StudyReport> {
  const { folder, workers, signal, onProgress } = checkOptions(options, {
    folder: textOption(undefined),
    workers: integerOption(1, { minimum: 1, maximum: 256 }),
    signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
    onProgress: callbackOption<(progress: StudyProgress) => void>(),
  });
  if (folder === undefined) throw new ArgumentError("folder", "the study's folder", folder);
  const ordered = orderStages(stages);
  signal?.throwIfAborted();
  const study = resolve(folder);
  makeFolder(study);
  const run = new StudyRun(study, ordered, signal, onProgress);
  await whileAlone(study, () => run.all(workers), { doing: `The study in ${study} is being run` });
  return run.report();
}

/** One pass over the stages of a study. */
class StudyRun {
  readonly #study: string;
  readonly #stages: readonly Stage[];
  #code: Promise<CodeVersion | null> | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #onProgress: ((progress: StudyProgress) => void) | undefined;
  readonly #finished = new Map<string, StageReport>();
  readonly #warnings: string[] = [];

  constructor(
    study: string,
    stages: readonly Stage[],
    signal: AbortSignal | undefined,
    onProgress: ((progress: StudyProgress) => void) | undefined,
  ) {
    this.#study = study;
    this.#stages = stages;
    this.#signal = signal;
    this.#onProgress = onProgress;
  }

  /** Keep so many stages going until all are finished or one has failed. */
  async all(workers: number): Promise<void> {
    const waiting = new Set(this.#stages);
    const going = new Set<Promise<void>>();
    let failure: { readonly error: unknown } | undefined;
    const begin = (stage: Stage): void => {
      waiting.delete(stage);
      const work = this.#one(stage)
        .catch((error: unknown) => void (failure ??= { error }))
        .finally(() => going.delete(work));
      going.add(work);
    };
    for (;;) {
      const mayBegin = failure === undefined && this.#signal?.aborted !== true;
      for (const stage of mayBegin ? waiting : []) {
        if (going.size >= workers) break;
        if (stage.inputs.every((input) => this.#finished.has(input))) begin(stage);
      }
      if (going.size === 0) break;
      await Promise.race(going);
    }
    this.#signal?.throwIfAborted();
    if (failure !== undefined) throw failure.error;
  }

  report(): StudyReport {
    return {
      folder: this.#study,
      stages: this.#stages.map(({ name }) => this.#finished.get(name)!),
      warnings: this.#warnings,
    };
  }

  async #one(stage: Stage): Promise<void> {
    const folder = stageFolder(this.#study, stage.name);
    try {
      const inputs = stage.inputs.map((name) => {
        const { key, fingerprint } = this.#finished.get(name)!;
        return { stage: name, key, fingerprint };
      });
      const files = await describeFiles(stage.files, this.#signal);
      const key = stageKey(stage, inputs, files);
      const { record: earlier, problem } = await folder.finished(key);
      if (problem !== undefined) this.#warnings.push(`${problem}; the stage "${stage.name}" ran again`);
      const record = earlier ?? (await this.#make(stage, key, inputs, files));
      const { title, kind, fingerprint, seconds, values, runId } = record;
      this.#finished.set(stage.name, {
        name: stage.name,
        title,
        kind,
        folder: folder.path,
        key,
        fingerprint,
        resumed: earlier !== undefined,
        seconds,
        values,
        ...(runId !== undefined && { runId }),
      });
      this.#tell(stage, 1, 1, "stage");
    } catch (error) {
      if (this.#signal?.aborted) throw error;
      const { message } = error instanceof Error ? error : new Error(String(error));
      throw new DataError(`Stage "${stage.name}": ${message}`, { path: folder.path }, { cause: error });
    }
  }

  async #make(stage: Stage, key: string, inputs: StageRecord["inputs"], files: readonly StageFile[]) {
    const folder = stageFolder(this.#study, stage.name);
    this.#note(stage, holdsRestricted(stage.settings) ? "restricted" : undefined);
    await folder.begin(key);
    this.#tell(stage, 0, 1, "stage");
    this.#code ??= codeVersion();
    const code = await this.#code;
    const started = performance.now();
    const result = await stage.run({
      folder: folder.path,
      input: (name) => this.#inputFolder(stage, name),
      signal: this.#signal,
      tell: (done, total, unit) => this.#tell(stage, done, total, unit),
    });
    const values = checkValues(result.values ?? {});
    await writeResult(folder.path, stage.name, key, result);
    // What the stage wrote in its own name knows less of the chain.
    const holds = [result.table, result.figure].some(holdsRestricted);
    this.#note(stage, holds ? "restricted" : notedSensitivity(folder.path));
    const { name, title, kind, questions, settings, notContent } = stage;
    return folder.finish(key, async (outputs) => {
      const described = await withContent(folder.path, outputs, notContent);
      return {
        name,
        title,
        kind,
        ...(questions !== undefined && { questions }),
        settings,
        ...(notContent !== undefined && { notContent }),
        code,
        inputs,
        files,
        values,
        ...(result.runId !== undefined && { runId: result.runId }),
        fingerprint: contentFingerprint(described, values),
        seconds: (performance.now() - started) / 1000,
        finishedAt: new Date().toISOString(),
        outputs: described,
      };
    });
  }

  #note({ name, kind, inputs, files }: Stage, sensitivity: "public" | "restricted" | undefined): void {
    recordMade({
      kind: kind === "source" || kind === "corpus" ? "documents" : kind,
      path: join(this.#study, name),
      from: [...inputs.map((input) => join(this.#study, input)), ...files],
      ...(sensitivity && { sensitivity }),
      step: `runStages: ${name}`,
    });
  }

  #inputFolder(stage: Stage, name: string): string {
    if (!stage.inputs.includes(name))
      throw new ArgumentError(
        "input",
        `one that the stage names: ${stage.inputs.join(", ") || "it has none"}`,
        name,
      );
    return join(this.#study, name);
  }

  #tell({ name, title }: Stage, done: number, total: number, unit: string): void {
    const finished = this.#finished.size;
    this.#onProgress?.({ stage: name, title, done, total, unit, finished, stages: this.#stages.length });
  }
}

async function describeFiles(
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<StageFile[]> {
  const files: StageFile[] = [];
  for (const path of paths) {
    const { size } = await stat(path).catch((error: unknown) => {
      throw new DataError(`${path} is missing`, { path }, { cause: error });
    });
    files.push({ path, bytes: size, sha256: await sha256OfFile(path, signal && { signal }) });
  }
  return files;
}

/** A value that is no number would be compared with nothing, silently. */
function checkValues(values: Readonly<Record<string, StageValue>>): Readonly<Record<string, StageValue>> {
  for (const [name, { value, interval, compare }] of Object.entries(values)) {
    if (!Number.isFinite(value)) throw new ArgumentError(`values.${name}`, "a finite number", value);
    if (compare === "interval" && interval === undefined)
      throw new ArgumentError(
        `values.${name}.interval`,
        '[low, high], since it is compared by "interval"',
        interval,
      );
    if (interval !== undefined && !(interval[0] <= value && value <= interval[1]))
      throw new ArgumentError(`values.${name}.interval`, `[low, high] around ${value}`, interval);
  }
  return values;
}

async function writeResult(folder: string, stage: string, key: string, result: StageResult): Promise<void> {
  if (result.figure !== undefined) await writeStageFigure(folder, result.figure, { stage, key });
  if (result.table !== undefined)
    await writeFileAtomically(join(folder, "table.json"), `${JSON.stringify(result.table, null, 1)}\n`);
}
