import { readFile, stat } from "node:fs/promises";

import { DataError } from "../../core/errors.ts";
import type { RunReader } from "../run-reader.ts";
import { RunSeries, type RunScore } from "../run-series.ts";
import { isObject, parsePythonJson } from "./python-json.ts";

/** `results.json` of lm-evaluation-harness: scores and no series. */
export class LmEvaluation implements RunReader {
  readonly format = "lm-evaluation";
  readonly series = new RunSeries();
  config: unknown;
  bytesRead = 0;
  readonly #path: string;
  #version = "";

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws {DataError} it is no such file */
  async refresh(): Promise<void> {
    const { size, mtimeMs, ino } = await stat(this.#path);
    const version = `${size} ${mtimeMs} ${ino}`;
    if (version === this.#version) return;
    const text = await readFile(this.#path, "utf8");
    this.bytesRead += Buffer.byteLength(text);
    const file = parsePythonJson(text, this.#path);
    const results = isObject(file) ? file["results"] : undefined;
    if (!isObject(file) || !isObject(results))
      throw new DataError(`${this.#path} has no "results" by task`, { path: this.#path });
    this.series.clear();
    for (const [task, scores] of Object.entries(results)) {
      if (!isObject(scores))
        throw new DataError(`${this.#path}: the results of ${task} are no object`, { path: this.#path });
      this.series.scores.push(...scoresOf(task, scores));
    }
    this.config = {
      ...(isObject(file["config"]) && file["config"]),
      shots: file["n-shot"] ?? {},
      versions: file["versions"] ?? {},
    };
    this.#version = version;
  }
}

/** `"acc,none": 0.41, "acc_stderr,none": 0.02`, or before its version 0.4 without the filter's name. */
function scoresOf(task: string, scores: Record<string, unknown>): RunScore[] {
  return Object.entries(scores).flatMap(([key, value]) => {
    const [metric, filter] = key.split(",") as [string, string | undefined];
    if (typeof value !== "number" || metric.endsWith("_stderr") || metric === "alias") return [];
    const suffix = filter === undefined ? "" : `,${filter}`;
    const error = scores[`${metric}_stderr${suffix}`];
    const name = filter === undefined || filter === "none" ? metric : `${metric} (${filter})`;
    return [{ task, metric: name, value, standardError: typeof error === "number" ? error : undefined }];
  });
}
