import { resolve, sep } from "node:path";

import { readLineage } from "../core/lineage.ts";
import type { Sensitivity } from "../table/sensitivity.ts";
import type { JobSpec } from "./job-spec.ts";

/** Restricted where a job names something that Rounds made of restricted data on this machine, or a folder of it. */
export function sensitivityOfSpec({ config, inputs = [] }: JobSpec, directory: string): Sensitivity {
  const train = config?.data.train.map(({ path }) => path) ?? [];
  const heldOut = config?.data.heldOut.map(({ path }) => path) ?? [];
  const named = [...inputs, ...train, ...heldOut].map((path) => resolve(directory, path));
  const isRestricted = readLineage().some(
    ({ path, sensitivity }) =>
      sensitivity === "restricted" &&
      named.some((each) => each === path || each.startsWith(path + sep) || path.startsWith(each + sep)),
  );
  return isRestricted ? "restricted" : "public";
}
