import { fingerprint } from "../../core/hash.ts";
import type { Banding } from "../minhash/banding.ts";
import type { PlanFormat } from "../work-plan.ts";
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
  readonly clusters: string | undefined;
  readonly memoryBytes: number;
}

/** What a plan file holds. */
export interface DedupPlanFile {
  readonly plan: DedupPlan;
  readonly setting: DedupSetting;
}

export const planFormat: PlanFormat = {
  format: "rounds-dedup-work",
  version: 2,
  work: "a removal of near-duplicates",
};

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
