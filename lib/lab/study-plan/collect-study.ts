import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { checkFields, checkRecord } from "../../core/arguments.ts";
import { callbackOption, checkOptions, integerOption, objectOption, textOption } from "../../core/options.ts";
import { DISPLAY_SYMBOL, type Displayable } from "../../display/bundle.ts";
import { readResults } from "../../evals/results-file.ts";
import { summarizeResults, type ResultsSummary } from "../../evals/summarize-results.ts";
import { ClusterJob } from "../../jobs/cluster/cluster-job.ts";
import type { ClusterJobRecord } from "../../jobs/cluster/cluster-record.ts";
import { refreshJobs } from "../../jobs/cluster/refresh-jobs.ts";
import { fetchJob } from "../../jobs/fetch-job.ts";
import { finalStates, type JobState } from "../../jobs/job.ts";
import type { PlannedJob } from "./plan-stage.ts";
import type { StudyPlan } from "./plan-study.ts";
import { collectedStudyBundle } from "./collected-study-display.ts";
import { evaluationStrategy } from "./study-job-spec.ts";
import { doesNotFit, studyRunFolder } from "./submit-study.ts";

export interface CollectStudyOptions {
  readonly token: string;
  /** Folder of run folders. @default ROUNDS_RUNS, else `runs/` of the project */
  readonly runs?: string;
  /** Wait until every job has ended. @default true */
  readonly wait?: boolean;
  /** Between two looks at the scheduler, in milliseconds. @default 10000 */
  readonly everyMs?: number;
  /** Told how many jobs are in which state, whenever that has changed. */
  readonly onStates?: (counts: ReadonlyMap<JobState | "NOT SUBMITTED", number>) => void;
  /** Ends the waiting; the jobs go on. */
  readonly signal?: AbortSignal;
}

/** Where one job of a study stands. */
export interface StudyJobState {
  readonly job: PlannedJob;
  readonly state: JobState | "NOT SUBMITTED";
  readonly evidence: string;
  /** Slurm's number; null until it is known. */
  readonly slurmJobId: string | null;
  /** Its run folder on this machine. */
  readonly folder: string;
}

/** What one model scored on one set of questions. */
export interface StudyScore {
  readonly stage: string;
  readonly model: string;
  readonly title: string;
  readonly recipe: PlannedJob["recipe"];
  /** Step of the pretraining, and the tokens that it had seen by then. */
  readonly step: number;
  readonly pretrainingTokens: number;
  readonly questions: string;
  readonly strategy: "no-prompt" | "zero-shot";
  readonly summary: ResultsSummary;
  /** The results on this machine, one line a question. */
  readonly path: string;
}

/** What came of a submitted study: where every job stands, what failed, and the scores. */
export interface CollectedStudy {
  readonly jobs: readonly StudyJobState[];
  /** Of the evaluations that have succeeded, fetched from the cluster; in the order of the plan. */
  readonly scores: readonly StudyScore[];
  /** Jobs that failed themselves, and those that never ran because of them. */
  readonly failures: readonly { readonly job: StudyJobState; readonly behind: readonly StudyJobState[] }[];
  /** Whether every job has ended, or never will begin. */
  readonly isOver: boolean;
}

const rules = {
  token: textOption(undefined),
  runs: textOption(undefined),
  wait: {
    expected: "true or false",
    default: true,
    accepts: (value: unknown) => typeof value === "boolean",
  },
  everyMs: integerOption(10_000, { minimum: 100 }),
  onStates: callbackOption<(counts: ReadonlyMap<JobState | "NOT SUBMITTED", number>) => void>(),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/**
 * Wait for a submitted study, fetch the results of its evaluations, and say what failed and what did not run for it.
 *
 * Any process may call it, as often as it likes: what was fetched is not fetched again, and one look at the scheduler
 * serves all jobs.
 *
 * @throws {JobError} the cluster was not reached for too long while results were fetched
 *
 * @example
 * const { scores, failures } = await collectStudy(plan, { token: "paper-1" });
 */
export async function collectStudy(
  plan: StudyPlan,
  options: CollectStudyOptions,
): Promise<CollectedStudy & Displayable> {
  checkFields("plan", "a plan, as planStudy gives", plan, ["jobs", "schedule"]);
  checkRecord("options", "an object", options);
  const { token = "", runs, wait, everyMs, onStates, signal } = checkOptions(options, rules);
  const look = { signal: signal ?? new AbortController().signal };
  let told = "";
  let jobs: StudyJobState[];
  for (;;) {
    jobs = await statesOf(plan, token, runs, look);
    const counts = countsOf(jobs);
    const text = JSON.stringify([...counts]);
    if (text !== told) onStates?.(counts);
    told = text;
    if (!wait || jobs.every((each) => isOver(each, jobs))) break;
    await sleep(everyMs, undefined, look);
  }
  const scores: StudyScore[] = [];
  for (const each of jobs) {
    if (each.job.kind === "evaluation" && each.state === "COMPLETED")
      scores.push(...(await scoresOf(each, plan, look)));
  }
  const collected: CollectedStudy = {
    jobs,
    scores,
    failures: failuresOf(jobs),
    isOver: jobs.every((each) => isOver(each, jobs)),
  };
  return Object.defineProperty({ ...collected }, DISPLAY_SYMBOL, {
    value: () => collectedStudyBundle(collected),
  }) as CollectedStudy & Displayable;
}

async function statesOf(
  { jobs }: StudyPlan,
  token: string,
  runs: string | undefined,
  look: { readonly signal: AbortSignal },
): Promise<StudyJobState[]> {
  const places = jobs.map((job) => ({ job, folder: studyRunFolder(runs, token, job.name) }));
  const submitted = places.filter(({ folder }) => existsSync(join(folder, "job.json")));
  const records = await refreshJobs(
    submitted.map(({ folder }) => folder),
    look,
  );
  const known = new Map<string, ClusterJobRecord>(
    submitted.map(({ folder }, index) => [folder, records[index]!]),
  );
  return places.map(({ job, folder }) => {
    const record = known.get(folder);
    if (record === undefined) {
      const evidence = job.fits === false ? doesNotFit : "no run folder here";
      return { job, folder, state: "NOT SUBMITTED", evidence, slurmJobId: null };
    }
    const { state, evidence, slurmJobId } = record;
    return { job, folder, state, evidence, slurmJobId };
  });
}

/** One that was not submitted is over when it or something that it waits for cannot be; another call submits it otherwise. */
function isOver({ job, state }: StudyJobState, jobs: readonly StudyJobState[]): boolean {
  if (state !== "NOT SUBMITTED") return finalStates.has(state);
  if (job.fits === false) return true;
  return job.dependsOn.some((name) => {
    const before = jobs.find((each) => each.job.name === name)!;
    return before.state !== "COMPLETED" && isOver(before, jobs);
  });
}

function countsOf(jobs: readonly StudyJobState[]): Map<StudyJobState["state"], number> {
  const groups = Map.groupBy(jobs, ({ state }) => state);
  return new Map([...groups].map(([state, held]) => [state, held.length]));
}

/** A job that ended badly, or does not fit, though all that it waited for had succeeded, failed by itself. */
function failuresOf(jobs: readonly StudyJobState[]): CollectedStudy["failures"] {
  const byName = new Map(jobs.map((each) => [each.job.name, each]));
  const hasSucceeded = (name: string): boolean => byName.get(name)!.state === "COMPLETED";
  const waitsFor = ({ job }: StudyJobState, name: string): boolean =>
    job.dependsOn.some((each) => each === name || waitsFor(byName.get(each)!, name));
  return jobs
    .filter(
      ({ job, state }) =>
        (state === "NOT SUBMITTED" ? job.fits === false : finalStates.has(state) && state !== "COMPLETED") &&
        job.dependsOn.every(hasSucceeded),
    )
    .map((job) => ({ job, behind: jobs.filter((each) => waitsFor(each, job.job.name)) }));
}

async function scoresOf(
  { job, folder }: StudyJobState,
  { study }: StudyPlan,
  { signal }: { readonly signal: AbortSignal },
): Promise<StudyScore[]> {
  const { title, pretraining } = study.models.find(({ name }) => name === job.model)!;
  const { optimization, data } = pretraining;
  const scores: StudyScore[] = [];
  for (const { name } of study.questions) {
    const path = join(folder, `${name}.jsonl`);
    if (!existsSync(path)) await fetchJob(new ClusterJob(folder), { path: `${name}.jsonl`, signal });
    scores.push({
      stage: job.name,
      model: job.model,
      title,
      recipe: job.recipe,
      step: job.step!,
      pretrainingTokens: job.step! * optimization.rowsPerStep * data.contextLength,
      questions: name,
      strategy: evaluationStrategy(job),
      summary: summarizeResults(await readResults(path)),
      path,
    });
  }
  return scores;
}
