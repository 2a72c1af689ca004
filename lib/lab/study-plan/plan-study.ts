import { ArgumentError } from "../../core/errors.ts";
import { checkOptions, objectOption, textOption, type OptionRule } from "../../core/options.ts";
import { DISPLAY_SYMBOL, type Displayable } from "../../display/bundle.ts";
import type { MeasuredRun, UtilisationInterval } from "../../train/plan/expected-speed.ts";
import type { Choice, TrainConfig } from "../../train/train-config.ts";
import { assumed, planStage, type PlannedJob, type Range } from "./plan-stage.ts";
import { scheduleStudy, type ScheduledJob } from "./schedule-study.ts";
import { studyCluster, type StudyCluster } from "./study-cluster.ts";
import { paperStudy, type StudyDefinition } from "./study-definition.ts";
import { studyJobKinds, studyJobs } from "./study-jobs.ts";
import { studyPlanBundle } from "./study-plan-display.ts";

export interface PlanStudyOptions {
  /** A name of the clusters file, or one that `rounds plan` knows: "h100-80", "this-machine". */
  readonly cluster: string;
  /** @default the paper's, {@link paperStudy} */
  readonly study?: StudyDefinition;
  /** @default the environment's ROUNDS_CLUSTERS, else clusters.json of the project */
  readonly config?: string;
  /** Model FLOPs utilisation of training, one share or the slower and the faster. @default as of `planTraining` */
  readonly mfu?: number | UtilisationInterval;
  /** Past runs of your own; those like a training give its speed. @default [] */
  readonly ownRuns?: readonly MeasuredRun[];
}

/** Jobs of one kind of one model, together. */
export interface StudyPlanRow {
  readonly model: string;
  readonly kind: PlannedJob["kind"];
  readonly jobs: number;
  readonly nodes: number;
  readonly gpusPerNode: number;
  /** That one job trains on; null of the others. */
  readonly tokens: number | null;
  /** Of one job. */
  readonly hours: Range | null;
  /** Of all. */
  readonly gpuHours: Range | null;
  readonly money: Range | null;
  /** Of one GPU. */
  readonly memoryGiB: number | null;
  readonly fits: boolean | null;
  /** Of all, in 10⁹ bytes. */
  readonly diskGB: number;
}

/** A whole study on a cluster before anything is sent: its jobs, what they take, and what was chosen for it. */
export interface StudyPlan {
  readonly version: 1;
  readonly study: StudyDefinition;
  readonly cluster: StudyCluster;
  /** Each after those that it waits for. */
  readonly jobs: readonly PlannedJob[];
  /** The jobs by model and kind, in order. */
  readonly rows: readonly StudyPlanRow[];
  readonly total: {
    readonly jobs: number;
    /** Null where the hours of one job are not known. */
    readonly gpuHours: Range | null;
    /** Null without a price; in the price's currency. */
    readonly money: Range | null;
    /** From the first start to the last end on an empty cluster, in days. */
    readonly days: Range | null;
    readonly diskGB: number;
  };
  /** When each job would work, at the slower end; null where that is not known. */
  readonly schedule: readonly ScheduledJob[] | null;
  /** What the paper does not state, what was assumed, and where each value is from. */
  readonly choices: readonly Choice[];
  readonly warnings: readonly string[];
}

const rules = {
  cluster: textOption(undefined),
  study: objectOption<StudyDefinition>("a study", (value) => typeof value === "object" && value !== null),
  config: textOption(undefined),
  mfu: {
    expected: "a share in (0, 1], or two with the smaller first",
    default: undefined,
    accepts: (value) => typeof value === "number" || (Array.isArray(value) && value.length === 2),
  } satisfies OptionRule<undefined> as OptionRule<number | UtilisationInterval | undefined>,
  ownRuns: objectOption<readonly MeasuredRun[]>("a list of measured runs", Array.isArray),
};

/**
 * Plan a study on a cluster: every job with its nodes, hours, GPU-hours, memory and disk, what it all costs, and when
 * it would be done. Nothing is run, and nothing is asked of the cluster.
 *
 * Shown in a notebook it is a table; {@link studyTimeline} draws it, `submitStudy` submits it.
 *
 * @throws {ArgumentError} no such cluster, or a study that contradicts itself
 * @throws {DataError} the clusters file is missing or has faults
 *
 * @example
 * const plan = await planStudy({ cluster: "h100-80", study: paperStudy({ checkpoints: 4 }) });
 * plan.rows[0].nodes; //=> 10
 */
export async function planStudy(options: PlanStudyOptions): Promise<StudyPlan & Displayable> {
  const { cluster: name, study = paperStudy(), config, mfu, ownRuns = [] } = checkOptions(options, rules);
  if (name === undefined) throw new ArgumentError("cluster", "the name of a cluster", name);
  const cluster = await studyCluster(name, config);
  const jobs = studyJobs(study).map((job) => planStage(job, study, cluster, { mfu, ownRuns }));
  const rows = rowsOf(jobs, cluster);
  const slower = scheduleStudy(jobs, cluster, "slower");
  const faster = scheduleStudy(jobs, cluster, "faster");
  const gpuHours = sumOf(jobs.map((job) => job.gpuHours));
  const plan: StudyPlan = {
    version: 1,
    study,
    cluster,
    jobs,
    rows,
    total: {
      jobs: jobs.length,
      gpuHours,
      money: moneyOf(gpuHours, cluster),
      days:
        slower === undefined || faster === undefined
          ? null
          : { low: lastEnd(faster) / 24, high: lastEnd(slower) / 24 },
      diskGB: jobs.reduce((sum, { diskGB }) => sum + diskGB, 0),
    },
    schedule: slower ?? null,
    choices: [...study.choices, ...assumptions(), ...configurationChoices(study)],
    warnings: warningsOf(jobs, cluster),
  };
  return Object.defineProperty({ ...plan }, DISPLAY_SYMBOL, {
    value: () => studyPlanBundle(plan),
  }) as StudyPlan & Displayable;
}

function rowsOf(jobs: readonly PlannedJob[], cluster: StudyCluster): StudyPlanRow[] {
  const order = (kind: PlannedJob["kind"]): number => studyJobKinds.indexOf(kind);
  const groups = [...Map.groupBy(jobs, ({ model }) => model).values()].flatMap((held) =>
    [...Map.groupBy(held, ({ kind }) => kind)]
      .toSorted(([left], [right]) => order(left) - order(right))
      .map(([, same]) => same),
  );
  return groups.map((held): StudyPlanRow => {
    const [{ model, kind, resources, tokens, hours, memoryGiB, fits }] = held as [
      PlannedJob,
      ...PlannedJob[],
    ];
    const gpuHours = sumOf(held.map((job) => job.gpuHours));
    return {
      model,
      kind,
      jobs: held.length,
      nodes: resources.nodes,
      gpusPerNode: resources.gpusPerNode,
      tokens,
      hours,
      gpuHours,
      money: moneyOf(gpuHours, cluster),
      memoryGiB,
      fits,
      diskGB: held.reduce((sum, { diskGB }) => sum + diskGB, 0),
    };
  });
}

function sumOf(ranges: readonly (Range | null)[]): Range | null {
  let [low, high] = [0, 0];
  for (const range of ranges) {
    if (range === null) return null;
    low += range.low;
    high += range.high;
  }
  return { low, high };
}

function moneyOf(gpuHours: Range | null, { price }: StudyCluster): Range | null {
  if (gpuHours === null || price === null) return null;
  return { low: gpuHours.low * price.perGpuHour, high: gpuHours.high * price.perGpuHour };
}

function lastEnd(schedule: readonly ScheduledJob[]): number {
  return Math.max(...schedule.map(({ end }) => end));
}

function assumptions(): Choice[] {
  const { utilisation, promptTokens, optionTokens, options, bytesPerSecond } = assumed;
  return [
    {
      name: "evaluation speed",
      value: utilisation,
      source: "assumed: model FLOPs utilisation of reading questions, slower and faster end",
    },
    {
      name: "evaluation tokens",
      value: { promptTokens, options, optionTokens },
      source: "assumed: of one question; at the slower end every option is read with its question",
    },
    {
      name: "export and loading",
      value: `${bytesPerSecond / 1e9} GB a second`,
      source: "assumed: one process; at the faster end an export writes as fast as the cluster does",
    },
  ];
}

/** What the configurations chose for want of a word in the paper, each once. */
function configurationChoices({ models }: StudyDefinition): Choice[] {
  const configs = models.flatMap(({ title, pretraining, tunings }): [string, TrainConfig][] => [
    [`${title}, pretraining`, pretraining],
    ...Object.entries(tunings).map(([recipe, config]): [string, TrainConfig] => [
      `${title}, ${recipe}`,
      config,
    ]),
  ]);
  const open = configs.flatMap(([where, { choices }]) =>
    choices.filter(({ source }) => !source.startsWith("paper")).map((choice) => ({ where, ...choice })),
  );
  const groups = Map.groupBy(open, ({ name, value, source }) => JSON.stringify([name, value, source]));
  return [...groups.values()].map((held) => {
    const { name, value, source } = held[0]!;
    const places = held.map(({ where }) => where).join("; ");
    return { name: held.length === configs.length ? name : `${name} (${places})`, value, source };
  });
}

function warningsOf(jobs: readonly PlannedJob[], cluster: StudyCluster): string[] {
  const said = Map.groupBy(
    jobs.flatMap(({ model, kind, warnings }) => warnings.map((warning) => `${model}, ${kind}: ${warning}`)),
    (warning) => warning,
  );
  const missing = jobs.some(({ resources }) => resources.nodes > cluster.nodes);
  return [
    ...(cluster.gpuMemoryGiB === null
      ? [`${cluster.name} declares no hardware: memory is not checked, and hours are not known`]
      : []),
    ...(missing ? [`${cluster.name} has ${cluster.nodes} nodes: a stage asks for more`] : []),
    ...said.keys(),
  ];
}
