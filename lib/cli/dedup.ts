import { removeNearDuplicates } from "../corpus/near-duplicates/remove-near-duplicates.ts";
import { numberOf, tellOfWork, type CliCommand } from "./command.ts";
import { dedupOptionsUsage, readDedupOptions } from "./dedup-options.ts";
import { ProgressLine } from "./progress-line.ts";

const usage = `npm run -s rounds -- dedup --input FILE... --output OUT.jsonl --removed REMOVED.jsonl
${dedupOptionsUsage}
  --workers N            threads (default: the processors of the machine)

After an interruption of any kind, the same command goes on where it ended.`;

export const dedup: CliCommand = {
  summary: "remove near-duplicate documents, with each similarity verified",
  usage,
  async run(parameters, { folder, signal }) {
    const { inputs, options, values } = readDedupOptions(parameters, folder, usage, ["workers"]);
    const progress = new ProgressLine();
    const report = await removeNearDuplicates(inputs, {
      ...options,
      workers: numberOf("workers", values["workers"]),
      signal,
      onProgress: (state) => progress.update(state),
    }).finally(() => tellOfWork(signal, folder, options.work ?? `${options.output}.work`));
    for (const warning of report.warnings) process.stderr.write(`⚠ ${warning}\n`);
    return report;
  },
};
