import { resolve } from "node:path";

import { DISPLAY_SYMBOL, type Displayable } from "../display/bundle.ts";
import { clustersFile } from "../jobs/cluster/clusters-file.ts";
import { collectStudy, type CollectedStudy } from "../lab/study-plan/collect-study.ts";
import { planStudy, type StudyPlan } from "../lab/study-plan/plan-study.ts";
import { paperStudy, type PaperStudyOptions } from "../lab/study-plan/study-definition.ts";
import { submitStudy } from "../lab/study-plan/submit-study.ts";
import type { ModelPresetName } from "../train/model-preset.ts";
import { numberOf, readOptions, UsageError, type CliCommand } from "./command.ts";
import { utilisationOf } from "./plan.ts";

const usage = `npm run -s rounds -- study --cluster NAME

  --cluster NAME         of the clusters file, with its hardware and its price, or h100-80
  --config FILE          the clusters file (default: ROUNDS_CLUSTERS, else clusters.json of the project)
  --models NAME ...      mistral-7b, mixtral-8x7b (default: both)
  --checkpoints N        of each pretraining (default: about sixteen)
  --tuned paper          fine-tune Mixtral's first and last checkpoint alone, as the paper does
  --mfu 0.4, 0.25-0.4    model FLOPs utilisation to count with, or its slower and faster end

  --submit               submit every job of the plan, each once for the token
  --results              what came of them: states, failures, accuracies; fetched from the cluster
  --token NAME           what a submitted study is known by
  --runs FOLDER          of run folders (default: where runs of this project lie)

Plans the paper's study: pretraining, and for each checkpoint its export, its evaluation, fine-tuning with and without
NEFTune, and theirs. Without --submit nothing is sent. The table is on stderr, the report as JSON on stdout.`;

const names = ["cluster", "config", "models", "checkpoints", "tuned", "mfu", "token", "runs"] as const;

export const study: CliCommand = {
  summary: "the paper's whole study on a cluster: what it takes and costs, its jobs, its results",
  usage,
  async run(parameters, { folder, signal }) {
    const { values, lists, flags } = readOptions(
      parameters,
      [...names, "submit", "results"],
      ["models"],
      ["submit", "results"],
    );
    const { cluster, token, mfu, tuned } = values;
    if (cluster === undefined) throw new UsageError(`--cluster is missing\n\n${usage}`);
    if (flags.length > 0 && token === undefined)
      throw new UsageError(`--${flags[0]} needs --token\n\n${usage}`);
    const config = values.config === undefined ? clustersFile() : resolve(folder, values.config);
    const checkpoints = numberOf("checkpoints", values.checkpoints);
    const plan = await planStudy({
      cluster,
      config,
      study: paperStudy({
        ...(lists.models && { models: lists.models as ModelPresetName[] }),
        ...(checkpoints !== undefined && { checkpoints }),
        ...(tuned !== undefined && { tuned: tuned as NonNullable<PaperStudyOptions["tuned"]> }),
      }),
      ...(mfu !== undefined && { mfu: utilisationOf(mfu)! }),
    });
    if (flags.length === 0) tell(plan);
    const places = { ...(values.runs && { runs: resolve(folder, values.runs) }), signal };
    const submitted = flags.includes("submit")
      ? await submitStudy(plan, { token: token!, config, ...places, onJob: tellOfJob })
      : undefined;
    const collected = flags.includes("results")
      ? await collectStudy(plan, { token: token!, wait: false, ...places })
      : undefined;
    if (collected !== undefined) tell(collected);
    return {
      ...(flags.length === 0 && reportOf(plan)),
      ...(submitted && {
        token,
        submitted: Object.fromEntries([...submitted.jobs].map(([name, job]) => [name, job.runId])),
        blocked: Object.fromEntries(submitted.blocked),
      }),
      ...(collected && resultsOf(collected)),
    };
  },
};

function tell(shown: Displayable): void {
  const { data } = shown[DISPLAY_SYMBOL]() as { data: Record<string, string> };
  process.stderr.write(`${data["text/plain"]}\n`);
}

function tellOfJob(name: string, outcome: object | string): void {
  process.stderr.write(typeof outcome === "string" ? `  ✖ ${name}: ${outcome}\n` : `  ✔ ${name}\n`);
}

/** Without the configurations, which `choices` tells of. */
function reportOf({ version, cluster, rows, total, jobs, choices, warnings }: StudyPlan): object {
  return { version, cluster, rows, total, jobs, choices, warnings };
}

function resultsOf({ jobs, scores, failures, isOver }: CollectedStudy): object {
  return {
    isOver,
    states: Object.fromEntries(jobs.map(({ job, state }) => [job.name, state])),
    failures: failures.map(({ job, behind }) => ({
      name: job.job.name,
      evidence: job.evidence,
      behind: behind.map((each) => each.job.name),
    })),
    scores: scores.map(({ summary: { n, correct, accuracy, interval }, ...score }) => ({
      ...score,
      n,
      correct,
      accuracy,
      interval,
    })),
  };
}
