import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { fingerprint, sha256OfFile } from "../../core/hash.ts";
import { notedSensitivity, recordMade } from "../../core/lineage.ts";
import { callbackOption, checkOptions, integerOption, objectOption, textOption } from "../../core/options.ts";
import { RecordedFolder } from "../stages/recorded-folder.ts";
import type { Pipeline } from "./read-pipeline.ts";
import { checkPipeline, readPipeline } from "./read-pipeline.ts";
import { documentsFile, retractedFileName, type PipelineProgress, type StepReport } from "./pipeline-step.ts";

export interface RunPipelineOptions {
  /** What the pipeline's paths are relative to. @default the current folder */
  readonly folder?: string;
  /** Memory for documents at a time. @default 2e9 */
  readonly memoryBytes?: number;
  /** Threads. @default the processors of the machine */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PipelineProgress) => void;
}

/** What one step of a pipeline did; its counts add up. */
export interface PipelineStepReport extends StepReport {
  /** "read", "filter", ... */
  readonly step: string;
  /** Where its outputs lie. */
  readonly folder: string;
  /** True where an earlier run had finished it, and its outputs are unchanged. */
  readonly resumed: boolean;
  readonly seconds: number;
}

/** What each step of a pipeline did. */
export interface PipelineReport {
  readonly output: string;
  readonly steps: readonly PipelineStepReport[];
  /** Outputs that an earlier run had written and that were found changed; their steps ran again. */
  readonly warnings: readonly string[];
}

/** What a finished step says of itself in its folder. */
interface StepRecord {
  readonly seconds: number;
  readonly report: StepReport;
}

/** Raised with a change that gives other results for the same settings. */
const codeVersion = 2;

/**
 * Run a corpus pipeline: sources, then filters, deduplication, decontamination, token shards.
 *
 * Each step has a folder of its own in the output folder, with a record of its settings, its inputs' and outputs'
 * SHA-256 and its counts, written last. Run again, after a crash or a changed setting, it repeats only the steps
 * whose inputs or settings changed and those after them; the bytes are the same as of one uninterrupted run.
 *
 * @param pipeline a file's path, or its content
 * @throws {DataError} something in the pipeline is wrong (its place is named; nothing has run), or a step failed
 *
 * @see docs/corpus-pipeline.md for the file
 */
export async function runPipeline(
  pipeline: string | object,
  options: RunPipelineOptions = {},
): Promise<PipelineReport> {
  const { folder, memoryBytes, workers, signal, onProgress } = checkOptions(options, {
    folder: textOption(process.cwd()),
    memoryBytes: integerOption(2e9, { minimum: 64e6 }),
    workers: integerOption(Math.min(16, availableParallelism()), { minimum: 1, maximum: 256 }),
    signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
    onProgress: callbackOption<(progress: PipelineProgress) => void>(),
  });
  const checked: Pipeline =
    typeof pipeline === "string"
      ? await readPipeline(resolve(folder, pipeline), folder)
      : await checkPipeline(pipeline, folder);
  const output = resolve(folder, checked.output);
  const reports: PipelineStepReport[] = [];
  const warnings: string[] = [];
  const folderOf = (index: number) =>
    join(output, `${String(index + 1).padStart(2, "0")}-${checked.steps[index]!.name}`);
  const retractedFile = join(folderOf(0), retractedFileName);
  let input = "";
  let before: string[] = [];
  for (const [index, step] of checked.steps.entries()) {
    signal?.throwIfAborted();
    const name = `${index + 1} ${step.name}`;
    const stepFolder = new RecordedFolder<StepRecord>(folderOf(index), "step.json");
    const files: string[] = [];
    for (const path of step.files) files.push(await sha256OfFile(path, signal && { signal }));
    const { settings } = step;
    if (step.usesRetracted === true) files.push(await sha256OfFile(retractedFile));
    const key = fingerprint({ codeVersion, step: step.name, settings, files, before, seed: checked.seed });
    const { record: earlier, problem } = await stepFolder.finished(key);
    if (problem !== undefined) warnings.push(`${problem}; the step "${name}" ran again`);
    let record = earlier;
    if (record === undefined) {
      const note = (sensitivity?: "public" | "restricted"): void =>
        recordMade({
          kind: step.gives === "shards" ? "shards" : "documents",
          path: stepFolder.path,
          from: [...(input === "" ? [] : [input]), ...step.files],
          ...(sensitivity && { sensitivity }),
          step: `runPipeline: ${step.name}`,
        });
      note();
      await stepFolder.begin(key);
      const started = performance.now();
      const report = await step.run(input, {
        folder,
        stepFolder: stepFolder.path,
        retractedFile,
        seed: checked.seed,
        memoryBytes,
        workers,
        signal,
        tell: (done, total, unit) => onProgress?.({ step: name, done, total, unit }),
      });
      const seconds = (performance.now() - started) / 1000;
      record = await stepFolder.finish(key, () => ({ seconds, report }));
      // What the step wrote in its own name knows less of the chain.
      note(notedSensitivity(stepFolder.path));
    }
    reports.push({
      step: step.name,
      folder: stepFolder.path,
      resumed: earlier !== undefined,
      seconds: record.seconds,
      ...record.report,
    });
    before = record.outputs.map(({ file, sha256 }) => `${file} ${sha256}`);
    input = step.gives === "documents" ? join(stepFolder.path, documentsFile) : stepFolder.path;
  }
  return { output, steps: reports, warnings };
}
