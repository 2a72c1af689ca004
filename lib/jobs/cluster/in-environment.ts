import { environmentParts } from "../slurm/batch-script.ts";
import type { Cluster } from "./cluster.ts";
import { shellWord } from "./shell-word.ts";

/** How a program is run in the environment of a cluster's jobs, outside of the batch script. */
export interface EnvironmentLine {
  /** Of srun; where there are any, the environment exists in steps of jobs alone. */
  readonly stepOptions: readonly string[];
  /** `bash -c ...` with the program's words after it. */
  readonly words: readonly string[];
}

/** The words that run a program in the environment of a cluster's jobs, `before` standing before all others. */
export function inEnvironment(
  cluster: Pick<Cluster, "environment" | "root">,
  program: readonly string[],
  before: readonly string[] = [],
): EnvironmentLine {
  const { container, options, lines } = environmentParts(cluster.environment, cluster.root);
  const finish = `finish() { printf '%s\\n' "$3" >&2; exit "$1"; }`;
  const script = [finish, ...lines, `exec ${[...before, ...container].map(shellWord).join(" ")} "$@"`].join(
    "\n",
  );
  return { stepOptions: options, words: ["-c", script, "rounds", ...program] };
}
