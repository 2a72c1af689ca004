/** One value of one metric. Where a run does not say how many tokens or what time, these are NaN. */
export interface MetricPoint {
  readonly step: number;
  readonly tokens: number;
  /** Seconds since the run's first line, waits between restarts included. */
  readonly seconds: number;
  readonly value: number;
}

/** What one evaluation of a run's model gave. */
export interface RunScore {
  readonly task: string;
  readonly metric: string;
  readonly value: number;
  readonly standardError: number | undefined;
}

/** What is to be put into {@link RunSeries}: one step's values by their names. */
export interface StepValues {
  readonly step: number;
  readonly tokens?: number | undefined;
  /** Seconds of any clock; one that goes back was set anew, and the time goes on from where it was. */
  readonly clock?: number | undefined;
  readonly values: Readonly<Record<string, number>>;
}

interface Metric {
  readonly points: MetricPoint[];
  restarts: number[];
}

/**
 * All that a run has written about itself, in one shape whatever wrote it: its metrics by name, each in order of steps.
 *
 * Where a metric's step goes back the run has started again from there: what was written of that step and later ones
 * before is void.
 */
export class RunSeries {
  readonly #metrics = new Map<string, Metric>();
  #seconds = NaN;
  #lastClock = NaN;
  readonly scores: RunScore[] = [];

  get metricNames(): string[] {
    return [...this.#metrics.keys()];
  }

  /** In order of steps; empty where the run has no such metric. */
  points(metric: string): readonly MetricPoint[] {
    return this.#metrics.get(metric)?.points ?? [];
  }

  /** The metric's first steps after the run was started again. */
  restarts(metric: string): readonly number[] {
    return this.#metrics.get(metric)?.restarts ?? [];
  }

  add({ step, tokens = NaN, clock = NaN, values }: StepValues): void {
    const seconds = this.#secondsAt(clock);
    for (const [name, value] of Object.entries(values)) {
      let metric = this.#metrics.get(name);
      if (metric === undefined) this.#metrics.set(name, (metric = { points: [], restarts: [] }));
      const { points } = metric;
      // A step that is written twice, such as a line and its correction: the later one holds.
      if (points.at(-1)?.step === step) points.pop();
      else if (step < (points.at(-1)?.step ?? -Infinity)) startAgain(metric, step);
      points.push({ step, tokens, seconds, value });
    }
  }

  /** The run starts again at a step: what any metric has of this step and later ones is void. */
  restart(step: number): void {
    for (const metric of this.#metrics.values()) startAgain(metric, step);
  }

  clear(): void {
    this.#metrics.clear();
    this.scores.length = 0;
    this.#seconds = NaN;
    this.#lastClock = NaN;
  }

  #secondsAt(clock: number): number {
    if (Number.isNaN(clock)) return NaN;
    if (Number.isNaN(this.#lastClock)) this.#seconds = 0;
    else this.#seconds += Math.max(0, clock - this.#lastClock);
    this.#lastClock = clock;
    return this.#seconds;
  }
}

function startAgain(metric: Metric, step: number): void {
  while ((metric.points.at(-1)?.step ?? -Infinity) >= step) metric.points.pop();
  metric.restarts = [...metric.restarts.filter((earlier) => earlier < step), step];
}
