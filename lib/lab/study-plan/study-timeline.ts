import { checkFields } from "../../core/arguments.ts";
import { ArgumentError } from "../../core/errors.ts";
import { timelineFigure } from "../../plots/timeline-figure.ts";
import type { Figure, FigureOptions } from "../../plots/figure.ts";
import { digits } from "../../train/plan/plan-rows.ts";
import { studyJobKinds } from "./study-jobs.ts";
import type { StudyPlan } from "./plan-study.ts";

/**
 * A study's plan over time, at the slower end of its speeds and on an empty cluster: for each model a row of its
 * pretraining, its tunings, exports and evaluations.
 *
 * @throws {ArgumentError} the hours of a job are not known, or the cluster is too small for one
 *
 * @example
 * studyTimeline(await planStudy({ cluster: "h100-80" })).data[0].name //=> "pretraining"
 */
export function studyTimeline(plan: StudyPlan, options: FigureOptions = {}): Figure {
  checkFields("plan", "a plan, as planStudy gives", plan, ["schedule", "study"]);
  const { schedule, study } = plan;
  if (schedule === null)
    throw new ArgumentError("plan.schedule", "of a cluster with its hardware and enough nodes", schedule);
  const titles = new Map(study.models.map(({ name, title }) => [name, title]));
  const models = study.models.map(({ name }) => name);
  const bars = schedule
    .toSorted(
      (left, right) =>
        models.indexOf(left.job.model) - models.indexOf(right.job.model) ||
        studyJobKinds.indexOf(left.job.kind) - studyJobKinds.indexOf(right.job.kind),
    )
    .map(({ job, start, end }) => {
      const { nodes, gpusPerNode } = job.resources;
      const kind = job.kind === "neftune" ? "NEFTune" : job.kind;
      const what = `${job.title}: ${digits(end - start)} h on ${nodes} × ${gpusPerNode} GPUs`;
      return {
        lane: `${titles.get(job.model)!}: ${kind}`,
        kind,
        start: rounded(start),
        end: rounded(end),
        label: `${what}, hour ${digits(start)} to ${digits(end)}`,
      };
    });
  return timelineFigure(bars, { title: "The study on an empty cluster, at the slower end", ...options });
}

/** To half a minute, so that a saved figure stays small. */
function rounded(hours: number): number {
  return Math.round(hours * 120) / 120;
}
