import { open, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";

import { DataError } from "../core/errors.ts";
import { LmEvaluation } from "./formats/lm-evaluation.ts";
import { RoundsRun } from "./formats/rounds-run.ts";
import { isEventFile, TensorboardRun } from "./formats/tensorboard.ts";
import { TextLog, textLogFormat } from "./formats/text-log.ts";
import { TrainerState } from "./formats/trainer-state.ts";
import { isWandbStart, WandbExport } from "./formats/wandb-export.ts";
import { parseMetricLine } from "./metric-row.ts";
import { runFormats, type ForeignOptions, type RunFormat, type RunReader } from "./run-reader.ts";

interface Found {
  readonly format: RunFormat;
  readonly path: string;
}

/** A log may begin with the program's arguments and much else. */
const headBytes = 1 << 20;

/**
 * Find out what wrote a run's record, by its content, and make its reader.
 *
 * @param path a run folder, a folder that holds one record, or a file
 * @throws {DataError} nothing is there, it is none of the formats, or it is more than one
 */
export async function openRun(
  path: string,
  options: ForeignOptions & { readonly format?: RunFormat | undefined } = {},
): Promise<RunReader> {
  const all = await recordsAt(path);
  const found = all.filter(({ format }) => options.format === undefined || format === options.format);
  const [first, second] = found;
  if (first === undefined) {
    const what = all.length === 0 ? "no format that is known" : all.map(({ format }) => format).join(", ");
    const wanted = options.format === undefined ? "" : `, not ${options.format}`;
    throw new DataError(`${path} holds ${what}${wanted}; known are ${runFormats.join(", ")}`, { path });
  }
  if (second !== undefined) {
    const held = found.map((each) => `${each.format} (${basename(each.path)})`).join(", ");
    throw new DataError(`${path} holds more than one record: ${held}; name one by its path or "format"`, {
      path,
    });
  }
  return readerOf(first, options);
}

function readerOf({ format, path }: Found, options: ForeignOptions): RunReader {
  switch (format) {
    case "rounds":
      return new RoundsRun(path);
    case "trainer-state":
      return new TrainerState(path, options);
    case "megatron":
    case "nanogpt":
      return new TextLog(path, format, options);
    case "tensorboard":
      return new TensorboardRun(path, options);
    case "wandb":
      return new WandbExport(path, options);
    case "lm-evaluation":
      return new LmEvaluation(path);
  }
}

async function recordsAt(path: string): Promise<Found[]> {
  let isFolder;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new DataError(`${path} does not exist`, { path }, { cause: error });
  }
  if (isFolder) return recordsInFolder(path);
  const format = await formatOfFile(path);
  return format === undefined ? [] : [{ format, path }];
}

async function recordsInFolder(folder: string): Promise<Found[]> {
  const names = (await readdir(folder)).toSorted();
  const found: Found[] = [];
  if (names.includes("metrics.jsonl") || names.includes("train.config.json"))
    found.push({ format: "rounds", path: folder });
  if (names.includes("trainer_state.json"))
    found.push({ format: "trainer-state", path: join(folder, "trainer_state.json") });
  if (names.some(isEventFile)) found.push({ format: "tensorboard", path: folder });
  for (const name of names.filter((each) => /^results.*\.json$/u.test(each)))
    found.push({ format: "lm-evaluation", path: join(folder, name) });
  return found.length > 0 ? found : newestCheckpoint(folder, names);
}

/** The Trainer's output folder holds a state in each checkpoint; the last one's has all of the earlier ones'. */
async function newestCheckpoint(folder: string, names: readonly string[]): Promise<Found[]> {
  const steps = names.flatMap((name) => /^checkpoint-(\d+)$/u.exec(name)?.[1] ?? []).map(Number);
  for (const step of steps.toSorted((left, right) => right - left)) {
    const path = join(folder, `checkpoint-${step}`, "trainer_state.json");
    if (await stat(path).catch(() => undefined)) return [{ format: "trainer-state", path }];
  }
  return [];
}

async function formatOfFile(path: string): Promise<RunFormat | undefined> {
  const name = basename(path);
  if (isEventFile(name)) return "tensorboard";
  const lines = (await headOf(path)).split("\n");
  const first = lines[0]!.trim();
  if (isWandbStart(first)) return "wandb";
  if (first.startsWith("{")) return formatOfJson(path, lines);
  return lines.map(textLogFormat).find((format) => format !== undefined);
}

/** By the names at its start: the file may be large, and the reader will read it whole. */
function formatOfJson(path: string, lines: readonly string[]): RunFormat | undefined {
  const head = lines.join("\n");
  if (/"log_history"\s*:/u.test(head)) return "trainer-state";
  if (/"results"\s*:\s*\{/u.test(head)) return "lm-evaluation";
  if (parseMetricLine(lines[0]!) !== undefined)
    throw new DataError(`${path} is a run's metrics; give its folder`, { path });
  return undefined;
}

async function headOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(headBytes);
    const { bytesRead } = await file.read(buffer, 0, headBytes, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
