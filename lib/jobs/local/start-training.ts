import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";

import { recordAudit } from "../../core/audit-log.ts";
import { JobError } from "../../core/errors.ts";
import { notedSensitivity } from "../../core/lineage.ts";
import { checkOptions, integerOption, objectOption, textOption } from "../../core/options.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import { checkTrainConfig } from "../../train/check-train-config.ts";
import type { TrainConfig } from "../../train/train-config.ts";
import { withAbsolutePaths } from "../absolute-paths.ts";
import { finalStates, readJob, type JobRecord } from "../job.ts";
import { projectRoot } from "../project.ts";
import { recordRun } from "../record-run.ts";
import { findNewestRun, makeRunFolder, runsFolder } from "../run-folder.ts";
import { describeRun } from "../run-spec.ts";
import { launch, type PlannedAttempt } from "./launch.ts";
import { LocalJob } from "./local-job.ts";
import { setUpTrainer } from "./set-up-trainer.ts";

export interface StartTrainingOptions {
  /** What people know the run by: a part of its folder's name. @default the recipe */
  readonly name?: string;
  /** Processes that share the work (FSDP over gloo on processors). @default 1 */
  readonly processes?: number;
  /** Folder of run folders. @default ROUNDS_RUNS, else `runs/` of the project */
  readonly runs?: string;
  /** What the configuration's paths are relative to. @default the working folder */
  readonly directory?: string;
  /** Told how far the installation of PyTorch is, the first time. @default writes to stderr */
  readonly onSetUp?: (line: string) => void;
  /** Ends the set-up; a run that has started goes on. */
  readonly signal?: AbortSignal;
}

const rules = {
  name: textOption(undefined),
  processes: integerOption(1, { minimum: 1, maximum: 1024 }),
  runs: textOption(undefined),
  directory: textOption(undefined),
  onSetUp: objectOption<(line: string) => void>("a function", (value) => typeof value === "function"),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/**
 * Train on this machine: writes the run folder, starts the trainer, and returns as soon as it runs.
 *
 * The trainer lives on when the notebook's kernel or the terminal ends. The run folder has the whole request
 * (`spec.json`: configuration, fingerprints of the data, code commit, machine) before anything starts.
 *
 * @throws {TrainConfigError} with every fault of the configuration
 * @throws {DataError} token shards that are missing or do not fit the model
 * @throws {JobError} PyTorch could not be installed
 *
 * @example
 * const job = await startTraining(trainConfig("pretraining", { model: { preset: "tiny-mistral" }, data }));
 * await job.completed();
 */
export async function startTraining(
  config: TrainConfig,
  options: StartTrainingOptions = {},
): Promise<LocalJob> {
  const { name, processes, runs, directory, onSetUp, signal } = checkOptions(options, rules);
  const checked = withAbsolutePaths(checkTrainConfig(config), directory ?? process.cwd());
  const draft = await describeRun(checked, { runId: "", processes });
  await setUpTrainer(onSetUp ?? tellOnStderr, signal);
  const { runId, folder } = await makeRunFolder(resolve(runs ?? runsFolder()), name ?? config.recipe);
  recordRun(folder, checked);
  recordAudit({
    action: "submit",
    subject: runId,
    sensitivity: notedSensitivity(folder),
    detail: { cluster: "local", job: name ?? config.recipe },
  });
  await writeJson(join(folder, "train.config.json"), checked);
  await writeJson(join(folder, "spec.json"), { ...draft, runId });
  const record: JobRecord = {
    version: 1,
    runId,
    backend: "local",
    state: "PLANNED",
    evidence: "",
    attempts: [],
    history: [],
  };
  return launch(folder, record, trainerAttempt(folder, checked, processes, false));
}

/**
 * Take up a run where it was saved last: after a stop, a failure, or a restart of the machine.
 *
 * @param run the run folder, its name in the folder of runs, or a configuration: its newest run there
 * @throws {JobError} it is running, or complete, or there is none
 */
export async function resumeTraining(
  run: string | TrainConfig,
  options: Omit<StartTrainingOptions, "name"> = {},
): Promise<LocalJob> {
  const { name: _none, ...resumeRules } = rules;
  const { processes, runs, directory, onSetUp, signal } = checkOptions(options, {
    ...resumeRules,
    processes: integerOption(undefined, { minimum: 1, maximum: 1024 }),
  });
  const root = resolve(runs ?? runsFolder());
  const path = await folderOf(run, root, resolve(directory ?? process.cwd()));
  const job = new LocalJob(path);
  const { state, evidence } = await job.status();
  if (!finalStates.has(state) || state === "COMPLETED") {
    const problem =
      state === "COMPLETED" ? "is complete; there is nothing to resume" : `is under way (${evidence})`;
    throw new JobError(`Run ${job.runId} ${problem}`, { jobId: job.runId, state });
  }
  await setUpTrainer(onSetUp ?? tellOnStderr, signal);
  const [record, config] = [await readJob(path), await job.config()];
  const again = processes ?? record.attempts.at(-1)!.processes;
  return launch(path, record, trainerAttempt(path, config, again, true));
}

async function folderOf(run: string | TrainConfig, runs: string, directory: string): Promise<string> {
  if (typeof run === "string") return run.includes("/") ? resolve(directory, run) : join(runs, run);
  const config = withAbsolutePaths(checkTrainConfig(run), directory);
  const folder = await findNewestRun(runs, config);
  if (folder === undefined)
    throw new JobError(`No run of this configuration is in ${runs}`, { jobId: "none", state: "PLANNED" });
  return folder;
}

/** The command line of the trainer for a run folder. */
export function trainerAttempt(
  folder: string,
  config: TrainConfig,
  processes: number,
  resumes: boolean,
): PlannedAttempt {
  const python = join(projectRoot, ".venv", "bin", "python");
  // torchrun's own option parser must not see the trainer's --run.
  const torchrun = [
    "torch.distributed.run",
    "--standalone",
    "--nproc-per-node",
    String(processes),
    // Both stop a run; without these torchrun keeps SIGUSR1 to itself, and kills a save that takes 30 s.
    "--signals-to-handle",
    "SIGTERM,SIGINT,SIGHUP,SIGQUIT,SIGUSR1",
    "--shutdown-timeout",
    "1800",
    "-m",
    "--",
  ];
  const trainer = ["trainer", "train", "--run", folder, ...(resumes ? ["--resume"] : [])];
  // Threads only wait for one another over matrices as small as a miniature's.
  const isMiniature = (config.model.shape?.hiddenSize ?? Infinity) < 512;
  const threads = isMiniature ? 1 : Math.max(1, Math.floor(availableParallelism() / processes));
  return {
    processes,
    resumes,
    command: [python, "-m", ...(processes > 1 ? torchrun : []), ...trainer],
    environment: {
      PYTHONPATH: projectRoot,
      PYTHONUNBUFFERED: "1",
      OMP_NUM_THREADS: process.env["OMP_NUM_THREADS"] ?? String(threads),
      TOKENIZERS_PARALLELISM: "false",
      HF_HUB_OFFLINE: "1",
    },
  };
}

export function tellOnStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

function writeJson(path: string, value: unknown): Promise<void> {
  return writeFileAtomically(path, `${JSON.stringify(value, null, 2)}\n`);
}
