import { ArgumentError } from "../../core/errors.ts";
import { InputFiles } from "../line-files/input-files.ts";
import { checkRequest, planOf, type RemoveNearDuplicatesOptions } from "../near-duplicates/options.ts";
import {
  planFingerprint,
  planFormat,
  taskCounts,
  type DedupPlanFile,
  type Step,
} from "../near-duplicates/plan.ts";
import { WorkFolder } from "../work-folder.ts";
import { readPlanFile, writePlanFile } from "../work-plan.ts";

export interface PlannedDedup {
  /** Folder of the work, which all machines must see under this path, as they must see the inputs. */
  readonly work: string;
  /** Steps in their order, with the number of tasks of each. */
  readonly tasks: Readonly<Record<Step, number>>;
  readonly memoryBytes: number;
  readonly inputBytes: number;
}

/**
 * Cut a removal of near-duplicates into tasks for many machines, and write down what they have to know.
 *
 * The tasks of a step may run at once, on any machine; a step needs all tasks of the step before. Results are those
 * of {@link removeNearDuplicates}, byte for byte, whatever the number of shards. Planned again, the same plan and what
 * was done of it stay, unless all was done: then it begins anew.
 *
 * @throws {ArgumentError} an option is out of range, or the folder of the work holds another plan
 * @throws {DataError} an input is missing or not readable
 */
export async function planDedup(
  inputs: string | readonly string[],
  options: RemoveNearDuplicatesOptions,
): Promise<PlannedDedup> {
  const request = checkRequest(inputs, options);
  const { work, setting } = request;
  const input = new InputFiles(request.inputs);
  try {
    const plan = planOf(request, input);
    const earlier = readPlanFile<DedupPlanFile>(work, planFormat);
    if (earlier !== undefined && planFingerprint(earlier.plan) !== planFingerprint(plan)) {
      throw new ArgumentError("work", "a folder without the plan of other inputs or options", work);
    }
    await writePlanFile(work, planFormat, { plan, setting } satisfies DedupPlanFile);
    await new WorkFolder(work, planFingerprint(plan)).drop("finish", 0);
    const { memoryBytes } = setting;
    return { work, tasks: taskCounts(plan), memoryBytes, inputBytes: input.bytes };
  } finally {
    input.close();
  }
}
