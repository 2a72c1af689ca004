import type { FigureSource } from "../plots/figure.ts";
import type { RunSeries } from "./run-series.ts";

export const runFormats = [
  "rounds",
  "trainer-state",
  "megatron",
  "nanogpt",
  "tensorboard",
  "wandb",
  "lm-evaluation",
] as const;

/**
 * What wrote a run's record: this project, Hugging Face's Trainer, Megatron, nanoGPT (of its kin also modded-nanogpt and
 * llm.c), TensorBoard, Weights & Biases (an export), or lm-evaluation-harness (results).
 */
export type RunFormat = (typeof runFormats)[number];

/** Reads one run's record as it grows. */
export interface RunReader {
  readonly format: RunFormat;
  readonly series: RunSeries;
  /** The configuration as far as the record tells it; undefined where it does not. */
  readonly config: unknown;
  /** What figures of the run say that it is; only runs of this project tell it. */
  readonly source?: FigureSource | undefined;
  /** Of all refreshes together. */
  readonly bytesRead: number;
  /** Read what has come since the last time. */
  refresh(): Promise<void>;
}

/** What a foreign record may need to be told. */
export interface ForeignOptions {
  /** Tokens of one step, for records that do not count tokens. */
  readonly tokensPerStep?: number;
  /** Of a file that holds several runs, the one that is meant. */
  readonly run?: string;
}
