import { parseArgs } from "node:util";
import { resolve } from "node:path";

import { findDocument } from "../lab/takedown/find-document.ts";
import { reportRetracted } from "../lab/takedown/report-retracted.ts";
import { commandLineFault, pathOf, UsageError, type CliCommand } from "./command.ts";

const usage = `npm run -s rounds -- takedown ID|PMID|PMCID|DOI ... [--in FOLDER ...] [--runs FOLDER]
npm run -s rounds -- takedown --retracted FILE [--in FOLDER ...] [--runs FOLDER]

  --in FOLDER        look into it too, besides what the register of lineage names; may be given several times
  --retracted FILE   identifiers of retracted articles, as a pipeline leaves them in retracted.json, or one a line
  --runs FOLDER      folder of run folders (default: ROUNDS_RUNS, else runs/ of the project)

Prints {asked, found, lookedInto, notLookedInto}: every corpus, folder of token shards, run, checkpoint, exported model
and result that a document is in, and what could not be looked into. Nothing is changed.`;

export const takedown: CliCommand = {
  summary: "find every corpus, run, model and result that a document is in",
  usage,
  async run(parameters, { folder, signal }) {
    const { values, positionals } = readCommandLine(parameters);
    const runs = pathOf(folder, values.runs);
    const options = {
      folders: values.in.map((path) => resolve(folder, path)),
      ...(runs !== undefined && { runs }),
      signal,
    };
    if (values.retracted !== undefined) return reportRetracted(resolve(folder, values.retracted), options);
    return findDocument(positionals, options);
  },
};

function readCommandLine(parameters: readonly string[]) {
  try {
    const read = parseArgs({
      args: [...parameters],
      options: {
        in: { type: "string", multiple: true, default: [] },
        retracted: { type: "string" },
        runs: { type: "string" },
      },
      allowPositionals: true,
    });
    if (read.positionals.length > 0 === (read.values.retracted !== undefined))
      throw new Error("name documents, or a file of retracted ones");
    return read;
  } catch (error) {
    throw new UsageError(`${commandLineFault(error, ["in", "retracted", "runs"])}\n\n${usage}`, {
      cause: error,
    });
  }
}
