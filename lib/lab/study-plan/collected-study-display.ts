import type { RichBundle } from "../../display/bundle.ts";
import { html } from "../../display/markup.ts";
import { textTable } from "../../display/text-table.ts";
import type { CollectedStudy, StudyScore } from "./collect-study.ts";

const heads = ["Model", "Step", "Tuned by", "Questions", "Asked", "Accuracy", "95 %", "n"];
const numeric = new Set(["Step", "Accuracy", "95 %", "n"]);

/** What came of a study's jobs: how many ended how, what failed with what lies behind it, and the scores. */
export function collectedStudyBundle(study: CollectedStudy): RichBundle {
  const lines = linesOf(study);
  const rows = study.scores.map(rowOf);
  const table = html`<ul>
      ${lines.map((line) => html`<li>${line}</li>`)}
    </ul>
    ${textTable({ columns: heads.map((name) => ({ name, isNumeric: numeric.has(name) })), rows })}`;
  const text = [
    ...lines.map((line) => `- ${line}`),
    "",
    ...[heads, ...rows].map((cells) => cells.join("  ")),
  ].join("\n");
  return { data: { "text/html": String(table), "text/plain": text } };
}

function linesOf({ jobs, failures }: CollectedStudy): string[] {
  const states = Map.groupBy(jobs, ({ state }) => state);
  const counts = [...states].map(([state, held]) => `${held.length} ${state.toLowerCase()}`);
  return [
    `${jobs.length} jobs: ${counts.join(", ")}`,
    ...failures.map(({ job, behind }) => {
      const names = behind.map((each) => each.job.name).join(", ");
      return `${job.job.name} ${job.state.toLowerCase()}: ${job.evidence}${names === "" ? "" : `; behind it: ${names}`}`;
    }),
  ];
}

function rowOf({ title, step, recipe, questions, strategy, summary }: StudyScore): string[] {
  const { accuracy, interval, n } = summary;
  const percent = (share: number): string => (100 * share).toFixed(1);
  return [
    title,
    step.toLocaleString("en-US"),
    recipe === "pretraining" ? "" : recipe === "neftune" ? "NEFTune" : recipe,
    questions,
    strategy,
    `${percent(accuracy)} %`,
    `${percent(interval.low)} to ${percent(interval.high)}`,
    String(n),
  ];
}
