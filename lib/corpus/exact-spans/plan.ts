import { DataError } from "../../core/errors.ts";
import type { InputState } from "../line-files/input-files.ts";
import type { LineFields } from "../line-files/lines.ts";
import type { PlanFormat } from "../work-plan.ts";
import { anchorParts } from "./anchor-list.ts";
import { Anchors } from "./anchors.ts";
import { largestPosition } from "./mark-list.ts";
import type { KeptOccurrence } from "./span-marks.ts";

/** All that the bytes of a removal's results and of its parts depend on. */
export interface SpansPlan {
  readonly inputs: readonly InputState[];
  readonly fields: LineFields;
  readonly minimumBytes: number;
  /** Left out: only the spans are written. */
  readonly keep: KeptOccurrence | undefined;
  /** Parts of equal bytes that the input is cut into. */
  readonly shards: number;
}

export const planFormat: PlanFormat = {
  format: "rounds-spans-work",
  version: 1,
  work: "a removal of repeated spans",
};

/** Anchors are compared in at most so many tasks. */
const maximumMatchTasks = 16;

/** The steps in their order, and how many tasks each has. */
export function taskCounts({ shards }: SpansPlan) {
  return { scan: shards, match: Math.min(shards, maximumMatchTasks), write: 1 } as const;
}

export type Step = keyof ReturnType<typeof taskCounts>;

/** An anchor, what marks come of it at most, and room to sort them. */
export const bytesPerAnchor = 40;

/** Anchors of more than so many parts are compared at a time only if there is not much to do. */
const mostPartsAtATime = 8;

/** Memory of a thread that reads or writes a range: its lines, their texts, what comes of them. */
const memoryPerRangeByte = 8;

/** Bytes of the input that a thread reads at a time; what lies between the steps is counted by such ranges. */
export function rangeBytesOf({ inputs }: SpansPlan): number {
  return inputs.reduce((sum, { bytes }) => sum + bytes, 0) < 16e9 ? 1 << 20 : 4 << 20;
}

export interface ThreadRoom {
  /** Parts of the anchors that a thread compares at a time. */
  readonly partsAtATime: number;
  /** Threads that have room to. */
  readonly threads: number;
}

/**
 * What threads may do at a time within a memory limit.
 *
 * @throws {DataError} one part alone needs more; the message says what to do
 */
export function threadRoom(plan: SpansPlan, memoryBytes: number, workers: number): ThreadRoom {
  const inputBytes = plan.inputs.reduce((sum, { bytes }) => sum + bytes, 0);
  const [{ path = "" } = {}] = plan.inputs;
  if (inputBytes >= largestPosition) {
    throw new DataError(`${gigabytes(inputBytes)} GB of input, and at most 1,000 can be searched at once`, {
      path,
    });
  }
  const { pieces } = new Anchors(plan.minimumBytes);
  const bytesPerPart = (inputBytes * bytesPerAnchor * 2) / (pieces + 1) / anchorParts;
  const room = memoryBytes / 4;
  if (bytesPerPart > room) {
    throw new DataError(
      `${gigabytes(inputBytes)} GB of input need ${gigabytes(4 * bytesPerPart)} GB of memory with runs of ${plan.minimumBytes} bytes, and ${memoryBytes / 1e9} GB are allowed; allow more, or search for longer runs`,
      { path },
    );
  }
  let partsAtATime = mostPartsAtATime;
  while (partsAtATime > 1 && partsAtATime * bytesPerPart * workers > room) partsAtATime /= 2;
  const bytesPerThread = Math.max(partsAtATime * bytesPerPart, memoryPerRangeByte * rangeBytesOf(plan));
  return { partsAtATime, threads: Math.max(1, Math.min(workers, Math.floor(room / bytesPerThread))) };
}

export function gigabytes(bytes: number): number {
  return Math.ceil(bytes / 1e8) / 10;
}
