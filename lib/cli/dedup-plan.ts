import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { projectNode, projectRoot, stateDirectory } from "../../setup/paths.mjs";
import { writeFileAtomically } from "../core/write-file-atomically.ts";
import { dedupScripts } from "../corpus/cluster/dedup-scripts.ts";
import { planDedup } from "../corpus/cluster/plan-dedup.ts";
import { numberOf, type CliCommand } from "./command.ts";
import { dedupOptionsUsage, readDedupOptions } from "./dedup-options.ts";

const usage = `npm run -s rounds -- dedup-plan --input FILE... --output OUT.jsonl --removed REMOVED.jsonl --shards N

Cuts a removal of near-duplicates into array tasks for Slurm. It writes batch scripts into the folder "slurm" of
the work; "bash OUT.jsonl.work/slurm/submit.sh" submits them. Most steps have a task for each shard. The
result is that of the command dedup, byte for byte.

  --cpus 4               processors of a task
  --time 120             minutes that a task may take
  --tasks-at-once N      at most so many tasks of a step at a time
  --partition P, --account A
${dedupOptionsUsage}`;

const ownNames = ["cpus", "time", "tasks-at-once", "partition", "account"];

export const dedupPlan: CliCommand = {
  summary: "cut a removal of near-duplicates into array tasks for Slurm",
  usage,
  async run(parameters, { folder }) {
    const { inputs, options, values } = readDedupOptions(parameters, folder, usage, ownNames);
    const planned = await planDedup(inputs, options);
    const scripts = dedupScripts(
      planned,
      {
        partition: values["partition"],
        account: values["account"],
        processorsPerTask: numberOf("cpus", values["cpus"]) ?? 4,
        timeLimitMinutes: numberOf("time", values["time"]) ?? 120,
        tasksAtOnce: numberOf("tasks-at-once", values["tasks-at-once"]),
      },
      {
        node: projectNode,
        script: join(projectRoot, "commands", "rounds.ts"),
        compileCache: join(stateDirectory, "compile-cache"),
      },
    );
    const paths = scripts.map(({ name }) => join(planned.work, "slurm", name));
    for (const [place, { text }] of scripts.entries()) await writeFileAtomically(paths[place]!, text);
    const submit = paths.at(-1)!;
    await chmod(submit, 0o755);
    return { ...planned, scripts: paths.slice(0, -1), submit };
  },
};
