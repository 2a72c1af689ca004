import type { RichBundle } from "../../display/bundle.ts";
import { html } from "../../display/markup.ts";
import { digits, planRows, type PlanRow } from "./plan-rows.ts";
import type { TrainingPlan } from "./plan-training.ts";

const cell = "padding:2px 10px;vertical-align:top;text-align:left";

/** A plan as people read it: whether it fits, what to change, what is unsure, then every number with its formula. */
export function planBundle(plan: TrainingPlan): RichBundle {
  const [verdict, ...notes] = verdictLines(plan);
  const rows = planRows(plan);
  const items = notes.map((note) => html`<li>${note}</li>`);
  const table = html`<p><strong>${verdict}</strong></p>
    <ul>
      ${items}
    </ul>
    <table style="border-collapse:collapse;font-variant-numeric:tabular-nums">
      <tbody>
        ${rows.map((row, index) => rowHtml(row, rows[index - 1]?.part))}
      </tbody>
    </table>`;
  const lines = rows.map((row) =>
    [row.what.padEnd(52), row.value.padStart(22), row.unit.padEnd(10), row.formula].join("  "),
  );
  const text = [verdict, ...notes.map((note) => `- ${note}`), "", ...lines].join("\n");
  return { data: { "text/html": String(table), "text/plain": text } };
}

function rowHtml({ part, what, value, unit, formula }: PlanRow, partBefore: string | undefined) {
  const heading =
    part === partBefore
      ? ""
      : html`<tr>
          <th scope="rowgroup" colspan="3" style="${cell};padding-top:10px">${part}</th>
        </tr>`;
  return html`${heading}
    <tr>
      <th scope="row" style="${cell};font-weight:normal">${what}</th>
      <td style="${cell};text-align:right;white-space:nowrap">${value} ${unit}</td>
      <td style="${cell}"><code>${formula}</code></td>
    </tr>`;
}

function verdictLines({ fits, memory, cluster, changes, warnings, speed }: TrainingPlan): string[] {
  const total = `${digits(memory.total.value)} of ${digits(cluster.gpuMemoryGiB)} GiB a GPU`;
  const gpus = cluster.nodes * cluster.gpusPerNode;
  const where = `${gpus} ${gpus === 1 ? "GPU or process" : "GPUs"} (${cluster.name})`;
  const advice = changes.map(({ change, memoryGiB }) => `${change} (${digits(memoryGiB)} GiB)`);
  return [
    fits
      ? `Fits on ${where}: ${total}`
      : `Does not fit on ${where}: ${total}, states alone ${digits(memory.states.value)}`,
    ...(advice.length === 0 ? [] : [`Fits with ${advice.join("; or with ")}`]),
    `Speed: ${speed.basis}`,
    ...warnings,
  ];
}
