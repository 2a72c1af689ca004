import { runPipeline } from "../lab/corpus-pipeline/run-pipeline.ts";
import { bytesOf, numberOf, readOptions, UsageError, type CliCommand } from "./command.ts";
import { ProgressLine } from "./progress-line.ts";

const usage = `npm run -s rounds -- corpus PIPELINE.json

  PIPELINE.json          sources and steps; see docs/corpus-pipeline.md
  --memory 2GB           memory for documents at a time
  --workers N            threads (default: the processors of the machine)

Run again, it takes up where it stopped, and repeats only what changed.`;

export const corpus: CliCommand = {
  summary: "run a whole pipeline: read, filter, deduplicate, decontaminate, tokenize",
  usage,
  async run(parameters, { folder, signal }) {
    const [path, ...rest] = parameters;
    if (path === undefined || path.startsWith("-"))
      throw new UsageError(`PIPELINE.json is missing\n\n${usage}`);
    const { values } = readOptions(rest, ["memory", "workers"], []);
    const progress = new ProgressLine();
    const memoryBytes = bytesOf("memory", values["memory"]);
    const workers = numberOf("workers", values["workers"]);
    const report = await runPipeline(path, {
      folder,
      signal,
      onProgress: (state) => progress.update(state),
      ...(memoryBytes !== undefined && { memoryBytes }),
      ...(workers !== undefined && { workers }),
    });
    const warnings = report.steps.flatMap((step) => step.warnings.map((text) => `${step.step}: ${text}`));
    for (const warning of [...report.warnings, ...warnings]) process.stderr.write(`⚠ ${warning}\n`);
    return report;
  },
};
