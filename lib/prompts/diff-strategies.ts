import { checkStrategy, type Strategy, type StrategySettings } from "./strategy.ts";

/** A setting that is not the same in two strategies. */
export interface StrategyDifference {
  /** With its path, as in `of.count`. */
  readonly setting: string;
  /** Undefined where the strategy has no such setting. */
  readonly left: unknown;
  readonly right: unknown;
}

/**
 * What tells two strategies apart: every name, format and setting that differs; none where the fingerprints are equal.
 *
 * @example
 * diffStrategies(ensemble(zeroShot()), ensemble(zeroShot(), { runs: 3 }))
 * //=> [{ setting: "runs", left: 5, right: 3 }]
 */
export function diffStrategies(left: Strategy, right: Strategy): StrategyDifference[] {
  checkStrategy(left, "left");
  checkStrategy(right, "right");
  const before = flatten({ name: left.name, format: left.format, ...left.settings });
  const after = flatten({ name: right.name, format: right.format, ...right.settings });
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((setting) => ({ setting, left: before.get(setting), right: after.get(setting) }))
    .filter((difference) => JSON.stringify(difference.left) !== JSON.stringify(difference.right));
}

function flatten(settings: StrategySettings, path = ""): Map<string, unknown> {
  return new Map(
    Object.entries(settings).flatMap(([name, value]): [string, unknown][] =>
      typeof value === "object" && !Array.isArray(value)
        ? [...flatten(value as StrategySettings, `${path}${name}.`)]
        : [[`${path}${name}`, value]],
    ),
  );
}
