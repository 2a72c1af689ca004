import { readFileSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import { checkPathList, checkRecord } from "../../core/arguments.ts";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { fingerprint, sha256OfFile } from "../../core/hash.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
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
  "minimumBytes" | "spans" | "reportOnly" | "output" | "work"
> & {
  /** What the last pass leaves. */
  readonly output: string;
  readonly passes: readonly RepeatedSpansPass[];
};

/** What a finished pass before the last leaves beside its lines; written last. */
interface PassRecord {
  /** Of all that the lines depend on. */
  readonly key: string;
  readonly sha256: string;
  readonly report: RepeatedSpansReport;
}

/**
 * Remove repeated spans again and again, each pass from what the one before left: since removing makes new neighbours.
 *
 * The paper's passes are of 400 and 100 bytes. What lies between them is written beside the output and removed at the
 * end; after an interruption the same call goes on from there.
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
  checkPathList("inputs", inputs);
  checkRecord("options", "an object with the output", options);
  const { output, passes, ...shared } = options;
  if (!Array.isArray(passes) || passes.length === 0) {
    throw new ArgumentError("passes", "a list of at least one pass", passes);
  }
  const { field, id, keep } = shared;
  const reports: RepeatedSpansReport[] = [];
  const between: string[] = [];
  let key = fingerprint({ inputs: statesOf(inputs), field, id, keep });
  try {
    for (const [place, pass] of (passes as readonly RepeatedSpansPass[]).entries()) {
      const from = between.at(-1) ?? inputs;
      if (place === passes.length - 1) {
        reports.push(await removeRepeatedSpans(from, { ...shared, ...pass, output }));
        continue;
      }
      const to = `${output}.pass-${place + 1}`;
      between.push(to);
      key = fingerprint({ key, ...pass });
      reports.push(
        (await finishedPass(to, key, pass.spans)) ?? (await runPass(from, to, key, { ...shared, ...pass })),
      );
    }
  } catch (error) {
    // What is wrong with a call or its input has to be mended first.
    if (error instanceof ArgumentError || error instanceof DataError) await removeAll(between);
    throw error;
  }
  await removeAll(between);
  return reports;
}

async function runPass(
  from: string | readonly string[],
  to: string,
  key: string,
  options: RemoveRepeatedSpansOptions,
): Promise<RepeatedSpansReport> {
  const report = await removeRepeatedSpans(from, { ...options, output: to });
  const record: PassRecord = { key, sha256: await sha256OfFile(to), report };
  await writeFileAtomically(recordPath(to), JSON.stringify(record));
  return report;
}

/** The report of a pass that an interrupted call had finished, if its lines are as they were. */
async function finishedPass(
  to: string,
  key: string,
  spans: string,
): Promise<RepeatedSpansReport | undefined> {
  let record: PassRecord;
  try {
    record = JSON.parse(readFileSync(recordPath(to), "utf8")) as PassRecord;
    statSync(spans);
  } catch {
    return undefined;
  }
  const isWhole = record.key === key && (await sha256OfFile(to).catch(() => undefined)) === record.sha256;
  return isWhole ? record.report : undefined;
}

function recordPath(lines: string): string {
  return `${lines}.json`;
}

/** Files that are missing are named by the pass that reads them. */
function statesOf(inputs: string | readonly string[]): object[] {
  return (typeof inputs === "string" ? [inputs] : inputs).map((path) => {
    const status = statSync(path, { throwIfNoEntry: false });
    return { path: resolve(path), bytes: status?.size, changedAt: status?.mtimeMs };
  });
}

async function removeAll(between: readonly string[]): Promise<void> {
  for (const path of between) {
    await rm(recordPath(path), { force: true });
    await rm(path, { force: true });
  }
}
