import type { BandingPreset } from "../corpus/minhash/banding.ts";
import type { RemoveNearDuplicatesOptions } from "../corpus/near-duplicates/remove-near-duplicates.ts";
import { bytesOf, numberOf, pathOf, readOptions, UsageError } from "./command.ts";

/** Options that say what a removal of near-duplicates does, for the help of the commands that take them. */
export const dedupOptionsUsage = `
  --input FILE...        JSON Lines files; of near-duplicates the earliest in their order stays
  --output OUT.jsonl     the kept lines, verbatim, in order
  --removed FILE         one line for each removed document: {id, kept, jaccard, cluster}; "kept" is the one that
                         stays, "cluster", or of a chain the next on the way to it, which is removed too
  --pairs FILE           also every verified pair: {left, right, jaccard}
  --clusters FILE        also every cluster: {cluster, size, lowestJaccard}
  --preset lee|fast      450 bands of 20 rows (default), or 32 of 8: about a tenth of the time
  --bands B --rows R     any other setting
  --threshold 0.85       least Jaccard similarity of the sets of word 5-grams
  --field text           property that holds the text
  --id id                property that holds the identifier
  --memory 2GB           memory for documents at a time
  --work DIR             where finished parts wait for the end (default: OUT.jsonl.work)
  --shards N             parts of the input (default: one for each 64 MB); changes no byte of the result`;

const names =
  "input output removed pairs clusters preset bands rows threshold field id memory work shards".split(" ");

/**
 * Read the command line of a removal of near-duplicates.
 *
 * @param usage of the command, shown when an option is missing
 * @param ownNames further options, of this command alone
 */
export function readDedupOptions(
  parameters: readonly string[],
  folder: string,
  usage: string,
  ownNames: readonly string[],
) {
  const { values, lists } = readOptions(parameters, [...names, ...ownNames], ["input"]);
  const required = (name: string): string => {
    if (values[name] === undefined) throw new UsageError(`--${name} is missing\n\n${usage}`);
    return pathOf(folder, values[name])!;
  };
  if (lists["input"] === undefined) throw new UsageError(`--input is missing\n\n${usage}`);
  const options: RemoveNearDuplicatesOptions = {
    output: required("output"),
    removed: required("removed"),
    pairs: pathOf(folder, values["pairs"]),
    clusters: pathOf(folder, values["clusters"]),
    preset: values["preset"] as BandingPreset | undefined,
    bands: numberOf("bands", values["bands"]),
    rows: numberOf("rows", values["rows"]),
    threshold: numberOf("threshold", values["threshold"]),
    field: values["field"],
    id: values["id"],
    memoryBytes: bytesOf("memory", values["memory"]),
    work: pathOf(folder, values["work"]),
    shards: numberOf("shards", values["shards"]),
  };
  return { inputs: lists["input"].map((path) => pathOf(folder, path)!), options, values };
}
