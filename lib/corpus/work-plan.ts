import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ArgumentError, DataError } from "../core/errors.ts";
import { fingerprint } from "../core/hash.ts";
import { writeFileAtomically } from "../core/write-file-atomically.ts";
import { removeLeftover, removeWorkFolder, type WorkFolder } from "./work-folder.ts";

/** How the plan of a kind of work is told from that of another. */
export interface PlanFormat {
  readonly format: string;
  readonly version: number;
  /** For messages: "a removal of near-duplicates". */
  readonly work: string;
}

const fileName = "plan.json";

/** @param content the plan, and what else is kept beside it */
export async function writePlanFile<Content extends { readonly plan: object }>(
  folder: string,
  { format, version }: PlanFormat,
  content: Content,
): Promise<void> {
  const text = JSON.stringify({ format, version, ...content }, undefined, 1);
  await writeFileAtomically(join(folder, fileName), `${text}\n`);
}

/**
 * The plan of a work folder; nothing where there is none.
 *
 * @throws {DataError} another program's file of that name, or one that another version wrote
 */
export function readPlanFile<Content extends { readonly plan: object }>(
  folder: string,
  { format, version, work }: PlanFormat,
): Content | undefined {
  const path = join(folder, fileName);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const content = JSON.parse(text) as Content & Partial<PlanFormat>;
    if (content.format === format && content.version === version) return content;
  } catch {
    // Said below.
  }
  throw new DataError(
    `${path} is no plan of ${work} that this version can read; remove the folder if its work is not needed, or choose another`,
    {
      path,
    },
  );
}

/**
 * Make a folder ready for the work of a plan; what it held of another plan is removed, and that is said.
 *
 * @throws {ArgumentError} the folder is another's
 */
export async function prepareWorkFolder<Content extends { readonly plan: object }>(
  folder: string,
  format: PlanFormat,
  content: Content,
): Promise<string[]> {
  await removeLeftover(folder);
  const earlier = readPlanFile<Content>(folder, format);
  if (earlier === undefined) {
    // A run that was killed at its very start leaves a half-written plan under a temporary name.
    if (existsSync(folder) && !readdirSync(folder).every((name) => name.endsWith(".tmp"))) {
      throw new ArgumentError("work", "an empty folder, or that of an interrupted run", folder);
    }
  } else if (fingerprint(earlier.plan) === fingerprint(content.plan)) return [];
  else await removeWorkFolder(folder);
  await writePlanFile(folder, format, content);
  if (earlier === undefined) return [];
  return [`${folder} held the unfinished work of other inputs or options, which was removed`];
}

/** Read again what an interrupted run left; a task whose files are not as they were written is forgotten. */
export async function checkFinishedTasks<Step extends string>(
  work: WorkFolder<Step>,
  counts: Readonly<Partial<Record<Step, number>>>,
  signal?: AbortSignal,
): Promise<{ resumedTasks: number; damage: string[] }> {
  const damage: string[] = [];
  let resumedTasks = 0;
  for (const [step, count] of Object.entries(counts) as [Step, number][]) {
    for (let task = 0; task < count; task++) {
      if (work.finished(step, task) === undefined) continue;
      signal?.throwIfAborted();
      const path = await work.damagedFile(step, task);
      if (path === undefined) resumedTasks++;
      else {
        damage.push(`${path} was damaged and is made anew`);
        await work.drop(step, task);
      }
    }
  }
  return { resumedTasks, damage };
}
