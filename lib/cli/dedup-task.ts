import type { Step } from "../corpus/near-duplicates/plan.ts";
import { runDedupTask } from "../corpus/cluster/run-dedup-task.ts";
import { numberOf, pathOf, readOptions, UsageError, type CliCommand } from "./command.ts";
import { ProgressLine } from "./progress-line.ts";

const usage = `npm run -s rounds -- dedup-task --work DIR --step STEP --task N [--workers N]

One task of a removal that dedup-plan has planned, unless it is done already.

  --work DIR      folder of the work
  --step STEP     sign, link, group, verify, remove or finish; each needs all tasks of the one before
  --task N        from 0
  --workers N     threads (default: the processors of the machine)`;

export const dedupTask: CliCommand = {
  summary: "one array task of dedup-plan",
  usage,
  async run(parameters, { folder, signal }) {
    const { values } = readOptions(parameters, ["work", "step", "task", "workers"], []);
    for (const name of ["work", "step", "task"]) {
      if (values[name as "work"] === undefined) throw new UsageError(`--${name} is missing\n\n${usage}`);
    }
    const progress = new ProgressLine();
    const report = await runDedupTask({
      work: pathOf(folder, values.work)!,
      step: values.step as Step,
      task: numberOf("task", values.task)!,
      workers: numberOf("workers", values.workers),
      signal,
      onProgress: (state) => progress.update(state),
    });
    for (const warning of report.warnings) process.stderr.write(`⚠ ${warning}\n`);
    return report;
  },
};
