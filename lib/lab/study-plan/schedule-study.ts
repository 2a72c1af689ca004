import type { PlannedJob } from "./plan-stage.ts";

/** When a job would work, in hours since the submission of the study. */
export interface ScheduledJob {
  readonly job: PlannedJob;
  readonly start: number;
  readonly end: number;
}

/**
 * When each job would work if the cluster were empty and nothing failed: in the order of the list, each as soon as
 * those that it waits for are over and its nodes are free; a later one goes first where it fits.
 *
 * @param end of each job's hours: the slower or the faster
 * @returns undefined where a job's hours are not known, or one asks for more than the cluster has
 */
export function scheduleStudy(
  jobs: readonly PlannedJob[],
  cluster: { readonly nodes: number; readonly gpusPerNode: number },
  pace: "slower" | "faster",
): ScheduledJob[] | undefined {
  const hoursOf = ({ hours }: PlannedJob): number => hours![pace === "slower" ? "high" : "low"];
  if (jobs.some(({ hours, resources }) => hours === null || !fitsOn(cluster, resources))) return undefined;
  const free = Array.from({ length: cluster.nodes }, () => cluster.gpusPerNode);
  const waiting = [...jobs];
  const running: { readonly scheduled: ScheduledJob; readonly places: readonly number[] }[] = [];
  const over = new Map<string, ScheduledJob>();
  let now = 0;
  while (waiting.length > 0 || running.length > 0) {
    for (let index = 0; index < waiting.length;) {
      const job = waiting[index]!;
      const places = job.dependsOn.every((name) => over.has(name))
        ? placesFor(job, free, cluster.gpusPerNode)
        : undefined;
      if (places === undefined) {
        index++;
        continue;
      }
      waiting.splice(index, 1);
      for (const place of places) free[place]! -= job.resources.gpusPerNode;
      running.push({ scheduled: { job, start: now, end: now + hoursOf(job) }, places });
    }
    running.sort((left, right) => left.scheduled.end - right.scheduled.end);
    const first = running.shift();
    // A job that waits for one of another list never starts.
    if (first === undefined) return undefined;
    now = first.scheduled.end;
    for (const place of first.places) free[place]! += first.scheduled.job.resources.gpusPerNode;
    over.set(first.scheduled.job.name, first.scheduled);
  }
  return jobs.map(({ name }) => over.get(name)!);
}

function fitsOn(
  cluster: { readonly nodes: number; readonly gpusPerNode: number },
  { nodes, gpusPerNode }: PlannedJob["resources"],
): boolean {
  return nodes <= cluster.nodes && gpusPerNode <= cluster.gpusPerNode;
}

/** The nodes with the fewest free GPUs that suffice, so that whole nodes stay whole; of a job without, any. */
function placesFor(
  { resources: { nodes, gpusPerNode } }: PlannedJob,
  free: readonly number[],
  whole: number,
): number[] | undefined {
  if (gpusPerNode === 0) return Array.from({ length: nodes }, (_, place) => place);
  const fitting = free
    .map((count, place) => ({ count, place }))
    .filter(({ count }) => (gpusPerNode === whole ? count === whole : count >= gpusPerNode))
    .toSorted((left, right) => left.count - right.count || left.place - right.place);
  return fitting.length < nodes ? undefined : fitting.slice(0, nodes).map(({ place }) => place);
}
