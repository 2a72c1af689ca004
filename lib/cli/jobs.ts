import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { unknownName } from "../core/nearest-name.ts";
import { clustersFile } from "../jobs/cluster/clusters-file.ts";
import { listJobs, openJob, showJob, type JobSummary } from "../jobs/list-jobs.ts";
import { planJob, type JobPlan } from "../jobs/plan/plan-job.ts";
import { submitJob } from "../jobs/submit-job.ts";
import { UsageError, type CliCommand, type CliContext } from "./command.ts";
import { readJobSpec } from "./read-job-spec.ts";

const usage = `npm run -s rounds -- jobs plan SPEC.json --cluster NAME
npm run -s rounds -- jobs submit SPEC.json --cluster NAME [--token T]
npm run -s rounds -- jobs list [--cluster NAME]
npm run -s rounds -- jobs show ID

  SPEC.json       what the job is to be (docs/jobs.md); the path of its code is relative to where you are
  --cluster NAME  of the clusters file, or "local": this machine
  --token T       what the submission is known by: the same request with the same token is the same job
                  (default: a new one)
  --config FILE   the clusters file (default: ROUNDS_CLUSTERS, else clusters.json of the project)
  --runs FOLDER   folder of run folders (default: ROUNDS_RUNS, else runs/ of the project)

A submission that was cut off is delivered by the next command that looks at it.`;

const options = {
  cluster: { type: "string" },
  token: { type: "string" },
  config: { type: "string" },
  runs: { type: "string" },
} as const;

type Values = Partial<Record<keyof typeof options, string>>;
type Action = (word: string, values: Values, context: CliContext) => Promise<object>;

const actions: Readonly<Record<string, Action>> = { plan, submit, list, show };

export const jobs: CliCommand = {
  summary: "plan, submit and follow jobs on a cluster",
  usage,
  async run(parameters, context) {
    let parsed;
    try {
      parsed = parseArgs({ args: [...parameters], options, allowPositionals: true });
    } catch (error) {
      throw new UsageError(`${(error as Error).message}\n\n${usage}`, { cause: error });
    }
    const [name, word, ...more] = parsed.positionals;
    if (name === undefined || more.length > 0) throw new UsageError(usage);
    const action = actions[name];
    if (action === undefined)
      throw new UsageError(`${unknownName("jobs", name, Object.keys(actions)).message}\n\n${usage}`);
    if ((word === undefined) !== (name === "list")) throw new UsageError(usage);
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

function lineOf({ id, cluster, state, evidence }: JobSummary): string {
  return `  ${state.padEnd(9)}  ${id}  ${cluster}  ${evidence}\n`;
}

function describePlan({ script, resources, queue, objections }: JobPlan): string {
  const { nodes, gpusPerNode, timeLimitMinutes, gpuHours, gpuHoursMaximum } = resources;
  const lines = [
    ...script.split("\n").map((line) => `| ${line}`),
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
