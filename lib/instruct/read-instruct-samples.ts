import { basename } from "node:path";

import { declaredSensitivity } from "../core/declared-sensitivity.ts";
import { ArgumentError } from "../core/errors.ts";
import { checkOptions, choiceOption, textOption } from "../core/options.ts";
import { isRestricted } from "../core/restricted.ts";
import { loadCatalogue, type InstructFormatName } from "../data/catalogue.ts";
import { resolveDataset } from "../data/resolve-dataset.ts";
import { showNotice } from "../data/show-notice.ts";
import { open } from "../table/open.ts";
import type { Sensitivity } from "../table/sensitivity.ts";
import { instructFormats } from "./instruct-format.ts";
import { checkTexts, type InstructSample } from "./instruct-sample.ts";
import { InstructReport, type InstructStream } from "./instruct-stream.ts";

export interface ReadInstructSamplesOptions {
  /** Where a file's rows hold what; needed for a path, known for a name of the catalogue. */
  readonly format?: InstructFormatName;
  /** Name under which the samples are counted. @default the file's name, or the catalogue's */
  readonly source?: string;
  /** SPDX expression of a file's data. @default not known */
  readonly licence?: string;
  /** Of a file's data. @default "public" */
  readonly sensitivity?: Sensitivity;
}

const formatNames = Object.keys(instructFormats) as InstructFormatName[];

const rules = {
  format: choiceOption<InstructFormatName, undefined>(undefined, formatNames),
  source: textOption(undefined),
  licence: textOption(undefined),
  sensitivity: choiceOption<Sensitivity>("public", ["public", "restricted"]),
};

/**
 * Read a data set of the catalogue, or a CSV, JSON or JSON Lines file of a known format, as instruct samples.
 *
 * Rows that make no sample are counted by reason. A conversation of several answers gives one sample for each.
 *
 * @throws {ArgumentError} a name that is no instruct data, or a path without its format
 * @throws {DataError} when read: the file is missing or damaged
 *
 * @example
 * const samples = readInstructSamples("mts-dialog-train");
 * const own = readInstructSamples("answers.jsonl", { format: "question-answer", licence: "CC-BY-4.0" });
 */
export function readInstructSamples(
  nameOrPath: string,
  options: ReadInstructSamplesOptions = {},
): InstructStream {
  const { format: ownFormat, ...own } = checkOptions(options, rules);
  const isFile = ownFormat !== undefined;
  const formatName = ownFormat ?? formatOf(nameOrPath);
  const format = instructFormats[formatName];
  const report = new InstructReport();

  async function* samples(): AsyncGenerator<InstructSample, void, void> {
    report.begin();
    const { path, synthetic, ...origin } = isFile
      ? ownFile(nameOrPath, { ...own, sensitivity: declaredSensitivity([nameOrPath], options.sensitivity) })
      : await datasetFile(nameOrPath, own.source);
    report.synthetic = synthetic;
    let place = 0;
    for await (const row of await open(path, isRestricted(origin) ? { sensitivity: "restricted" } : {})) {
      const id = idOf((row as Record<string, unknown>)[format.id ?? ""], place++);
      const checked = format.read(row as Record<string, unknown>).map(checkTexts);
      const problem = checked.find((each) => "problem" in each);
      // One bad turn of a conversation spoils those after it, which quote it.
      report.countRow(id, checked.length === 0 ? "unreadable-row" : (problem?.problem ?? checked.length));
      if (problem !== undefined) continue;
      for (const [turn, each] of checked.entries()) {
        if (!("texts" in each)) continue;
        yield { id: checked.length === 1 ? id : `${id}:${turn}`, ...each.texts, ...origin };
      }
    }
    report.isComplete = true;
  }
  return { report, [Symbol.asyncIterator]: samples };
}

function formatOf(name: string): InstructFormatName {
  const instruct = loadCatalogue().entries.filter((entry) => entry.instructFormat !== undefined);
  const format = instruct.find((entry) => entry.name === name)?.instructFormat;
  if (format !== undefined) return format;
  const known = instruct.map((entry) => entry.name).join(", ");
  const formats = formatNames.join(", ");
  throw new ArgumentError(
    "nameOrPath",
    `one of ${known}, or a file with the option format: ${formats}`,
    name,
  );
}

interface Origin {
  readonly path: string;
  readonly synthetic: boolean;
  readonly source: string;
  readonly licence: string | null;
  readonly sensitivity: Sensitivity;
}

function ownFile(
  path: string,
  {
    source,
    licence,
    sensitivity,
  }: { source: string | undefined; licence: string | undefined; sensitivity: Sensitivity },
): Origin {
  return { path, synthetic: false, source: source ?? basename(path), licence: licence ?? null, sensitivity };
}

async function datasetFile(name: string, source: string | undefined): Promise<Origin> {
  const resolved = await resolveDataset(name);
  showNotice(resolved);
  const { path, synthetic, entry } = resolved;
  return { path, synthetic, source: source ?? name, licence: entry.licence, sensitivity: entry.sensitivity };
}

function idOf(value: unknown, place: number): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "bigint"
    ? String(value)
    : String(place);
}
