import type { PlannedDedup } from "./plan-dedup.ts";

/** What each task asks of Slurm. */
export interface SlurmResources {
  readonly partition?: string | undefined;
  readonly account?: string | undefined;
  /** Processors, and threads, of a task. */
  readonly processorsPerTask: number;
  readonly timeLimitMinutes: number;
  /** Tasks of a step that run at once; undefined: as many as the cluster lets. */
  readonly tasksAtOnce?: number | undefined;
}

/** How a task is started on any node. */
export interface TaskProgram {
  readonly node: string;
  /** The script behind `npm run rounds`. */
  readonly script: string;
  /** Folder where Node keeps compiled code. */
  readonly compileCache: string;
}

export interface RenderedFile {
  readonly name: string;
  readonly text: string;
}

/** What a process of a task takes beside the memory for documents: Node itself, and each thread. */
const processBytes = 300e6;
const threadBytes = 100e6;

/**
 * The batch scripts of a planned removal of near-duplicates, an array of tasks for each step, and `submit.sh`.
 *
 * `submit.sh` gives the arrays to Slurm, each to begin when all tasks of the one before have succeeded, and prints
 * the id of the last. Run again after a failure, it submits all; tasks that are done end at once.
 */
export function dedupScripts(
  planned: PlannedDedup,
  resources: SlurmResources,
  program: TaskProgram,
): RenderedFile[] {
  const steps = Object.entries(planned.tasks);
  const scripts = steps.map(([step, tasks]) => ({
    name: `${step}.sbatch`,
    text: batchScript(planned, step, tasks, resources, program),
  }));
  return [...scripts, { name: "submit.sh", text: submitScript(steps.map(([step]) => step)) }];
}

function batchScript(
  { work, memoryBytes }: PlannedDedup,
  step: string,
  tasks: number,
  { partition, account, processorsPerTask, timeLimitMinutes, tasksAtOnce }: SlurmResources,
  { node, script, compileCache }: TaskProgram,
): string {
  const megabytes = Math.ceil((memoryBytes + processBytes + processorsPerTask * threadBytes) / 2 ** 20);
  const directives: Record<string, string | number | undefined> = {
    "job-name": `dedup-${step}`,
    partition,
    account,
    array: `0-${tasks - 1}${tasksAtOnce === undefined ? "" : `%${tasksAtOnce}`}`,
    "cpus-per-task": processorsPerTask,
    mem: `${megabytes}M`,
    time: timeLimitMinutes,
    output: `"${work.replaceAll("%", "%%")}/slurm/${step}-%a.log"`,
    "open-mode": "append",
  };
  const lines = Object.entries(directives)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `#SBATCH --${name}=${value}`);
  const task = `dedup-task --work ${quoted(work)} --step ${step}`;
  return `#!/bin/bash
${lines.join("\n")}
#SBATCH --requeue
set -euo pipefail
export NODE_COMPILE_CACHE=${quoted(compileCache)}
exec ${quoted(node)} ${quoted(script)} ${task} --task "$SLURM_ARRAY_TASK_ID" --workers ${processorsPerTask}
`;
}

function submitScript(steps: readonly string[]): string {
  const lines = steps.map((step, place) => {
    const before = steps[place - 1];
    const dependency =
      before === undefined ? "" : ` --dependency="afterok:$${before}" --kill-on-invalid-dep=yes`;
    // A federation of clusters answers "id;cluster".
    return `${step}=$(sbatch --parsable${dependency} ${step}.sbatch); ${step}=\${${step}%%;*}`;
  });
  return `#!/bin/bash
set -euo pipefail
cd "$(dirname "$0")"
${lines.join("\n")}
echo "$${steps.at(-1)}"
`;
}

/** As one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
