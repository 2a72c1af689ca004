import type { KeptOccurrence } from "../corpus/exact-spans/span-marks.ts";
import { removeRepeatedSpans } from "../corpus/exact-spans/remove-repeated-spans.ts";
import {
  bytesOf,
  numberOf,
  pathOf,
  readOptions,
  tellOfWork,
  UsageError,
  type CliCommand,
} from "./command.ts";
import { ProgressLine } from "./progress-line.ts";

const usage = `npm run -s rounds -- spans --input FILE... --output OUT.jsonl --spans SPANS.jsonl --min-bytes 400

  --input FILE...        JSON Lines files
  --output OUT.jsonl     the lines in order, their texts without what repeats; those left without text are dropped
  --spans SPANS.jsonl    one line for each repeated span: {id, start, end}, bytes of the input text, uncut
  --min-bytes 400        shortest run of bytes whose repetition counts
  --keep first|none      of what repeats the first occurrence stays (default), or nothing
  --report-only          write the spans and the report; no output
  --field text           property that holds the text
  --id id                property that holds the identifier
  --memory 2GB           memory for texts and tables at a time
  --work DIR             where finished parts wait for the end (default: OUT.jsonl.work)
  --shards N             parts of the input (default: one for each 64 MB); changes no byte of the result
  --workers N            threads (default: the processors of the machine)

After an interruption of any kind, the same command goes on where it ended.
Removing makes new neighbours: run with --min-bytes 400, then with --min-bytes 100 on its output.`;

const names = "input output spans min-bytes keep field id memory work shards workers".split(" ");

export const spans: CliCommand = {
  summary: "remove exact repeated spans of bytes, every occurrence reported",
  usage,
  async run(parameters, { folder, signal }) {
    const { values, lists, flags } = readOptions(parameters, names, ["input"], ["report-only"]);
    const reportOnly = flags.includes("report-only");
    const isMissing = (name: string) => new UsageError(`--${name} is missing\n\n${usage}`);
    if (lists["input"] === undefined) throw isMissing("input");
    if (values["spans"] === undefined) throw isMissing("spans");
    if (values["output"] === undefined && !reportOnly) throw isMissing("output");
    const progress = new ProgressLine();
    const report = await removeRepeatedSpans(
      lists["input"].map((path) => pathOf(folder, path)!),
      {
        output: pathOf(folder, values["output"]),
        spans: pathOf(folder, values["spans"])!,
        minimumBytes: numberOf("min-bytes", values["min-bytes"]),
        keep: values["keep"] as KeptOccurrence | undefined,
        reportOnly,
        field: values["field"],
        id: values["id"],
        memoryBytes: bytesOf("memory", values["memory"]),
        work: pathOf(folder, values["work"]),
        shards: numberOf("shards", values["shards"]),
        workers: numberOf("workers", values["workers"]),
        signal,
        onProgress: (state) => progress.update(state),
      },
    ).finally(() =>
      tellOfWork(signal, folder, values["work"] ?? `${values["output"] ?? values["spans"]}.work`),
    );
    for (const warning of report.warnings) process.stderr.write(`⚠ ${warning}\n`);
    return report;
  },
};
