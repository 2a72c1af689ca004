import { resolve } from "node:path";

import type { TrainConfig } from "../train/train-config.ts";

/** The configuration with every path absolute, so that it means the same wherever it is read. */
export function withAbsolutePaths(config: TrainConfig, directory: string): TrainConfig {
  const { model, data } = config;
  const absolute = (path: string): string => resolve(directory, path);
  const initializeFrom =
    model.initializeFrom.kind === "safetensors"
      ? { ...model.initializeFrom, path: absolute(model.initializeFrom.path) }
      : model.initializeFrom;
  const tokenizer = model.tokenizer === null ? null : absolute(model.tokenizer);
  return {
    ...config,
    model: { ...model, initializeFrom, tokenizer },
    data: {
      ...data,
      train: data.train.map((entry) => ({ ...entry, path: absolute(entry.path) })),
      heldOut: data.heldOut.map((entry) => ({ ...entry, path: absolute(entry.path) })),
    },
  };
}
