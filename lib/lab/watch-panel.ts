import type { JobStatus } from "../jobs/local/local-job.ts";
import { html } from "../display/index.ts";
import type { RichBundle } from "../display/index.ts";
import { durationText, paceOf } from "../runs/describe-progress.ts";
import type { LossByDomain } from "../runs/metric-row.ts";
import type { RunMetrics } from "../runs/read-metrics.ts";
import type { TrainConfig } from "../train/train-config.ts";

export interface WatchedRun {
  readonly runId: string;
  readonly config: TrainConfig;
  readonly status: JobStatus;
  readonly metrics: RunMetrics;
  readonly logTail: string;
}

/** Events that a person would want to know of. */
const telling = new Set(["loss-spike", "nonfinite", "resumed", "stopped", "corrupt-checkpoint"]);
const maximumEvents = 3;

/** What a watched run says of itself, as rows of a name and a text. */
export function describeRun({ config, status, metrics }: WatchedRun): [name: string, text: string][] {
  const { steps } = config.optimization;
  const last = metrics.train.at(-1);
  const measured = metrics.heldOut.at(-1);
  const rows: [string, string][] = [["State", `${status.state}: ${status.evidence}`]];
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
  }
  if (measured !== undefined)
    rows.push([`Held out, step ${count(measured.step)}`, lossText(measured.loss, measured.lossByDomain)]);
  for (const { step, message } of metrics.events
    .filter(({ event }) => telling.has(event))
    .slice(-maximumEvents))
    rows.push([`Step ${count(step)}`, message]);
  return rows;
}

/** The panel of a watched run, with the end of its log. */
export function panelBundle(run: WatchedRun): RichBundle {
  const rows = describeRun(run);
  const lines = rows.map(([name, text]) => `${name}: ${text}`);
  const log = run.logTail === "" ? "" : html`<pre>${run.logTail}</pre>`;
  const table = html`<table>
      <caption>
        ${run.runId}
      </caption>
      <tbody>
        ${rows.map(
          ([name, text]) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td>${text}</td>
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
