import { resolve } from "node:path";

import { runsFolder } from "../jobs/run-folder.ts";
import { writeReport } from "../lab/report/write-report.ts";
import { pathOf, readOptions, UsageError, type CliCommand } from "./command.ts";

const usage = `npm run -s rounds -- report --output report.html [--study FOLDER] [--runs FOLDER ...] [--results FILE ...]

  --output FILE        the page, ending in .html
  --study FOLDER       a study, as runStages leaves it: its figures, tables and numbers with what made them
  --runs FOLDER ...    run folders, or folders of run folders, besides the study's own (default: without a study,
                       where runs of this project lie)
  --results FILE ...   results of evaluations, as rounds evaluate writes them
  --title TEXT         the page's title

Writes one page that opens anywhere and fetches nothing; what is not at hand is named on it. Of restricted data it
holds shapes and statistics alone.`;

export const report: CliCommand = {
  summary: "one HTML page of a study: figures, numbers, runs, and what made them",
  usage,
  async run(parameters, { folder, signal }) {
    const { values, lists } = readOptions(
      parameters,
      ["output", "study", "runs", "results", "title"],
      ["runs", "results"],
    );
    const output = pathOf(folder, values.output);
    if (output === undefined) throw new UsageError(`--output is missing\n\n${usage}`);
    return writeReport(output, {
      study: pathOf(folder, values.study),
      runs:
        lists.runs?.map((path) => resolve(folder, path)) ??
        (values.study === undefined ? [runsFolder()] : []),
      results: (lists.results ?? []).map((path) => resolve(folder, path)),
      ...(values.title !== undefined && { title: values.title }),
      signal,
    });
  },
};
