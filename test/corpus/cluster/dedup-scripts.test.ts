/** Batch scripts of a removal of near-duplicates; that Slurm takes them is tested in test/slurm. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { dedupScripts } from "../../../lib/corpus/cluster/dedup-scripts.ts";

const planned = {
  work: "/scratch/it's 5 %/out.jsonl.work",
  tasks: { sign: 16, link: 16, group: 1, verify: 16, remove: 16, finish: 1 },
  memoryBytes: 4e9,
  inputBytes: 1e9,
};
const program = { node: "/opt/rounds/node", script: "/opt/rounds/rounds.ts", compileCache: "/opt/cache" };

describe("dedupScripts", () => {
  it("asks for what was given, and quotes what a shell would read otherwise", () => {
    const resources = {
      partition: "cpu",
      account: "med",
      processorsPerTask: 4,
      timeLimitMinutes: 90,
      tasksAtOnce: 8,
    };
    const scripts = dedupScripts(planned, resources, program);
    assert.deepEqual(
      scripts.map(({ name }) => name),
      ["sign", "link", "group", "verify", "remove", "finish"]
        .map((step) => `${step}.sbatch`)
        .concat("submit.sh"),
    );
    assert.equal(
      scripts[0]!.text,
      `#!/bin/bash
#SBATCH --job-name=dedup-sign
#SBATCH --partition=cpu
#SBATCH --account=med
#SBATCH --array=0-15%8
#SBATCH --cpus-per-task=4
#SBATCH --mem=4483M
#SBATCH --time=90
#SBATCH --output="/scratch/it's 5 %%/out.jsonl.work/slurm/sign-%a.log"
#SBATCH --open-mode=append
#SBATCH --requeue
set -euo pipefail
export NODE_COMPILE_CACHE='/opt/cache'
exec '/opt/rounds/node' '/opt/rounds/rounds.ts' dedup-task --work '/scratch/it'\\''s 5 %/out.jsonl.work' --step sign --task "$SLURM_ARRAY_TASK_ID" --workers 4
`,
    );
  });

  it("leaves the partition, the account and the number at once to the cluster", () => {
    const scripts = dedupScripts(planned, { processorsPerTask: 1, timeLimitMinutes: 5 }, program);
    assert.doesNotMatch(scripts[0]!.text, /partition|account/u);
    assert.match(scripts[0]!.text, /^#SBATCH --array=0-15$/mu);
    assert.match(scripts[5]!.text, /^#SBATCH --array=0-0$/mu);
  });

  it("writes scripts that bash can read", () => {
    for (const { text } of dedupScripts(planned, { processorsPerTask: 1, timeLimitMinutes: 5 }, program)) {
      execFileSync("bash", ["-n"], { input: text, timeout: 10_000 });
    }
  });
});
