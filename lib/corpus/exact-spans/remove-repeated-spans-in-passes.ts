import { rm } from "node:fs/promises";
import { ArgumentError } from "../../core/errors.ts";
import {
  removeRepeatedSpans,
  type RemoveRepeatedSpansOptions,
  type RepeatedSpansReport,
} from "./remove-repeated-spans.ts";

/** One pass: how long a repetition must be, and where its spans go. */
export interface RepeatedSpansPass {
  readonly minimumBytes: number;
  /** As in {@link removeRepeatedSpans}; offsets are those in the texts that the pass before left. */
  readonly spans: string;
}

export type RepeatedSpansPassesOptions = Omit<
  RemoveRepeatedSpansOptions,
  "minimumBytes" | "spans" | "reportOnly" | "output"
> & {
  /** What the last pass leaves. */
  readonly output: string;
  readonly passes: readonly RepeatedSpansPass[];
};

/**
 * Remove repeated spans again and again, each pass from what the one before left: since removing makes new neighbours.
 *
 * The paper's passes are of 400 and 100 bytes. What lies between them is written beside the output and removed.
 *
 * @returns the report of each pass, in order
 * @throws what {@link removeRepeatedSpans} throws; and {@link ArgumentError} without a pass
 *
 * @example
 * await removeRepeatedSpansInPasses("texts.jsonl", {
 *   output: "clean.jsonl",
 *   passes: [
 *     { minimumBytes: 400, spans: "spans-400.jsonl" },
 *     { minimumBytes: 100, spans: "spans-100.jsonl" },
 *   ],
 * })
 */
export async function removeRepeatedSpansInPasses(
  inputs: string | readonly string[],
  options: RepeatedSpansPassesOptions,
): Promise<RepeatedSpansReport[]> {
  const { output, passes, ...shared } = options;
  if (!Array.isArray(passes) || passes.length === 0) {
    throw new ArgumentError("passes", "a list of at least one pass", passes);
  }
  const reports: RepeatedSpansReport[] = [];
  const between: string[] = [];
  try {
    for (const [place, pass] of passes.entries()) {
      const from = between.at(-1) ?? inputs;
      const isLast = place === passes.length - 1;
      const to = isLast ? output : `${output}.pass-${place + 1}`;
      reports.push(await removeRepeatedSpans(from, { ...shared, ...pass, output: to }));
      if (!isLast) between.push(to);
    }
    return reports;
  } finally {
    for (const path of between) await rm(path, { force: true });
  }
}
