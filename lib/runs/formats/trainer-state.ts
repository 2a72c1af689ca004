import { readFile, stat } from "node:fs/promises";

import { DataError } from "../../core/errors.ts";
import type { ForeignOptions, RunReader } from "../run-reader.ts";
import { RunSeries } from "../run-series.ts";
import { isObject, parsePythonJson } from "./python-json.ts";

const names: Readonly<Record<string, string>> = {
  eval_loss: "heldOutLoss",
  learning_rate: "learningRate",
  grad_norm: "gradientNorm",
};

/** What the state says of how the run was set. */
const settings = [
  "max_steps",
  "num_train_epochs",
  "train_batch_size",
  "logging_steps",
  "eval_steps",
  "save_steps",
];

/**
 * `trainer_state.json` of Hugging Face's Trainer.
 *
 * The Trainer writes it whole with each checkpoint, so it is read whole, but only when it has changed.
 */
export class TrainerState implements RunReader {
  readonly format = "trainer-state";
  readonly series = new RunSeries();
  config: unknown;
  bytesRead = 0;
  readonly #path: string;
  readonly #tokensPerStep: number | undefined;
  #version = "";

  constructor(path: string, { tokensPerStep }: ForeignOptions) {
    this.#path = path;
    this.#tokensPerStep = tokensPerStep;
  }

  /** @throws {DataError} it is no such file */
  async refresh(): Promise<void> {
    const { size, mtimeMs, ino } = await stat(this.#path);
    const version = `${size} ${mtimeMs} ${ino}`;
    if (version === this.#version) return;
    const text = await readFile(this.#path, "utf8");
    this.bytesRead += Buffer.byteLength(text);
    const state = parsePythonJson(text, this.#path);
    if (!isObject(state) || !Array.isArray(state["log_history"]))
      throw new DataError(`${this.#path} has no list "log_history", as a Trainer's state has`, {
        path: this.#path,
      });
    this.series.clear();
    for (const [index, row] of state["log_history"].entries()) this.#take(row, index);
    this.config = Object.fromEntries(
      settings.filter((name) => name in state).map((name) => [name, state[name]]),
    );
    this.#version = version;
  }

  #take(row: unknown, index: number): void {
    if (!isObject(row) || typeof row["step"] !== "number") {
      const message = `${this.#path}: entry ${index} of "log_history" has no "step"`;
      throw new DataError(message, { path: this.#path });
    }
    const { step, num_input_tokens_seen: seen, ...others } = row;
    const numbers = Object.entries(others).filter(
      (entry): entry is [string, number] => typeof entry[1] === "number",
    );
    const values = Object.fromEntries(numbers.map(([name, value]) => [names[name] ?? name, value]));
    const counted = this.#tokensPerStep === undefined ? undefined : this.#tokensPerStep * step;
    this.series.add({ step, tokens: typeof seen === "number" ? seen : counted, values });
  }
}
