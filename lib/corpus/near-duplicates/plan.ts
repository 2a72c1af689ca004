import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../../core/errors.ts";
import { fingerprint } from "../../core/hash.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import type { Banding } from "../minhash/banding.ts";
import type { InputState } from "../line-files/input-files.ts";
import type { LineFields } from "../line-files/lines.ts";

/** All that the bytes of a removal's results and of its parts depend on. */
export interface DedupPlan {
  readonly inputs: readonly InputState[];
  readonly fields: LineFields;
  readonly banding: Banding;
  readonly threshold: number;
  readonly allPairs: boolean;
  /** Parts of equal bytes that the input is cut into. */
  readonly shards: number;
}

/** Where results go and what the machine lends; nothing of it changes a byte. */
export interface DedupSetting {
  readonly output: string;
  readonly removed: string;
  readonly pairs: string | undefined;
  readonly memoryBytes: number;
}

interface PlanFile {
  readonly format: "rounds-dedup-work";
  readonly version: 1;
  readonly plan: DedupPlan;
  readonly setting: DedupSetting;
}

const fileName = "plan.json";

/** Bands are looked through in at most so many tasks; each leaves the links that it found. */
const maximumLinkTasks = 16;

/** The steps in their order, and how many tasks each has. */
export function taskCounts({ shards, banding }: DedupPlan) {
  // One more than the bands: the identifiers are looked through in the same way.
  const link = Math.min(shards, banding.bands + 1, maximumLinkTasks);
  return { sign: shards, link, group: 1, verify: shards, remove: shards, finish: 1 } as const;
}

export type Step = keyof ReturnType<typeof taskCounts>;

export function planFingerprint(plan: DedupPlan): string {
  return fingerprint(plan);
}

export async function writePlan(folder: string, plan: DedupPlan, setting: DedupSetting): Promise<void> {
  const file: PlanFile = { format: "rounds-dedup-work", version: 1, plan, setting };
  await writeFileAtomically(join(folder, fileName), `${JSON.stringify(file, undefined, 1)}\n`);
}

/**
 * The plan of a work folder; nothing where there is none.
 *
 * @throws {DataError} another program's file of that name, or one that another version wrote
 */
export function readPlan(folder: string): { plan: DedupPlan; setting: DedupSetting } | undefined {
  const path = join(folder, fileName);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { format, version, plan, setting } = JSON.parse(text) as PlanFile;
    if (format === "rounds-dedup-work" && version === 1) {
      return { plan, setting: { ...setting, pairs: setting.pairs } };
    }
  } catch {
    // Said below.
  }
  throw new DataError(`${path} is no plan of a removal of near-duplicates that this version can read`, {
    path,
  });
}
