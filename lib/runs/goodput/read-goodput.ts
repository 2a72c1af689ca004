import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { checkText } from "../../core/arguments.ts";
import { LineCutter } from "../../core/line-cutter.ts";
import { GrowingFile } from "../growing-file.ts";
import { parseMetricLine } from "../metric-row.ts";
import { goodput, type Goodput, type Microseconds, type StartSpan, type TimedLine } from "./goodput.ts";

/**
 * Reads what share of a run's time advanced it, from its folder: metrics.jsonl, and what its scheduler's starts left
 * (`attempts/`, `submitted.json` and `exit.json` of a cluster, `job.json` of this machine).
 *
 * Each refresh reads only what the metrics have grown by.
 *
 * @example
 * const { share, parts } = await new GoodputReader(job.folder).refresh();
 */
export class GoodputReader {
  readonly #folder: string;
  readonly #file: GrowingFile;
  readonly #cutter = new LineCutter();
  #lines: TimedLine[] = [];

  /** @param folder the run folder, which may have no metrics yet */
  constructor(folder: string) {
    this.#folder = folder;
    this.#file = new GrowingFile(join(folder, "metrics.jsonl"));
  }

  async refresh(now: Date = new Date()): Promise<Goodput> {
    await this.#file.look(
      (bytes) => {
        for (const text of this.#cutter.take(bytes)) {
          const line = timedLine(text);
          if (line !== undefined) this.#lines.push(line);
        }
      },
      () => {
        this.#cutter.startAnew();
        this.#lines = [];
      },
    );
    const starts = (await startsOnCluster(this.#folder)) ?? (await startsHere(this.#folder));
    return goodput({ ...starts, lines: this.#lines }, now.getTime() * 1000);
  }
}

/** Where a run's time went, read once. */
export function readGoodput(folder: string): Promise<Goodput> {
  checkText("folder", "the path of a run folder", folder);
  return new GoodputReader(folder).refresh();
}

function timedLine(text: string): TimedLine | undefined {
  const parsed = parseMetricLine(text);
  if (parsed === undefined) return undefined;
  const { kind, row } = parsed;
  const time = fromSeconds(row.time);
  switch (kind) {
    case "train": {
      const times = { stepTime: fromSeconds(row.stepSeconds), dataTime: fromSeconds(row.dataSeconds) };
      return { kind, step: row.step, time, ...times };
    }
    case "eval":
      return { kind, time, took: fromSeconds(row.seconds) };
    case "checkpoint":
      return { kind, step: row.step, time };
    case "event":
      return row.event === "started" ? { kind: "started", step: row.step, time } : undefined;
  }
}

interface Starts {
  readonly starts: readonly StartSpan[];
  readonly submittedAt: Microseconds | undefined;
  readonly endedAt: Microseconds | undefined;
}

interface AttemptTimes {
  readonly attempt: number;
  readonly startedAt: string;
  readonly endedAt?: string;
}

async function startsOnCluster(folder: string): Promise<Starts | undefined> {
  const names = await readdir(join(folder, "attempts")).catch(() => undefined);
  const submitted = await readJson<{ time: string }>(join(folder, "submitted.json"));
  if (names === undefined && submitted === undefined) return undefined;
  const files = (names ?? []).filter((name) => /^\d+\.json$/u.test(name));
  const attempts = await Promise.all(
    files.map((name) => readJson<AttemptTimes>(join(folder, "attempts", name))),
  );
  const known = attempts.filter((each) => each !== undefined);
  const exit = await readJson<{ time: string }>(join(folder, "exit.json"));
  return {
    submittedAt: fromText(submitted?.time),
    starts: known
      .toSorted((left, right) => left.attempt - right.attempt)
      .map(({ startedAt, endedAt }) => ({ startedAt: fromText(startedAt)!, endedAt: fromText(endedAt) })),
    endedAt: fromText(exit?.time),
  };
}

interface LocalRecord {
  readonly state: string;
  readonly attempts: readonly { readonly plannedAt: string; readonly endedAt?: string }[];
}

/** On this machine a run starts when it is asked to; between an end and the next start nobody waits for it. */
async function startsHere(folder: string): Promise<Starts> {
  const record = await readJson<LocalRecord>(join(folder, "job.json"));
  const starts = (record?.attempts ?? []).map(({ plannedAt, endedAt }) => ({
    startedAt: fromText(plannedAt)!,
    endedAt: fromText(endedAt),
  }));
  return { submittedAt: starts[0]?.startedAt, starts, endedAt: starts.at(-1)?.endedAt };
}

async function readJson<Value>(path: string): Promise<Value | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Value;
  } catch {
    return undefined;
  }
}

function fromText(time: string | undefined): Microseconds | undefined {
  const milliseconds = time === undefined ? NaN : Date.parse(time);
  return Number.isNaN(milliseconds) ? undefined : milliseconds * 1000;
}

function fromSeconds(seconds: number): Microseconds {
  return Number.isFinite(seconds) ? Math.round(seconds * 1e6) : 0;
}
