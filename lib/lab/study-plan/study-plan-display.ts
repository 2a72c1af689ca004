import type { RichBundle } from "../../display/bundle.ts";
import { html } from "../../display/markup.ts";
import { textTable } from "../../display/text-table.ts";
import { digits } from "../../train/plan/plan-rows.ts";
import type { Range } from "./plan-stage.ts";
import type { StudyPlan, StudyPlanRow } from "./plan-study.ts";

/** A study's plan as people read it: totals, what is unsure, a row for each kind of job, what was chosen. */
export function studyPlanBundle(plan: StudyPlan): RichBundle {
  const [verdict, ...notes] = summaryLines(plan);
  const heads = headsOf(plan);
  const rows = plan.rows.map((row, index) => cellsOf(row, plan, index));
  const choices = plan.choices.map(({ name, value, source }) => `${name}: ${textOf(value)} (${source})`);
  const table = html`<p><strong>${verdict}</strong></p>
    <ul>
      ${notes.map((note) => html`<li>${note}</li>`)}
    </ul>
    ${textTable({ columns: heads.map((name, index) => ({ name, isNumeric: index >= 2 })), rows })}
    <details>
      <summary>${choices.length} choices, each with where it is from</summary>
      <ul>
        ${choices.map((choice) => html`<li>${choice}</li>`)}
      </ul>
    </details>`;
  const widths = heads.map((head, index) =>
    Math.max(head.length, ...rows.map((cells) => cells[index]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, index) => (index < 2 ? text.padEnd(widths[index]!) : text.padStart(widths[index]!)))
      .join("  ")
      .trimEnd();
  const text = [
    verdict,
    ...notes.map((note) => `- ${note}`),
    "",
    line(heads),
    ...rows.map(line),
    "",
    `${choices.length} choices, each with where it is from: plan.choices`,
  ].join("\n");
  return { data: { "text/html": String(table), "text/plain": text } };
}

function summaryLines({ cluster, total, warnings }: StudyPlan): string[] {
  const { price } = cluster;
  const gpuHours = total.gpuHours === null ? "GPU-hours not known" : `${range(total.gpuHours)} GPU-hours`;
  const money = total.money === null || price === null ? "" : `, ${range(total.money)} ${price.currency}`;
  const days = total.days === null ? "" : `, ${range(total.days)} days on an empty cluster`;
  return [
    `${total.jobs} jobs on ${cluster.name} (${cluster.nodes} nodes of ${cluster.gpusPerNode} GPUs): ${gpuHours}${money}${days}`,
    `${digits(total.diskGB / 1000)} TB are left on disk: kept checkpoints and exported models`,
    ...(price === null
      ? ["No money: the clusters file declares no price of this cluster"]
      : [`A GPU-hour costs ${price.perGpuHour} ${price.currency} by the clusters file`]),
    "Queue, starts, held-out evaluation, restarts and idle GPUs of a node come on top",
    ...warnings,
  ];
}

function headsOf({ cluster }: StudyPlan): string[] {
  const money = cluster.price === null ? [] : [cluster.price.currency];
  return [
    "Model",
    "Stage",
    "Jobs",
    "Nodes × GPUs",
    "Hours each",
    "GPU-hours",
    ...money,
    "GiB a GPU",
    "Disk (GB)",
  ];
}

function cellsOf(row: StudyPlanRow, { cluster, rows, study }: StudyPlan, index: number): string[] {
  const isFirst = rows[index - 1]?.model !== row.model;
  const title = study.models.find(({ name }) => name === row.model)!.title;
  const memory =
    row.memoryGiB === null ? "" : `${digits(row.memoryGiB)}${row.fits === false ? " (too much)" : ""}`;
  return [
    isFirst ? title : "",
    `${row.kind === "neftune" ? "NEFTune" : row.kind}${row.tokens === null ? "" : `, ${billions(row.tokens)}`}`,
    String(row.jobs),
    `${row.nodes} × ${row.gpusPerNode}`,
    range(row.hours),
    range(row.gpuHours),
    ...(cluster.price === null ? [] : [range(row.money)]),
    memory,
    row.diskGB === 0 ? "" : digits(Math.round(row.diskGB)),
  ];
}

function range(value: Range | null): string {
  if (value === null) return "?";
  const [low, high] = [digits(value.low), digits(value.high)];
  return low === high ? low : `${low} to ${high}`;
}

function billions(tokens: number): string {
  return tokens >= 1e8 ? `${digits(tokens / 1e9)} B tokens` : `${digits(tokens)} tokens`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
