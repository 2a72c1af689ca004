import { readFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";

import { declaredSensitivity } from "../core/declared-sensitivity.ts";
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
  // A folder is declared by a file in it.
  const places = named.flatMap((path) => [path, join(path, "manifest.json")]);
  const isRestricted =
    isMade || declaredSensitivity(places, undefined) === "restricted" || named.some(saysRestricted);
  return isRestricted ? "restricted" : "public";
}

/** Token shards say it in their manifest, exported models of the data that went in. */
function saysRestricted(folder: string): boolean {
  const { sensitivity } = contentOf(join(folder, "manifest.json"));
  const { data } = contentOf(join(folder, "provenance.json"));
  return [sensitivity, ...(Array.isArray(data) ? data.map((each) => each?.sensitivity) : [])].includes(
    "restricted",
  );
}

function contentOf(path: string): { readonly sensitivity?: unknown; readonly data?: unknown } {
  try {
    return (JSON.parse(readFileSync(path, "utf8")) as object | null) ?? {};
  } catch {
    return {};
  }
}
