import type { Timing } from "../../kernel-object.ts";
import type { Cell } from "../cell.ts";
import { durationText, shownAsText } from "./shown.ts";

/** How long a cell has run so far. */
export function timeCell(cell: Cell): Timing {
  const { started } = cell;
  if (started === undefined)
    throw new Error("kernel.time() without a function times a cell; no cell runs here");
  const milliseconds = performance.now() - started.milliseconds;
  return timing([milliseconds], cpuMilliseconds(started.cpu));
}

/** Call a function, once or more often, and time each call. */
export async function timeWork(
  work: unknown,
  options: { readonly runs?: number } = {},
): Promise<Timing & { readonly value: unknown }> {
  if (typeof work !== "function")
    throw new TypeError(`kernel.time takes a function, got ${typeof work}: () => ...`);
  const { runs = 1 } = options;
  if (!Number.isInteger(runs) || runs < 1)
    throw new RangeError(`"runs" must be a whole number >= 1, got ${runs}`);
  const cpu = process.cpuUsage();
  const durations: number[] = [];
  let value: unknown;
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    value = (work as () => unknown)();
    // Waiting takes a turn of the queue even where nothing is to be waited for.
    if (isThenable(value)) value = await value;
    durations.push(performance.now() - started);
  }
  const timed = timing(durations, cpuMilliseconds(cpu));
  return Object.defineProperty(timed, "value", { value, enumerable: true }) as Timing & { value: unknown };
}

function timing(durations: readonly number[], cpu: number): Timing {
  const sorted = durations.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  const timed: Timing = {
    milliseconds: median,
    cpuMilliseconds: cpu,
    runs: durations.length,
    fastestMilliseconds: sorted[0]!,
    slowestMilliseconds: sorted.at(-1)!,
  };
  const range = `${durationText(sorted[0]!)} to ${durationText(sorted.at(-1)!)}`;
  const text =
    durations.length === 1
      ? `${durationText(median)}, processor ${durationText(cpu)}`
      : `${durationText(median)}, the median of ${durations.length} runs (${range})`;
  return shownAsText(timed, text);
}

function cpuMilliseconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}
