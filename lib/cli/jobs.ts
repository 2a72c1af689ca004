import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { unknownName } from "../core/nearest-name.ts";
import { adoptJob } from "../jobs/adopt-job.ts";
import { cancelJob } from "../jobs/cancel-job.ts";
import { clustersFile } from "../jobs/cluster/clusters-file.ts";
import { fetchJob } from "../jobs/fetch-job.ts";
import { jobLogs } from "../jobs/job-logs.ts";
import { listJobs, openJob, showJob, type JobSummary } from "../jobs/list-jobs.ts";
import { planJob, type JobPlan } from "../jobs/plan/plan-job.ts";
import { setUpCluster } from "../jobs/setup/set-up-cluster.ts";
import { submitJob } from "../jobs/submit-job.ts";
import { commandLineFault, numberOf, UsageError, type CliCommand, type CliContext } from "./command.ts";
import { readJobSpec } from "./read-job-spec.ts";

const usage = `npm run -s rounds -- jobs plan SPEC.json --cluster NAME
npm run -s rounds -- jobs submit SPEC.json --cluster NAME [--token T]
npm run -s rounds -- jobs list [--cluster NAME]
npm run -s rounds -- jobs show ID
npm run -s rounds -- jobs logs ID [--follow] [--task N]
npm run -s rounds -- jobs cancel ID [--without-saving]
npm run -s rounds -- jobs fetch ID [--step N | --path PATH]
npm run -s rounds -- jobs adopt ID --cluster NAME
npm run -s rounds -- jobs setup NAME [--node] [--packages] [--wheels DIR]

  SPEC.json       what the job is to be (docs/jobs.md); the path of its code is relative to where you are
  --cluster NAME  of the clusters file, or "local": this machine
  --token T       what the submission is known by: the same request with the same token is the same job
                  (default: a new one)
  --config FILE   the clusters file (default: ROUNDS_CLUSTERS, else clusters.json of the project)
  --runs FOLDER   folder of run folders (default: ROUNDS_RUNS, else runs/ of the project)
  --follow        go on until the job has ended; the log is on stdout as it is, no JSON
  --task N        of an array, from 0
  --without-saving  end what runs at once
  --step N        the checkpoint of this step (default: the newest)
  --node          bring Node to the cluster, to tools/node of its root
  --packages      bring the npm packages there, to node_modules of its root
  --wheels DIR    bring Python wheels there, and into its environment if that is a venv
  --path PATH     another file or folder of the run folder, such as export/500-bfloat16

adopt takes up a job that was submitted from another machine. A submission that was cut off is delivered by the next command that looks at it.`;

const options = {
  cluster: { type: "string" },
  token: { type: "string" },
  config: { type: "string" },
  runs: { type: "string" },
  follow: { type: "boolean" },
  task: { type: "string" },
  "without-saving": { type: "boolean" },
  step: { type: "string" },
  path: { type: "string" },
  node: { type: "boolean" },
  packages: { type: "boolean" },
  wheels: { type: "string" },
} as const;

type Values = {
  [Name in keyof typeof options]?: (typeof options)[Name]["type"] extends "boolean" ? boolean : string;
};
type Action = (word: string, values: Values, context: CliContext) => Promise<object | undefined>;

const actions: Readonly<Record<string, Action>> = {
  plan,
  submit,
  list,
  show,
  logs,
  cancel,
  fetch,
  adopt,
  setup,
};

/** What follows an action, where it is not a job's ID. */
const wordOf: Readonly<Record<string, string>> = {
  plan: "SPEC.json",
  submit: "SPEC.json",
  setup: "the cluster's NAME",
};

export const jobs: CliCommand = {
  summary: "plan, submit and follow jobs on a cluster",
  usage,
  async run(parameters, context) {
    let parsed;
    try {
      parsed = parseArgs({ args: [...parameters], options, allowPositionals: true });
    } catch (error) {
      throw new UsageError(commandLineFault(error, Object.keys(options)), { cause: error });
    }
    const [name, word, ...more] = parsed.positionals;
    if (name === undefined) throw new UsageError(`What to do with jobs is missing\n\n${usage}`);
    if (more.length > 0) throw new UsageError(`"${more[0]}" belongs to no option\n\n${usage}`);
    const action = actions[name];
    if (action === undefined)
      throw new UsageError(`${unknownName("jobs", name, Object.keys(actions)).message}\n\n${usage}`);
    if (name === "list" && word !== undefined)
      throw new UsageError(`"${word}" belongs to no option\n\n${usage}`);
    if (name !== "list" && word === undefined)
      throw new UsageError(`jobs ${name}: ${wordOf[name] ?? "ID"} is missing\n\n${usage}`);
    return action(word ?? "", parsed.values, context);
  },
};

async function plan(word: string, values: Values, { folder, signal }: CliContext): Promise<object> {
  const cluster = needed(values.cluster);
  const spec = await readJobSpec(resolve(folder, word));
  const made = await planJob(spec, { cluster, config: configOf(values, folder), directory: folder, signal });
  process.stderr.write(describePlan(made));
  return { ...made, manifests: Object.fromEntries(made.manifests) };
}

async function submit(word: string, values: Values, { folder, signal }: CliContext): Promise<object> {
  const cluster = needed(values.cluster);
  const spec = await readJobSpec(resolve(folder, word));
  const job = await submitJob(spec, {
    cluster,
    ...(values.token !== undefined && { token: values.token }),
    ...(cluster !== "local" && { config: configOf(values, folder) }),
    ...runsOf(values, folder),
    directory: folder,
    onState: (state, evidence) => void process.stderr.write(`  ${state}: ${evidence}\n`),
    signal,
  });
  return show(job.folder, values, { folder, signal });
}

async function list(_word: string, values: Values, { folder, signal }: CliContext): Promise<object> {
  const { cluster } = values;
  const found = await listJobs({ ...runsOf(values, folder), ...(cluster && { cluster }), signal });
  for (const job of found) process.stderr.write(lineOf(job));
  return { jobs: found };
}

async function show(word: string, values: Values, { folder, signal }: CliContext): Promise<object> {
  const { folder: run } = await openJob(word, runsOf(values, folder));
  const job = await showJob(run, { signal });
  process.stderr.write(lineOf(job));
  return job;
}

async function logs(word: string, values: Values, { folder, signal }: CliContext): Promise<undefined> {
  const job = await openJob(word, runsOf(values, folder));
  const task = numberOf("task", values.task);
  const { follow = false } = values;
  for await (const piece of jobLogs(job, { follow, ...(task !== undefined && { task }), signal }))
    process.stdout.write(piece);
}

async function cancel(word: string, values: Values, context: CliContext): Promise<object> {
  const { folder, signal } = context;
  const job = await openJob(word, runsOf(values, folder));
  await cancelJob(job, { save: !values["without-saving"], signal });
  return show(job.folder, values, context);
}

async function fetch(word: string, values: Values, { folder, signal }: CliContext): Promise<object> {
  const job = await openJob(word, runsOf(values, folder));
  const step = numberOf("step", values.step);
  const path = await fetchJob(job, {
    ...(values.path !== undefined && { path: values.path }),
    ...(step !== undefined && { step }),
    signal,
  });
  process.stderr.write(`  ${path}\n`);
  return { id: job.runId, path };
}

async function adopt(word: string, values: Values, context: CliContext): Promise<object> {
  const { folder, signal } = context;
  const cluster = needed(values.cluster);
  const where = { cluster, config: configOf(values, folder), ...runsOf(values, folder) };
  const job = await adoptJob(word, { ...where, signal });
  return show(job.folder, values, context);
}

async function setup(word: string, values: Values, { folder, signal }: CliContext): Promise<object> {
  const checks = await setUpCluster(word, {
    config: configOf(values, folder),
    node: values.node ?? false,
    packages: values.packages ?? false,
    ...(values.wheels !== undefined && { wheels: resolve(folder, values.wheels) }),
    onCheck: ({ name, outcome, detail }) =>
      void process.stderr.write(`  ${marks[outcome]} ${name}: ${detail}\n`),
    signal,
  });
  const failed = checks.filter(({ outcome }) => outcome === "failed");
  if (failed.length > 0) process.stderr.write(`  ${word} is not ready: ${failed.length} checks failed\n`);
  return { cluster: word, isReady: failed.length === 0, checks };
}

const marks = { ok: "✔", failed: "✖", unchecked: "?" } as const;

function lineOf({ id, cluster, state, evidence }: JobSummary): string {
  return `  ${state.padEnd(9)}  ${id}  ${cluster}  ${evidence}\n`;
}

function describePlan({ script, resources, queue, objections }: JobPlan): string {
  const { nodes, gpusPerNode, timeLimitMinutes, gpuHours, gpuHoursMaximum } = resources;
  const lines = [
    ...(script === "" ? [] : script.split("\n").map((line) => `| ${line}`)),
    `${nodes} nodes x ${gpusPerNode} GPUs, ${timeLimitMinutes} minutes: ${gpuHours.toFixed(1)} GPU-hours, at most ${gpuHoursMaximum.toFixed(1)} with its restarts`,
    ...(queue === null ? [] : [`queue: ${queue.detail}`]),
    ...objections.map((objection) => `✖ ${objection}`),
  ];
  return lines.map((line) => `  ${line}\n`).join("");
}

function needed(cluster: string | undefined): string {
  if (cluster === undefined) throw new UsageError(`--cluster is missing\n\n${usage}`);
  return cluster;
}

function configOf({ config }: Values, folder: string): string {
  return config === undefined ? clustersFile() : resolve(folder, config);
}

function runsOf({ runs }: Values, folder: string): { readonly runs?: string } {
  return runs === undefined ? {} : { runs: resolve(folder, runs) };
}
