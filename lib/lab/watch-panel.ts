import { html } from "../display/index.ts";
import type { RichBundle } from "../display/index.ts";
import type { AttemptFile } from "../jobs/cluster/run-files.ts";
import type { FigureSource } from "../plots/figure.ts";
import { durationText, paceOf } from "../runs/describe-progress.ts";
import { describeGoodput } from "../runs/goodput/describe-goodput.ts";
import type { Goodput } from "../runs/goodput/goodput.ts";
import type { LossByDomain } from "../runs/metric-row.ts";
import type { RunMetrics } from "../runs/read-metrics.ts";
import type { TrainConfig } from "../train/train-config.ts";
import type { WatchedStatus } from "./watch-source.ts";

export interface WatchedRun {
  readonly runId: string;
  /** Undefined of a job that is no training. */
  readonly config: TrainConfig | undefined;
  readonly source: FigureSource | undefined;
  readonly status: WatchedStatus;
  readonly metrics: RunMetrics;
  readonly goodput: Goodput;
  readonly logTail: string;
}

/** Events that a person would want to know of. */
const telling = new Set(["loss-spike", "nonfinite", "resumed", "stopped", "corrupt-checkpoint"]);
const maximumEvents = 3;

/** What a watched run says of itself, as rows of a name and a text. */
export function describeRun(run: WatchedRun): [name: string, text: string][] {
  const { config, status } = run;
  const rows: [string, string][] = [["State", `${status.state}: ${status.evidence}`]];
  if (status.starts.length > 1) rows.push(["Starts", startsText(status.starts)]);
  if (config !== undefined) rows.push(...describeTraining(run, config));
  if (status.trouble !== undefined)
    rows.push(["Connection", `${status.trouble}; trying again, this is what came before`]);
  return rows;
}

function describeTraining(
  { status, metrics, goodput }: WatchedRun,
  config: TrainConfig,
): [name: string, text: string][] {
  const { steps } = config.optimization;
  const last = metrics.train.at(-1);
  const measured = metrics.heldOut.at(-1);
  const rows: [string, string][] = [];
  if (last === undefined) {
    rows.push(["Progress", `no step of ${count(steps)} yet`]);
  } else {
    const share = Math.floor((100 * last.step) / steps);
    const epochs = `${last.epoch.toFixed(2)} passes over the data`;
    rows.push([
      "Progress",
      `step ${count(last.step)} of ${count(steps)} (${share} %), ${count(last.tokensSeen)} tokens, ${epochs}`,
    ]);
    const pace = paceOf(metrics.train, steps)!;
    if (status.state === "RUNNING") rows.push(["Time left", durationText(pace.secondsLeft)]);
    rows.push(["Loss", lossText(last.loss, last.lossByDomain)]);
    if (last.routerLoss !== null) rows.push(["Router loss", last.routerLoss.toFixed(3)]);
    const utilisation = last.mfu === null ? "" : `, MFU ${(100 * last.mfu).toFixed(1)} %`;
    rows.push(["Speed", `${count(Math.round(pace.tokensPerSecond))} tokens a second${utilisation}`]);
    rows.push(["Memory", `${last.memoryGib.toFixed(2)} GiB a process, ${last.worldSize} of them`]);
    rows.push(["Goodput", describeGoodput(goodput)]);
  }
  if (measured !== undefined)
    rows.push([`Held out, step ${count(measured.step)}`, lossText(measured.loss, measured.lossByDomain)]);
  for (const { step, message } of metrics.events
    .filter(({ event }) => telling.has(event))
    .slice(-maximumEvents))
    rows.push([`Step ${count(step)}`, message]);
  return rows;
}

/** "3: failed, cut off, now on n1, n2" */
function startsText(starts: readonly AttemptFile[]): string {
  const texts = starts.map(({ nodes, endedAt, reason }, index) => {
    if (endedAt !== undefined) return reason ?? "ended";
    return index < starts.length - 1 ? "cut off" : `now on ${nodes.join(", ")}`;
  });
  return `${starts.length}: ${texts.join(", ")}`;
}

/** JupyterLab sets cells to the right, as for numbers; these are words. */
const TO_THE_LEFT = "text-align:left";

/** The panel of a watched run, with the end of its log. */
export function panelBundle(run: WatchedRun): RichBundle {
  const rows = describeRun(run);
  const lines = rows.map(([name, text]) => `${name}: ${text}`);
  const log = run.logTail === "" ? "" : html`<pre>${run.logTail}</pre>`;
  const table = html`<table>
      <caption style="${TO_THE_LEFT}">
        ${run.runId}
      </caption>
      <tbody>
        ${rows.map(
          ([name, text]) =>
            html`<tr>
              <th scope="row" style="${TO_THE_LEFT}">${name}</th>
              <td style="${TO_THE_LEFT}">${text}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${log}`;
  return {
    data: {
      "text/html": String(table),
      "text/plain": [run.runId, ...lines, run.logTail].filter((line) => line !== "").join("\n"),
    },
  };
}

function lossText(loss: number, byDomain: LossByDomain): string {
  const domains = Object.entries(byDomain).map(([domain, held]) => `${domain} ${held.loss.toFixed(3)}`);
  return domains.length > 1 ? `${loss.toFixed(3)} (${domains.join(", ")})` : loss.toFixed(3);
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
