import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { DataError } from "../../core/errors.ts";
import { readFailure } from "../../core/read-failure.ts";
import { nearestName } from "../../core/nearest-name.ts";
import { objectOption, seedOption, textOption } from "../../core/options.ts";
import { checkSettings } from "./check-settings.ts";
import { decontaminateStep } from "./decontaminate-step.ts";
import { exactSpansStep } from "./exact-spans-step.ts";
import { filterStep } from "./filter-step.ts";
import { mixStep } from "./mix-step.ts";
import { nearDuplicatesStep } from "./near-duplicates-step.ts";
import type { PipelineStep } from "./pipeline-step.ts";
import { readStep } from "./read-step.ts";
import { sameWorkStep } from "./same-work-step.ts";
import { tokenizeStep } from "./tokenize-step.ts";

/** The steps by name, each made from its settings and its place in the file. */
const makers: Readonly<
  Record<string, (settings: unknown, place: string, folder: string) => PipelineStep | Promise<PipelineStep>>
> = {
  filter: filterStep,
  "same-work": sameWorkStep,
  "near-duplicates": nearDuplicatesStep,
  "exact-spans": exactSpansStep,
  decontaminate: decontaminateStep,
  tokenize: tokenizeStep,
  mix: mixStep,
};

export interface Pipeline {
  /** Folder of all outputs, as the file names it. */
  readonly output: string;
  readonly seed: number | string;
  readonly steps: readonly PipelineStep[];
}

const isFilledList = (value: unknown): boolean => Array.isArray(value) && value.length > 0;

const rules = {
  version: objectOption<never>("1", (value) => (value as unknown) === 1),
  output: textOption(undefined),
  seed: seedOption(0),
  sources: objectOption<readonly unknown[]>("a list of sources", isFilledList),
  steps: objectOption<readonly unknown[]>("a list of steps", (value) => Array.isArray(value)),
};

/**
 * Read a pipeline file and check all of it, before anything runs.
 *
 * @param folder what its paths are relative to
 * @throws {DataError} no JSON, or a key or value that is wrong; its place in the file is named
 */
export async function readPipeline(path: string, folder: string): Promise<Pipeline> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new DataError(`${path} ${readFailure(cause)}`, { path }, { cause });
  }
  return checkPipeline(value, folder);
}

/** {@link readPipeline} of what is in memory already. */
export async function checkPipeline(value: unknown, folder: string): Promise<Pipeline> {
  const { output, seed, sources, steps = [] } = checkSettings(value, rules, "pipeline");
  if (output === undefined)
    throw new DataError('pipeline: "output" is missing: the folder to write', { path: "pipeline" });
  if (sources === undefined) throw new DataError('pipeline: "sources" is missing', { path: "pipeline" });
  if (statSync(resolve(folder, output), { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new DataError(`pipeline: "output" must be a folder, and ${resolve(folder, output)} is a file`, {
      path: "pipeline",
    });
  }
  const made = [await readStep(sources, folder)];
  for (const [index, settings] of steps.entries()) {
    const place = `steps[${index}]`;
    const step = await makerOf(settings, place)(settings, place, folder);
    const before = made.at(-1)!;
    if (step.takes !== before.gives) {
      const message = `${place}: "${step.name}" takes ${step.takes}, and "${before.name}" before it gives ${before.gives}`;
      throw new DataError(message, { path: place });
    }
    made.push(step);
  }
  return { output, seed, steps: made };
}

function makerOf(settings: unknown, place: string) {
  const name = (settings as { step?: unknown } | null)?.step;
  const maker = typeof name === "string" && Object.hasOwn(makers, name) ? makers[name] : undefined;
  if (maker !== undefined) return maker;
  const all = Object.keys(makers);
  const nearest = typeof name === "string" ? nearestName(name, all) : undefined;
  const meant = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
  const got = JSON.stringify(name) ?? "nothing";
  throw new DataError(`${place}.step must be one of ${all.join(", ")}${meant}, got ${got}`, { path: place });
}
