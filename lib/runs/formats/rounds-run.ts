import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { FigureSource } from "../../plots/figure.ts";
import { GrowingLines } from "../growing-file.ts";
import { parseMetricLine, type LossByDomain, type MetricRow } from "../metric-row.ts";
import type { RunReader } from "../run-reader.ts";
import { RunSeries } from "../run-series.ts";
import { readRunSource } from "../run-source.ts";

/** A run folder of this project. */
export class RoundsRun implements RunReader {
  readonly format = "rounds";
  readonly series = new RunSeries();
  config: unknown;
  source: FigureSource | undefined;
  readonly #folder: string;
  readonly #lines: GrowingLines;
  #attempt = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.#lines = new GrowingLines(join(folder, "metrics.jsonl"));
  }

  get bytesRead(): number {
    return this.#lines.bytesRead;
  }

  async refresh(): Promise<void> {
    this.config ??= await readConfig(join(this.#folder, "train.config.json"));
    this.source ??= await readRunSource(this.#folder);
    await this.#lines.look(
      (line) => this.#take(parseMetricLine(line)),
      () => {
        this.series.clear();
        this.#attempt = 0;
      },
    );
  }

  #take(metric: MetricRow | undefined): void {
    if (metric?.kind !== "train" && metric?.kind !== "eval") return;
    const { row } = metric;
    if (row.attempt > this.#attempt && this.#attempt > 0) this.series.restart(row.step);
    this.#attempt = Math.max(this.#attempt, row.attempt);
    const values = metric.kind === "train" ? trainValues(metric.row) : heldOutValues(metric.row);
    this.series.add({ step: row.step, tokens: row.tokensSeen, clock: row.time, values });
  }
}

type Train = Extract<MetricRow, { kind: "train" }>["row"];
type HeldOut = Extract<MetricRow, { kind: "eval" }>["row"];

function trainValues(row: Train): Record<string, number> {
  const { loss, lossByDomain, learningRate, gradientNorm, tokensPerSecond, memoryGib, stepSeconds } = row;
  const values = { loss, learningRate, gradientNorm, tokensPerSecond, memoryGib, stepSeconds };
  return {
    ...values,
    ...domainValues("loss", lossByDomain),
    ...(row.routerLoss !== null && { routerLoss: row.routerLoss }),
    ...(row.mfu !== null && { mfu: row.mfu }),
  };
}

function heldOutValues({ loss, lossByDomain }: HeldOut): Record<string, number> {
  return { heldOutLoss: loss, ...domainValues("heldOutLoss", lossByDomain) };
}

function domainValues(name: string, lossByDomain: LossByDomain): Record<string, number> {
  return Object.fromEntries(
    Object.entries(lossByDomain).map(([domain, { loss }]) => [`${name}/${domain}`, loss]),
  );
}

/** Without `choices`, which say where values come from: two runs differ by the values themselves. */
async function readConfig(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { choices: _choices, ...config } = JSON.parse(text) as Record<string, unknown>;
  return config;
}
