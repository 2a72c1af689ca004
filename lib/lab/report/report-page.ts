import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { countText, numberOfRestricted } from "../../care/card/card.ts";
import { minimumCount } from "../../core/minimum-count.ts";
import { html, rawHtml, type Markup } from "../../display/markup.ts";
import { unstated } from "../../paper/unstated.ts";
import type { StageRecord } from "../stages/stage-record.ts";
import type { StageValue } from "../stages/stage.ts";
import type { ReportContent, ReportedResults, ReportedRun, ReportedStage } from "./report-content.ts";
import { reportFigure } from "./report-figure.ts";
import { errataBody, paperBody } from "./report-paper.ts";
import { numberText, reportTable } from "./report-table.ts";

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

/** Nothing is fetched, whatever a text of the study says; what scripts there are stand in the page. */
const policy =
  "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; form-action 'none'; base-uri 'none'";

/** One page of the whole study. The same content gives the same bytes. */
export async function reportPage(content: ReportContent): Promise<string> {
  const sections: Section[] = [
    { id: "results", title: "Figures and tables of this study", body: await stagesBody(content.stages) },
    { id: "numbers", title: "Numbers", body: valuesBody(content.stages) },
    { id: "evaluations", title: "Evaluations", body: resultsBody(content.results) },
    { id: "runs", title: "Training runs", body: await runsBody(content.runs) },
    { id: "paper", title: "What the paper states", body: await paperBody() },
    { id: "errata", title: "Errata of the paper", body: errataBody() },
    { id: "unstated", title: "What the paper leaves unstated", body: reportTable(unstated.rows) },
    { id: "provenance", title: "Provenance", body: provenanceBody(content) },
  ];
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="generator" content="Rounds" />
        <title>${content.title}</title>
        <style>
          ${rawHtml(asset("page.css"))}
        </style>
      </head>
      <body>
        <header>
          <h1>${content.title}</h1>
          <p class="note">
            Own runs beside what “Beyond Fine-tuning: Unleashing the Potential of Continuous Pretraining for
            Clinical LLMs” states. Numbers on planted, made-up facts and numbers on real questions stand apart
            and are never joined. Intervals are of 95 %. Of restricted data counts are shown in tens, and
            accuracies where a results file says of how many questions.
          </p>
          ${missingBody(content)}
        </header>
        <nav aria-label="Contents">
          <ol>
            ${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
          </ol>
        </nav>
        <main>
          ${sections.map(
            ({ id, title, body }) =>
              html`<section id="${id}">
                <h2>${title}</h2>
                ${body}
              </section> `,
          )}
        </main>
        <script>
          ${rawHtml(plotlyBundle())};
        </script>
        <script>
          ${rawHtml(asset("page.js"))};
        </script>
      </body>
    </html> `;
  return String(page);
}

function missingBody({ missing, stale }: ReportContent): Markup {
  const notes = [
    ...missing,
    ...stale.map(({ title, why }) => `“${title}” is stale: ${why}. Its numbers are of before that change.`),
  ];
  if (notes.length === 0) return html`<p>Nothing that a report holds is missing here.</p>`;
  return html`<div class="missing">
    <strong>Missing or stale</strong>
    <ul>
      ${notes.map((note) => html`<li>${note}</li>`)}
    </ul>
  </div>`;
}

async function stagesBody(stages: readonly ReportedStage[]): Promise<Markup> {
  const shown = stages.filter((stage) => placeOf(stage) !== undefined);
  if (shown.length === 0) return html`<p>No stage with a figure or a table has finished.</p>`;
  const bodies: Markup[] = [];
  for (const stage of shown) {
    const { record, figure, isRestricted } = stage;
    const drawn =
      figure === undefined
        ? html`${isRestricted && hasFigure(stage) ? html`<p>Its figure is restricted and is not shown.</p>` : ""}`
        : await reportFigure(figure, html`${provenanceLine(record)}`);
    bodies.push(
      html`<article id="${placeOf(stage)}">
        <h3>${record.title} ${badge(stage)}</h3>
        ${drawn} ${tableOf(stage)}
        ${figure === undefined ? html`<p class="provenance">${provenanceLine(record)}</p>` : ""}
        <details>
          <summary>How it was made</summary>
          ${chainBody(stage)}
        </details>
      </article> `,
    );
  }
  return html`${bodies}`;
}

/** Where the page shows a stage with how it was made; nowhere if it has neither figure nor table. */
function placeOf(stage: ReportedStage): string | undefined {
  return hasFigure(stage) || stage.table !== undefined ? `stage-${stage.record.name}` : undefined;
}

function hasFigure({ record, figure }: ReportedStage): boolean {
  return figure !== undefined || record.outputs.some(({ file }) => file === "figure.json");
}

function badge({ origin, isRestricted }: ReportedStage): Markup {
  const words = { planted: "planted facts", real: "real questions", "not said": undefined }[origin];
  return html`${words === undefined ? "" : html`<span class="badge">${words}</span> `}${isRestricted ? html`<span class="badge">restricted</span>` : ""}`;
}

function tableOf({ table }: ReportedStage): Markup {
  if (table === undefined) return html``;
  if (table.rows === null)
    return html`<p>Its table is restricted: ${countText(table.count, true)} rows, not shown.</p>`;
  const words = `${table.count} row${table.count === 1 ? "" : "s"} as a table`;
  return html`<details>
    <summary>${words}</summary>
    ${reportTable(table.rows)}
  </details>`;
}

/** Every value by its stage, planted and real questions in tables of their own. */
function valuesBody(stages: readonly ReportedStage[]): Markup {
  const groups = [
    ["planted", "On planted facts"],
    ["real", "On real questions"],
    ["not said", "Others"],
  ] as const;
  const parts = groups.map(([origin, title]) => {
    const numbers = stages
      .flatMap((stage) => Object.entries(stage.record.values).map((entry) => ({ stage, entry })))
      .filter(({ stage, entry: [, { questions = stage.origin }] }) => questions === origin);
    const rows = numbers.map(({ stage: { record, isRestricted }, entry: [name, value] }) => ({
      stage: record.title,
      number: name,
      value: isRestricted ? numberOfRestricted(value.value) : value.value,
      interval: isRestricted ? "not shown" : intervalText(value),
    }));
    const links = numbers.map(({ stage }) => placeOf(stage) ?? "provenance");
    return rows.length === 0
      ? ""
      : html`<h3>${title}</h3>
          ${reportTable(rows, links)}`;
  });
  return parts.every((part) => part === "") ? html`<p>No stage has given a number.</p>` : html`${parts}`;
}

function intervalText({ interval }: StageValue): string {
  return interval === undefined ? "none" : `${numberText(interval[0])} to ${numberText(interval[1])}`;
}

function resultsBody(results: readonly ReportedResults[]): Markup {
  if (results.length === 0) return html`<p>No results file was given.</p>`;
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  return reportTable(
    results.map(({ file, models, datasets, formats, isRestricted, summary }) => {
      const isHidden = isRestricted && summary.n < minimumCount();
      const { low, high } = summary.interval;
      return {
        file,
        model: models.join(", "),
        questions: `${datasets.join(", ")}${isRestricted ? " (restricted)" : ""}`,
        prompts: formats.join(", "),
        n: isRestricted ? countText(summary.n, true) : summary.n,
        accuracy: isHidden ? "not shown" : percent(summary.accuracy),
        interval: isHidden ? "not shown" : `${percent(low)} to ${percent(high)}`,
        chance: percent(summary.chance),
      };
    }),
  );
}

async function runsBody(runs: readonly ReportedRun[]): Promise<Markup> {
  if (runs.length === 0) return html`<p>No run was found.</p>`;
  const bodies: Markup[] = [];
  for (const { id, spec, facts, figures } of runs) {
    const data = (spec?.data ?? []).map(({ part, domain, fingerprint, tokenCount }) => ({
      part,
      domain,
      tokens: tokenCount,
      fingerprint,
    }));
    const drawn: Markup[] = [];
    for (const figure of figures) drawn.push(await reportFigure(figure, html`Run <code>${id}</code>`));
    bodies.push(
      html`<article>
        <h3>${id}</h3>
        ${reportTable(facts.map(([fact, value]) => ({ fact, value })))} ${drawn}
        <p class="provenance">
          Code ${codeText(spec?.code)}; configuration <code>${spec?.configFingerprint ?? "not known"}</code>
        </p>
        ${
          data.length === 0
            ? ""
            : html`<details>
                <summary>Its data</summary>
                ${reportTable(data)}
              </details>`
        }
      </article> `,
    );
  }
  return html`${bodies}`;
}

function provenanceBody({ stages }: ReportContent): Markup {
  if (stages.length === 0) return html`<p>No study was given.</p>`;
  return html`<p>
      The stages of the study, each after what it was made from. A key is of everything that a stage depends
      on: settings, contents of inputs, bytes of files. A content is of all that the stage has made.
    </p>
    ${reportTable(
      stages.map(({ record }) => ({
        stage: record.name,
        kind: record.kind,
        "made from": record.inputs.map(({ stage }) => stage).join(", ") || "nothing before",
        key: record.key,
        content: record.fingerprint,
        code: codeText(record.code),
        seconds: Math.round(record.seconds),
        finished: record.finishedAt,
      })),
      stages.map(placeOf),
    )}`;
}

function provenanceLine({ name, key, code, fingerprint, runId }: StageRecord): Markup {
  const run = runId === undefined ? "" : html`; run <code>${runId}</code>`;
  return html`Stage <code>${name}</code>, key <code>${shortHash(key)}</code>, content
    <code>${shortHash(fingerprint)}</code>, code <code>${codeText(code)}</code>${run}`;
}

/** The whole one stands below, in how it was made. */
function shortHash(hash: string): string {
  return hash.slice(0, 12);
}

/** Names of files without their folders: a page for others tells nothing of this machine. */
function chainBody({ record, chain }: ReportedStage): Markup {
  const steps = [...chain, record].map(({ name, title, key, fingerprint, code, inputs }) => ({
    stage: name,
    what: title,
    "made from": inputs.map(({ stage }) => stage).join(", ") || "nothing before",
    key,
    content: fingerprint,
    code: codeText(code),
  }));
  const files = [...chain, record].flatMap((stage) =>
    stage.files.map(({ path, bytes, sha256 }) => ({
      stage: stage.name,
      file: path.split(/[\\/]/u).at(-1),
      bytes,
      sha256,
    })),
  );
  return html`${reportTable(steps)}${
      files.length === 0
        ? ""
        : html`<p>Files from outside of the study</p>
            ${reportTable(files)}`
    }
    <p>Settings</p>
    <pre class="scroll"><code>${JSON.stringify(record.settings, null, 1)}</code></pre>`;
}

function codeText(code: StageRecord["code"] | undefined): string {
  if (code === null || code === undefined) return "not known";
  return `${code.commit.slice(0, 12)}${code.hasChanges ? " with changes" : ""}`;
}

function asset(name: string): string {
  return readFileSync(new URL(name, import.meta.url), "utf8");
}

function plotlyBundle(): string {
  const path = createRequire(import.meta.url).resolve("plotly.js/plotly-cartesian.min.js");
  return readFileSync(path, "utf8").replaceAll(/<\/(?=script)/giu, "<\\/");
}
