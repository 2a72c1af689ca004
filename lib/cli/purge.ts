import { parseArgs } from "node:util";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

import { purge as purgeDataset } from "../lab/purge/purge.ts";
import { commandLineFault, UsageError, type CliCommand } from "./command.ts";

const usage = `npm run -s rounds -- purge DATASET [--yes] [--caches]

  DATASET    a name of the catalogue, or the path of a file or folder of your own, which is left as it is
  --yes      remove; without it the report says what would be removed
  --caches   remove caches of models' answers too of which nobody can tell what they were asked about

Prints {dataset, isDone, paths, bytes, refused, left}: everything that Rounds made from the data set, however many steps
later. It is noted in the audit log before the first is removed; stopped at any point, the same command goes on.`;

export const purge: CliCommand = {
  summary: "remove everything that was made from a data set",
  usage,
  async run(parameters, { folder, signal }) {
    const { values, dataset } = readCommandLine(parameters);
    const path = resolve(folder, dataset);
    const report = await purgeDataset(existsSync(path) || dataset.includes("/") ? path : dataset, {
      yes: values.yes,
      caches: values.caches ? "remove" : "leave",
      onPath: ({ path: removed, bytes }) => void process.stderr.write(`  ${removed} (${bytes} bytes)\n`),
      signal,
    });
    if (!report.isDone && report.paths.length > 0)
      process.stderr.write(
        "  Nothing was removed; --yes removes what is listed, also a file of yours that has since taken the place of one that Rounds wrote there.\n",
      );
    return report;
  },
};

function readCommandLine(parameters: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...parameters],
      options: {
        yes: { type: "boolean", default: false },
        caches: { type: "boolean", default: false },
      },
      allowPositionals: true,
    });
    const [dataset, ...more] = positionals;
    if (dataset === undefined || more.length > 0) throw new Error("name one data set");
    return { values, dataset };
  } catch (error) {
    throw new UsageError(`${commandLineFault(error, ["yes", "caches"])}\n\n${usage}`, { cause: error });
  }
}
