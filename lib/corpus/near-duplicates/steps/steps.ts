import type { Step } from "../plan.ts";
import { finishFiles } from "./finish.ts";
import { groupCandidates } from "./group.ts";
import { linkBands } from "./link.ts";
import { removeLines } from "./remove.ts";
import { signShards } from "./sign.ts";
import type { StepRun } from "./step-run.ts";
import { verifyGroups } from "./verify.ts";

/** The steps in the order in which they need one another; each does the tasks that it is given. */
export const steps: Readonly<Record<Step, (run: StepRun, tasks: readonly number[]) => Promise<void>>> = {
  sign: signShards,
  link: linkBands,
  group: groupCandidates,
  verify: verifyGroups,
  remove: removeLines,
  finish: (run) => run.work.makeTask("finish", 0, () => finishFiles(run)),
};
