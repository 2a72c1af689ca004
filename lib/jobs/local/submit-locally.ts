import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { JobError } from "../../core/errors.ts";
import { fingerprint } from "../../core/hash.ts";
import { withAbsolutePaths } from "../absolute-paths.ts";
import { JobPlanError, otherRequest } from "../cluster/outbox.ts";
import { readJob, type JobRecord } from "../job.ts";
import type { JobSpec } from "../job-spec.ts";
import { makeWholeFolder } from "../run-folder.ts";
import { describeRun } from "../run-spec.ts";
import { recordCommand, recordRun } from "../record-run.ts";
import type { Sensitivity } from "../../table/sensitivity.ts";
import { launch, type PlannedAttempt } from "./launch.ts";
import { LocalJob } from "./local-job.ts";
import { localObjections } from "./plan-locally.ts";
import { setUpTrainer } from "./set-up-trainer.ts";
import { tellOnStderr, trainerAttempt } from "./start-training.ts";

export interface SubmitLocallyOptions {
  readonly token: string;
  readonly runs: string;
  /** What the request's paths are relative to. */
  readonly directory: string;
  /** Of what the job reads, or as it was said by hand. */
  readonly sensitivity: Sensitivity;
  readonly signal?: AbortSignal;
}

/** The same as on a cluster, on this machine: one run for a token, however often it is asked for. */
export async function submitLocally(spec: JobSpec, options: SubmitLocallyOptions): Promise<LocalJob> {
  const { token, runs, directory, signal } = options;
  const objections = localObjections(spec);
  if (objections.length > 0) throw new JobPlanError(token, { cluster: "this machine", objections });
  const folder = join(runs, token);
  const { attempt, files } = await planned(spec, folder, options);
  const specFingerprint = fingerprint({ cluster: "local", job: spec, directory });
  if (spec.kind === "train") await setUpTrainer(tellOnStderr, signal);
  const { "spec.json": description = {}, ...others } = files;
  await makeWholeFolder(folder, {
    ...others,
    "spec.json": { ...description, name: spec.name, job: spec, specFingerprint },
  });
  const held = JSON.parse(await readFile(join(folder, "spec.json"), "utf8")) as { specFingerprint?: string };
  if (held.specFingerprint !== specFingerprint) throw otherRequest(token, folder);
  const record: JobRecord = {
    version: 1,
    runId: token,
    backend: "local",
    state: "PLANNED",
    evidence: "",
    attempts: [],
    history: [],
  };
  while (!(await hasStarted(folder))) {
    try {
      return await launch(folder, record, attempt);
    } catch (error) {
      // Another process may be starting it.
      if (!(error instanceof JobError)) throw error;
      await sleep(100, undefined, signal && { signal });
    }
  }
  return new LocalJob(folder);
}

async function hasStarted(folder: string): Promise<boolean> {
  return existsSync(join(folder, "job.json")) && (await readJob(folder)).attempts.length > 0;
}

async function planned(
  spec: JobSpec,
  folder: string,
  { token, directory, sensitivity }: SubmitLocallyOptions,
): Promise<{ attempt: PlannedAttempt; files: Readonly<Record<string, object>> }> {
  const processes = spec.resources.processesPerNode ?? 1;
  if (spec.kind === "train") {
    const config = withAbsolutePaths(spec.config!, directory);
    const description = await describeRun(config, { runId: token, processes });
    recordRun(folder, config, sensitivity);
    return {
      attempt: trainerAttempt(folder, config, processes, false),
      files: { "spec.json": description, "train.config.json": config },
    };
  }
  const inputs = (spec.inputs ?? []).map((path) => resolve(directory, path));
  recordCommand(folder, inputs, sensitivity);
  const move = 'cd "$1" && shift && exec "$@"';
  return {
    attempt: {
      processes: 1,
      resumes: false,
      command: ["/bin/sh", "-c", move, "sh", resolve(directory, spec.code.path), ...spec.command!],
      environment: { ...spec.environment, RUN_FOLDER: folder },
    },
    files: {
      "spec.json": { version: 1, runId: token, createdAt: new Date().toISOString(), backend: "local" },
    },
  };
}
