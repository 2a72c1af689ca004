import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { holdsRestricted } from "../core/restricted.ts";

import { isObject } from "./formats/python-json.ts";

/** One setting that is not the same in all runs. */
export interface ConfigDifference {
  /** Path of the key: `optimization.learningRate`, `data.train[0].weight`. */
  readonly key: string;
  /** In the order of the runs; undefined where a run has no such key. */
  readonly values: readonly unknown[];
}

/**
 * What differs between configurations, key by key however deep, in the order in which the keys first appear.
 *
 * @example
 * diffConfigs([{ seed: 1, model: { layers: 2 } }, { seed: 2, model: { layers: 2, heads: 4 } }])
 * //=> [{ key: "seed", values: [1, 2] }, { key: "model.heads", values: [undefined, 4] }]
 */
export function diffConfigs(configs: readonly unknown[]): ConfigDifference[] {
  checkList("configs", "a list of configurations", configs);
  if (holdsRestricted(configs)) throw new ArgumentError("configs", "settings of runs", configs);
  const flat = configs.map((config) => new Map(leavesOf(config, "")));
  const keys = new Set(flat.flatMap((leaves) => [...leaves.keys()]));
  const differences: ConfigDifference[] = [];
  for (const key of keys) {
    const values = flat.map((leaves) => leaves.get(key));
    if (values.some((value) => !Object.is(value, values[0]))) differences.push({ key, values });
  }
  return differences;
}

/** An empty list or object is a leaf too: it may be what differs. */
function* leavesOf(value: unknown, path: string): Generator<[string, unknown]> {
  if (Array.isArray(value) && value.length > 0)
    for (const [index, item] of value.entries()) yield* leavesOf(item, `${path}[${index}]`);
  else if (isObject(value) && Object.keys(value).length > 0)
    for (const [key, item] of Object.entries(value))
      yield* leavesOf(item, path === "" ? key : `${path}.${key}`);
  else if (path !== "")
    yield [path, typeof value === "object" && value !== null ? JSON.stringify(value) : value];
}
