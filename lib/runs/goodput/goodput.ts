/** What a run's time went to, in the order people read it; only "training" advanced it. */
export const timeParts = [
  "training",
  "data",
  "lostSteps",
  "saving",
  "measuring",
  "between",
  "start",
  "end",
  "silence",
  "queue",
] as const;

/**
 * training: steps that count, less their wait for data. data: that wait. lostSteps: steps done after the last checkpoint
 * of a start that ended, and so done again. saving: what training waited for a checkpoint. measuring: held-out loss.
 * between: other time between steps. start: from a start by the scheduler to the first step, measuring aside. end: from
 * the last step to the end of a start, with its last save. silence: of a start that was cut off, from its last word to
 * the next start. queue: waiting to be started.
 */
export type TimePart = (typeof timeParts)[number];

/** Microseconds since 1970: whole numbers add up exactly. */
export type Microseconds = number;

/** One start of the run by its scheduler. */
export interface StartSpan {
  readonly startedAt: Microseconds;
  /** Undefined: it runs, or was cut off. */
  readonly endedAt: Microseconds | undefined;
}

/** What the arithmetic needs of a line of metrics.jsonl; in the order they were written. */
export type TimedLine =
  | {
      readonly kind: "train";
      readonly step: number;
      readonly time: Microseconds;
      readonly stepTime: Microseconds;
      readonly dataTime: Microseconds;
    }
  /** `took` is 0 where the line does not say. */
  | { readonly kind: "eval"; readonly time: Microseconds; readonly took: Microseconds }
  | { readonly kind: "checkpoint"; readonly step: number; readonly time: Microseconds }
  /** The trainer begins behind this step. */
  | { readonly kind: "started"; readonly step: number; readonly time: Microseconds };

/** All that is known of a run's time. */
export interface RunTimeline {
  /** When it was asked for; undefined, its time begins with its first start. */
  readonly submittedAt: Microseconds | undefined;
  /** In order. */
  readonly starts: readonly StartSpan[];
  readonly lines: readonly TimedLine[];
  /** When it was over for good; undefined while it is not. */
  readonly endedAt: Microseconds | undefined;
}

/** What share of a run's time advanced it, and what the rest was lost to. */
export interface Goodput {
  /** Of the run's time that which advanced it, 0 to 1; NaN before any time has passed. */
  readonly share: number;
  /** From submission to the end; of a run that trains now, to its last line. */
  readonly total: Microseconds;
  /** Add up to the total exactly. */
  readonly parts: Readonly<Record<TimePart, Microseconds>>;
  /** Steps that were done and lost. */
  readonly lostSteps: number;
  readonly starts: number;
}

/**
 * Where a run's time went.
 *
 * Every microsecond from submission to the end belongs to exactly one part, so that the parts add up to the total.
 * Clocks that disagree cannot make time: what would lie before the part before it counts as no time.
 *
 * @param now the end of a run that waits or is just starting
 */
export function goodput(timeline: RunTimeline, now: Microseconds): Goodput {
  const { submittedAt, starts, lines, endedAt } = timeline;
  const first = submittedAt ?? starts[0]?.startedAt ?? lines[0]?.time ?? now;
  const clock = new Clock(first, endedAt ?? now);
  const lost = lostRows(timeline);
  const byStart = linesOfStarts(starts, lines);
  if (starts.length === 0 && lines.length === 0) clock.advance("queue", endedAt ?? now);
  for (const [index, own] of byStart.entries()) {
    const start = starts[index];
    const next = starts[index + 1];
    if (start !== undefined) clock.advance("queue", start.startedAt);
    passStart(clock, own, lost);
    const hasTrained = own.some(({ kind }) => kind === "train");
    if (start?.endedAt !== undefined) clock.advance(hasTrained ? "end" : "start", start.endedAt);
    else if (next !== undefined) clock.advance("silence", next.startedAt);
    else if (endedAt !== undefined) clock.advance("silence", endedAt);
    // It runs; what it is doing since its last step shows when the step is done.
    else if (!hasTrained) clock.advance("start", now);
  }
  const last = starts.at(-1);
  if (last?.endedAt !== undefined) clock.advance("queue", endedAt ?? now);
  const total = Object.values(clock.parts).reduce((sum, part) => sum + part, 0);
  return {
    share: clock.parts.training / total,
    total,
    parts: clock.parts,
    lostSteps: lost.size,
    starts: Math.max(starts.length, byStart.length),
  };
}

/** Gives each stretch of time to one part, and never goes back. */
class Clock {
  readonly parts = Object.fromEntries(timeParts.map((part) => [part, 0])) as Record<TimePart, Microseconds>;
  readonly #end: Microseconds;
  #now: Microseconds;

  constructor(first: Microseconds, end: Microseconds) {
    this.#now = first;
    this.#end = Math.max(first, end);
  }

  advance(part: TimePart, to: Microseconds): void {
    const time = Math.min(this.#end, Math.max(this.#now, to));
    this.parts[part] += time - this.#now;
    this.#now = time;
  }
}

function passStart(clock: Clock, lines: readonly TimedLine[], lost: ReadonlySet<TimedLine>): void {
  const saved = new Set(lines.flatMap((line) => (line.kind === "checkpoint" ? [line.step] : [])));
  const last = lines.findLast(({ kind }) => kind === "train");
  let gap: TimePart = "start";
  for (const line of lines) {
    if (line.kind === "started") clock.advance(gap, line.time);
    else if (line.kind === "eval") {
      clock.advance(gap, line.time - line.took);
      clock.advance("measuring", line.time);
    } else if (line.kind === "train") {
      const began = line.time - line.stepTime;
      clock.advance(gap, began);
      if (lost.has(line)) clock.advance("lostSteps", line.time);
      else {
        clock.advance("data", began + line.dataTime);
        clock.advance("training", line.time);
      }
      if (line === last) gap = "end";
      else gap = saved.has(line.step) ? "saving" : "between";
    }
  }
}

/** A line belongs to the last start before it. */
function linesOfStarts(starts: readonly StartSpan[], lines: readonly TimedLine[]): TimedLine[][] {
  if (starts.length === 0) return lines.length === 0 ? [] : [[...lines]];
  const byStart: TimedLine[][] = starts.map(() => []);
  let index = 0;
  for (const line of lines) {
    while (index + 1 < starts.length && starts[index + 1]!.startedAt <= line.time) index++;
    byStart[index]!.push(line);
  }
  return byStart;
}

/** Steps behind the checkpoint that a later start went on from, or behind the last of a start that ended unsaved. */
function lostRows({ starts, lines, endedAt }: RunTimeline): ReadonlySet<TimedLine> {
  const lost = new Set<TimedLine>();
  const byStart = linesOfStarts(starts, lines);
  const kept: { readonly step: number; readonly line: TimedLine }[] = [];
  const dropBehind = (step: number): void => {
    while (kept.length > 0 && kept.at(-1)!.step > step) lost.add(kept.pop()!.line);
  };
  let lastSaved = 0;
  for (const [index, own] of byStart.entries()) {
    for (const line of own) {
      if (line.kind === "checkpoint") lastSaved = Math.max(lastSaved, line.step);
      else if (line.kind === "started") {
        dropBehind(line.step);
        lastSaved = Math.min(lastSaved, line.step);
      } else if (line.kind === "train") {
        dropBehind(line.step - 1);
        kept.push({ step: line.step, line });
      }
    }
    const isOver =
      index + 1 < byStart.length || starts[index]?.endedAt !== undefined || endedAt !== undefined;
    if (isOver) dropBehind(lastSaved);
  }
  return lost;
}
