import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { checkJob } from "../check-job.ts";
import { cardHtml } from "../../care/card/card-html.ts";
import { cardMarkdown } from "../../care/card/card-markdown.ts";
import { modelCard, type ModelProvenance } from "../../care/card/model-card.ts";
import type { Purpose } from "../../care/licence-terms.ts";
import { sensitivityOfFolder } from "../../care/folder-sensitivity.ts";
import { LicenceConflictError, type ConflictingPart } from "../../care/run-licences.ts";
import { DataError, JobError } from "../../core/errors.ts";
import { recordMade } from "../../core/lineage.ts";
import { checkOptions, choiceOption, integerOption, objectOption } from "../../core/options.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import { projectRoot } from "../project.ts";
import type { LocalJob } from "./local-job.ts";

const execute = promisify(execFile);

export interface ExportCheckpointOptions {
  /** @default the newest complete checkpoint */
  readonly step?: number;
  /** "float32" goes on exactly where the run was; "bfloat16" is half the size. @default "bfloat16" */
  readonly precision?: "bfloat16" | "float32";
  /** What the model is for; what the licences of its data or first weights forbid is refused. @default the run's */
  readonly purpose?: Purpose;
  readonly signal?: AbortSignal;
}

const rules = {
  step: integerOption(undefined, { minimum: 0 }),
  precision: choiceOption("bfloat16", ["bfloat16", "float32"]),
  purpose: choiceOption(undefined, ["research", "share", "commercial"]),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/**
 * Write a checkpoint of a run as a model folder that others read: Hugging Face safetensors, tokenizer, and a card that
 * says what it was made from. It is made once for a purpose, in the run folder's `export/`.
 *
 * @returns the folder; `initializeFrom` takes it, and `rounds serve`
 * @throws {DataError} no such checkpoint, or none yet
 * @throws {LicenceConflictError} what went into it is not open to the purpose; the documents are named
 * @throws {JobError} the checkpoint is damaged
 *
 * @example
 * const model = await exportCheckpoint(job, { precision: "float32" });
 */
export async function exportCheckpoint(
  job: LocalJob,
  options: ExportCheckpointOptions = {},
): Promise<string> {
  const { step, precision, purpose, signal } = checkOptions(options, rules);
  checkJob(job);
  const steps = await completeSteps(job.folder);
  const chosen = step ?? steps.at(-1);
  if (chosen === undefined || !steps.includes(chosen)) {
    const held = steps.length === 0 ? "none is complete yet" : `complete are ${steps.join(", ")}`;
    throw new DataError(`Run ${job.runId} has no checkpoint of step ${chosen ?? "any"}: ${held}`, {
      path: job.folder,
    });
  }
  const output = join(
    job.folder,
    "export",
    [chosen, precision, ...(purpose === undefined ? [] : [purpose])].join("-"),
  );
  if (existsSync(join(output, "config.json"))) return output;
  await rm(output, { recursive: true, force: true });
  const checkpoint = join(job.folder, "checkpoints", String(chosen));
  recordMade({ kind: "model", path: output, from: [checkpoint], step: "exportCheckpoint" });
  const python = join(projectRoot, ".venv", "bin", "python");
  const parameters = [
    "-m",
    "trainer",
    "export",
    "--checkpoint",
    checkpoint,
    "--output",
    output,
    "--dtype",
    precision,
    ...(purpose === undefined ? [] : ["--purpose", purpose]),
  ];
  try {
    await execute(python, parameters, {
      env: { ...process.env, PYTHONPATH: projectRoot, HF_HUB_OFFLINE: "1" },
      ...(signal && { signal }),
    });
  } catch (error) {
    const { stderr = "", message } = error as { stderr?: string; message: string };
    const last = stderr.trim().split("\n").at(-1) ?? message;
    const conflict = licenceConflictIn(last);
    if (conflict !== undefined) {
      const what = `Checkpoint ${chosen} of run ${job.runId}`;
      throw new LicenceConflictError(what, conflict.purpose, conflict.conflicts, { cause: error });
    }
    throw new JobError(
      `Checkpoint ${chosen} of run ${job.runId} could not be exported: ${last}`,
      {
        jobId: job.runId,
        state: "FAILED",
        logTail: stderr,
      },
      { cause: error },
    );
  }
  await writeOwnCard(output);
  return output;
}

/** In place of the trainer's short one: all that the export itself tells; `writeCard` adds corpus and results. */
async function writeOwnCard(output: string): Promise<void> {
  const made = JSON.parse(await readFile(join(output, "provenance.json"), "utf8")) as ModelProvenance;
  const sensitivity = sensitivityOfFolder(output);
  const card = modelCard({ ...made, sensitivity });
  const mode = sensitivity === "restricted" ? { mode: 0o600 } : {};
  await writeFileAtomically(join(output, "README.md"), cardMarkdown(card), mode);
  await writeFileAtomically(join(output, "card.html"), cardHtml(card), mode);
}

/** What the trainer, which checks the licences whoever calls it, found against the purpose. */
function licenceConflictIn(
  line: string,
): { readonly purpose: Purpose; readonly conflicts: readonly ConflictingPart[] } | undefined {
  try {
    const { error } = JSON.parse(line) as {
      error: { name: string; purpose: Purpose; conflicts: ConflictingPart[] };
    };
    return error.name === "LicenceError" ? error : undefined;
  } catch {
    return undefined;
  }
}

async function completeSteps(folder: string): Promise<number[]> {
  const checkpoints = join(folder, "checkpoints");
  const names = await readdir(checkpoints).catch(() => []);
  return names
    .filter((name) => /^\d+$/u.test(name) && existsSync(join(checkpoints, name, "COMPLETE")))
    .map(Number)
    .toSorted((left, right) => left - right);
}
