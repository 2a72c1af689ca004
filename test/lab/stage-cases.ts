import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as fc from "fast-check";
import { sha256 } from "../../lib/core/hash.ts";
import type { StudyReport } from "../../lib/lab/stages/run-stages.ts";
import type { Stage, StageResult } from "../../lib/lab/stages/stage.ts";

/** A stage of a random graph: which stages and which files it reads, and how much of them it keeps. */
export interface StageCase {
  readonly inputs: readonly number[];
  readonly files: readonly number[];
  /** One that keeps little gives the same for other inputs. */
  readonly keeps: "all" | "parity";
}

/** Graphs of stages that read the stages before them and some of three files. */
export const graph: fc.Arbitrary<StageCase[]> = fc
  .array(
    fc.record({
      inputs: fc.uniqueArray(fc.nat(6), { maxLength: 3 }),
      files: fc.uniqueArray(fc.nat(2), { maxLength: 2 }),
      keeps: fc.constantFrom("all" as const, "parity" as const),
    }),
    { minLength: 1, maxLength: 7 },
  )
  .map((cases) =>
    cases.map(({ inputs, ...each }, place) => ({ ...each, inputs: inputs.filter((input) => input < place) })),
  );

export const nameOf = (place: number): string => `stage-${place}`;

export interface StageLog {
  /** Each stage that begins writes a line with its name. */
  readonly path: string;
  readonly milliseconds?: number;
}

/** Stages that write a hash of what they read, or its parity alone. */
export function stagesOf(cases: readonly StageCase[], files: readonly string[], log: StageLog): Stage[] {
  return cases.map((each, place) => ({
    name: nameOf(place),
    title: `Stage ${place}`,
    kind: "table",
    settings: { place },
    inputs: each.inputs.map(nameOf),
    files: each.files.map((file) => files[file]!),
    async run({ folder, input, signal }) {
      appendFileSync(log.path, `${nameOf(place)}\n`);
      const read = [
        ...each.inputs.map((from) => join(input(nameOf(from)), "made.txt")),
        ...each.files.map((file) => files[file]!),
      ];
      const texts = await Promise.all(read.map((path) => readFile(path, "utf8")));
      const whole = sha256(texts.join("\0"));
      const made = each.keeps === "all" ? whole : String(parseInt(whole.slice(-1), 16) % 2);
      await writeFile(join(folder, "made.txt"), made);
      if (log.milliseconds !== undefined) await sleep(log.milliseconds, undefined, signal && { signal });
      return { values: { digits: { value: made.length, compare: "exact" } } };
    },
  }));
}

/** A stage that does nothing. */
export function stage(name: string, inputs: readonly string[] = [], more: Partial<Stage> = {}): Stage {
  const run = async (): Promise<StageResult> => ({});
  return { name, title: name, kind: "table", settings: {}, inputs, files: [], run, ...more };
}

/** Names of the stages that ran, in order. */
export const ran = ({ stages }: StudyReport): string[] =>
  stages.filter(({ resumed }) => !resumed).map(({ name }) => name);

/** Three files, the study's folder and the log of what ran. */
export function makePlace(folder: string) {
  const files = [0, 1, 2].map((file) => join(folder, `file-${file}.txt`));
  for (const [index, file] of files.entries()) writeFileSync(file, `file ${index}`);
  return { files, study: join(folder, "study"), log: join(folder, "log.txt") };
}

/** Names of the stages that began, in order. */
export function logged(path: string): string[] {
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
}

/** What a stage has written. */
export const madeBy = (study: string, index: number): string =>
  readFileSync(join(study, nameOf(index), "made.txt"), "utf8");
