import { resolve } from "node:path";
import { checkText } from "../../core/arguments.ts";
import { codeVersion, type CodeVersion } from "../../jobs/code-version.ts";
import { readStageRecords } from "./stage-record.ts";

/** A stage that was made by other code than the present. */
export interface OtherCodeStage {
  readonly stage: string;
  readonly title: string;
  /** Null where the project was no git checkout. */
  readonly code: CodeVersion | null;
}

/**
 * Which stages of a study were made by other code than the present: the library, the trainer or the locked packages
 * differ, whether or not that is committed. None of them is stale for that, and no run repeats it.
 *
 * Where the project is no git checkout now, nothing is known of its code, and none is named.
 *
 * @example
 * (await stagesOfOtherCode("runs/my-study")).map(({ stage, code }) => `${stage}: ${code?.commit}`);
 */
export async function stagesOfOtherCode(folder: string): Promise<OtherCodeStage[]> {
  checkText("folder", "the folder of a study", folder);
  const present = await codeVersion();
  if (present === null) return [];
  const records = await readStageRecords(resolve(folder));
  return [...records.values()]
    .filter(({ code }) => isOtherCode(code, present))
    .map(({ name, title, code }) => ({ stage: name, title, code }));
}

/**
 * Of a record that does not hold its code's content nobody knows that it is the same; of two without a git checkout
 * nothing is known at all.
 */
export function isOtherCode(one: CodeVersion | null, other: CodeVersion | null): boolean {
  if (one === null && other === null) return false;
  return one?.content === undefined || one.content !== other?.content;
}
