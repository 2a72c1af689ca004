import { sha256 } from "../core/hash.ts";
import { isObject } from "./formats/python-json.ts";

export interface Groupable {
  readonly name: string;
  readonly group: string | undefined;
  readonly config: unknown;
}

/** Runs that are one line of the figure; without a name of its own where it is one run. */
export interface RunGroup<Run> {
  readonly name: string;
  readonly runs: readonly Run[];
}

/**
 * Put runs together that are of one group, or whose configurations are the same but for the seed.
 *
 * A run whose configuration is not known stands alone unless its group is given.
 */
export function groupSeeds<Run extends Groupable>(runs: readonly Run[]): RunGroup<Run>[] {
  const groups = Map.groupBy(runs, (run, index) => keyOf(run) ?? `run ${index}`);
  return [...groups.values()].map((held) => {
    const [first] = held;
    const name = first!.group ?? first!.name;
    return { name, runs: held };
  });
}

function keyOf({ group, config }: Groupable): string | undefined {
  if (group !== undefined) return `group ${group}`;
  if (!isObject(config) || !("seed" in config)) return undefined;
  const { seed: _seed, ...others } = config;
  return `config ${sha256(JSON.stringify(others))}`;
}
