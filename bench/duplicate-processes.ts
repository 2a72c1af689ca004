import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type {
  NearDuplicatesReport,
  RemoveNearDuplicatesOptions,
} from "../lib/corpus/near-duplicates/remove-near-duplicates.ts";
import { projectNode, projectRoot, venvPython } from "../setup/paths.mjs";

const run = promisify(execFile);

/** A peer's task in Python, on one core; see duplicate_peers.py. */
export async function runPeer(
  ...parameters: string[]
): Promise<{ seconds: number; bytes: number; removed: number }> {
  if (!existsSync(venvPython)) throw new Error(`${venvPython} is missing; npm run bench installs it`);
  const script = join(projectRoot, "bench", "duplicate_peers.py");
  const env = { ...process.env, RAYON_NUM_THREADS: "1", OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
  const { stdout } = await run(venvPython, [script, ...parameters], { env, timeout: 300_000 });
  return JSON.parse(stdout) as { seconds: number; bytes: number; removed: number };
}

export interface OneRun {
  readonly report: NearDuplicatesReport;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly memoryMegabytes: number;
}

/** Our removal in a process of its own; see dedup-once.ts. */
export async function runOurs(input: string, options: RemoveNearDuplicatesOptions): Promise<OneRun> {
  const script = join(projectRoot, "bench", "dedup-once.ts");
  const { stdout } = await run(projectNode, [script, input, JSON.stringify(options)], { timeout: 1_800_000 });
  return JSON.parse(stdout) as OneRun;
}
