import { checkFields } from "../../core/arguments.ts";
import { durationText } from "../describe-progress.ts";
import type { Goodput, TimePart } from "./goodput.ts";

const names: Readonly<Record<TimePart, string>> = {
  training: "training",
  data: "waiting for data",
  lostSteps: "lost steps",
  saving: "checkpoints",
  measuring: "held-out loss",
  between: "between steps",
  start: "starting",
  end: "ending",
  silence: "cut off",
  queue: "queue",
};

/** Losses under this share are not worth a word. */
const leastShare = 0.005;

/**
 * What a run's time went to, on one line, the largest loss first.
 *
 * "81.3 % of 2 h 5 min; lost to queue 12.0 % (15 min), lost steps 3.1 % (4 min, 120 steps), starting 2.2 % (3 min)"
 */
export function describeGoodput(goodput: Goodput): string {
  checkFields("goodput", "a goodput, as readGoodput gives", goodput, ["parts"]);
  const { share, total, parts, lostSteps } = goodput;
  if (!(total > 0)) return "no time yet";
  const losses = Object.entries(parts)
    .filter(([part, time]) => part !== "training" && time / total >= leastShare)
    .toSorted(([, left], [, right]) => right - left)
    .map(([part, time]) => {
      const steps = part === "lostSteps" ? `, ${lostSteps} ${lostSteps === 1 ? "step" : "steps"}` : "";
      return `${names[part as TimePart]} ${percent(time / total)} (${durationText(time / 1e6)}${steps})`;
    });
  const lost = losses.length === 0 ? "" : `; lost to ${losses.join(", ")}`;
  return `${percent(share)} of ${durationText(total / 1e6)}${lost}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
