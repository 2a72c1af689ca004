import { resolve, sep } from "node:path";

import { sensitivityOfFolder } from "../care/folder-sensitivity.ts";
import { readLineage } from "../core/lineage.ts";
import type { Sensitivity } from "../table/sensitivity.ts";
import type { JobSpec } from "./job-spec.ts";

/**
 * Restricted where a job names something that is on this machine: data, the model that training begins with, or a
 * folder of it that Rounds made of restricted data, that is declared restricted, or whose manifest says so.
 */
export function sensitivityOfSpec(
  { config, inputs = [] }: Pick<JobSpec, "config" | "inputs">,
  directory: string,
): Sensitivity {
  const begin = config?.model.initializeFrom;
  const named = [
    ...inputs,
    ...[...(config?.data.train ?? []), ...(config?.data.heldOut ?? [])].map(({ path }) => path),
    ...(begin?.kind === "safetensors" ? [begin.path] : []),
    ...(config?.model.tokenizer ? [config.model.tokenizer] : []),
  ].map((path) => resolve(directory, path));
  const isMade = readLineage().some(
    ({ path, sensitivity }) =>
      sensitivity === "restricted" &&
      named.some((each) => each === path || each.startsWith(path + sep) || path.startsWith(each + sep)),
  );
  const isRestricted = isMade || named.some((path) => sensitivityOfFolder(path) === "restricted");
  return isRestricted ? "restricted" : "public";
}
