import type { BandingPreset } from "../corpus/minhash/banding.ts";
import { removeNearDuplicates } from "../corpus/near-duplicates/remove-near-duplicates.ts";
import { bytesOf, numberOf, pathOf, readOptions, UsageError, type CliCommand } from "./command.ts";
import { ProgressLine } from "./progress-line.ts";

const usage = `npm run -s rounds -- dedup --input FILE... --output OUT.jsonl --removed REMOVED.jsonl

  --input FILE...        JSON Lines files; of near-duplicates the earliest in their order stays
  --output OUT.jsonl     the kept lines, verbatim, in order
  --removed FILE         one line for each removed document: {id, kept, jaccard, cluster}
  --pairs FILE           also every verified pair: {left, right, jaccard}
  --preset lee|fast      450 bands of 20 rows (default), or 32 of 8: about a tenth of the time
  --bands B --rows R     any other setting
  --threshold 0.85       least Jaccard similarity of the sets of word 5-grams
  --field text           property that holds the text
  --id id                property that holds the identifier
  --memory 2GB           memory for documents at a time
  --workers N            threads (default: the processors of the machine)`;

const names = "input output removed pairs preset bands rows threshold field id memory workers".split(" ");

export const dedup: CliCommand = {
  summary: "remove near-duplicate documents, with each similarity verified",
  usage,
  async run(parameters, { folder, signal }) {
    const { values, lists } = readOptions(parameters, names, ["input"]);
    const required = (name: string): string => {
      if (values[name] === undefined) throw new UsageError(`--${name} is missing\n\n${usage}`);
      return pathOf(folder, values[name])!;
    };
    if (lists["input"] === undefined) throw new UsageError(`--input is missing\n\n${usage}`);
    const progress = new ProgressLine();
    const report = await removeNearDuplicates(
      lists["input"].map((path) => pathOf(folder, path)!),
      {
        output: required("output"),
        removed: required("removed"),
        pairs: pathOf(folder, values["pairs"]),
        preset: values["preset"] as BandingPreset | undefined,
        bands: numberOf("bands", values["bands"]),
        rows: numberOf("rows", values["rows"]),
        threshold: numberOf("threshold", values["threshold"]),
        field: values["field"],
        id: values["id"],
        memoryBytes: bytesOf("memory", values["memory"]),
        workers: numberOf("workers", values["workers"]),
        signal,
        onProgress: (state) => progress.update(state),
      },
    );
    for (const warning of report.warnings) process.stderr.write(`⚠ ${warning}\n`);
    return report;
  },
};
