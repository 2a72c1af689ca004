import { randomUUID } from "node:crypto";

import { checkRecord } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { isRestricted } from "../core/restricted.ts";
import { PROGRESS_MIME } from "./bundle.ts";
import type { RichBundle } from "./bundle.ts";
import { escapeHtml } from "./escape-html.ts";
import { jupyterHost } from "./jupyter-host.ts";

export interface ProgressOptions {
  /** What is being done. @default "Progress" */
  readonly label?: string;
  /** Number of steps to the end; unknown when left out. A list's own length needs no telling. */
  readonly total?: number;
  /** What a step is, in the plural: `"documents"`. @default "" */
  readonly unit?: string;
}

/** The saved form: how far it came, without times, so that two runs save the same. */
export interface ProgressModel {
  readonly version: 1;
  readonly label: string;
  readonly value: number;
  readonly total: number | null;
  readonly unit: string;
  readonly state: "running" | "done" | "stopped";
  /** Value, rate and time left, in words. */
  readonly detail: string;
}

/** Shortest time between two updates on screen. */
const UPDATE_MILLISECONDS = 100;

/** A bar on screen that is moved by hand. Leaving a `using` block ends it as stopped unless it is done. */
export class Progress implements Disposable {
  readonly #label: string;
  readonly #unit: string;
  readonly #total: number | null;
  readonly #displayId = randomUUID();
  readonly #started = performance.now();
  #stage = "";
  #value = 0;
  #shown = false;
  #lastUpdate = 0;
  #state: ProgressModel["state"] = "running";

  constructor(options: ProgressOptions = {}) {
    checkRecord("options", "an object of options", options);
    const { label = "Progress", total, unit = "" } = options;
    if (isRestricted(options)) throw new ArgumentError("options", "an object of options", options);
    if (total !== undefined && !(Number.isFinite(total) && total >= 0)) {
      throw new ArgumentError("total", "a number >= 0", total);
    }
    this.#label = label;
    this.#unit = unit;
    this.#total = total ?? null;
    this.#show();
    jupyterHost()?.interruptSignal.addEventListener("abort", this.#stop, { once: true });
  }

  /** An interrupt ends a synchronous loop without running its `finally`. */
  readonly #stop = (): void => this.#end("stopped");

  /** Go on by some steps. */
  advance(steps = 1): void {
    this.update(this.#value + steps);
  }

  /** Say how many steps are done, and what is being done now. On screen at most ten times a second. */
  update(value: number, stage = this.#stage): void {
    this.#value = value;
    this.#stage = stage;
    if (performance.now() - this.#lastUpdate >= UPDATE_MILLISECONDS) this.#show();
  }

  /** Say that the end is reached. */
  done(): void {
    this.#end("done");
  }

  [Symbol.dispose](): void {
    this.#end("stopped");
  }

  #end(state: ProgressModel["state"]): void {
    if (this.#state !== "running") return;
    this.#state = state;
    jupyterHost()?.interruptSignal.removeEventListener("abort", this.#stop);
    this.#show();
  }

  #show(): void {
    this.#lastUpdate = performance.now();
    const host = jupyterHost();
    if (host !== undefined) {
      host.display(progressBundle(this.#model()), { displayId: this.#displayId, update: this.#shown });
    } else if (process.stderr.isTTY) {
      process.stderr.write(
        `\r\u001B[K${progressText(this.#model())}${this.#state === "running" ? "" : "\n"}`,
      );
    }
    this.#shown = true;
  }

  #model(): ProgressModel {
    const running = this.#state === "running";
    const words = [countText(this.#value, this.#total, this.#unit), ...(running ? this.#times() : [])];
    if (this.#state === "stopped") words.push("stopped");
    if (running && this.#stage !== "") words.push(this.#stage);
    const fixed = {
      version: 1,
      label: this.#label,
      value: this.#value,
      total: this.#total,
      unit: this.#unit,
    } as const;
    return { ...fixed, state: this.#state, detail: words.join(" · ") };
  }

  /** Rate and time left, once there is something to judge them by. */
  #times(): string[] {
    const seconds = (performance.now() - this.#started) / 1000;
    if (this.#value === 0 || seconds < 1) return [];
    const perSecond = this.#value / seconds;
    const rate = `${perSecond.toLocaleString("en-US", { maximumSignificantDigits: 3 })} per second`;
    if (this.#total === null) return [rate];
    return [rate, `${durationText((this.#total - this.#value) / perSecond)} left`];
  }
}

/**
 * Show how far a loop is, or make a bar that is moved by hand.
 *
 * Wrapped around a list or a stream it gives the same items; breaking out of the loop, an error or an
 * interrupt leaves the bar as stopped. However many steps, one output remains, with the final state.
 *
 * @example
 * for (const file of progress(files, { label: "Reading" })) read(file)
 * for await (const row of progress(table, { label: "Rows", total: await table.count() })) count += 1
 * using bar = progress({ label: "Training", total: 100 }); bar.advance(); bar.done()
 */
export function progress(options?: ProgressOptions): Progress;
export function progress<Item>(items: Iterable<Item>, options?: ProgressOptions): Generator<Item, void, void>;
export function progress<Item>(
  items: AsyncIterable<Item>,
  options?: ProgressOptions,
): AsyncGenerator<Item, void, void>;
export function progress<Item>(
  first?: ProgressOptions | Iterable<Item> | AsyncIterable<Item>,
  options: ProgressOptions = {},
): Progress | Generator<Item, void, void> | AsyncGenerator<Item, void, void> {
  if (isAsyncIterable<Item>(first)) return overStream(first, options);
  if (isIterable<Item>(first)) return overList(first, { ...lengthOf(first), ...options });
  return new Progress(first);
}

function* overList<Item>(items: Iterable<Item>, options: ProgressOptions): Generator<Item, void, void> {
  using bar = new Progress(options);
  for (const item of items) {
    yield item;
    bar.advance();
  }
  bar.done();
}

async function* overStream<Item>(
  items: AsyncIterable<Item>,
  options: ProgressOptions,
): AsyncGenerator<Item, void, void> {
  using bar = new Progress(options);
  for await (const item of items) {
    yield item;
    bar.advance();
  }
  bar.done();
}

/** All forms of a progress bar. */
function progressBundle(model: ProgressModel): RichBundle {
  const text = progressText(model);
  return {
    data: { [PROGRESS_MIME]: model, "text/html": `<div>${escapeHtml(text)}</div>`, "text/plain": text },
  };
}

function progressText({ label, detail }: ProgressModel): string {
  return `${label}: ${detail}`;
}

function countText(value: number, total: number | null, unit: string): string {
  const known = total === null ? "" : ` of ${total.toLocaleString("en-US")}`;
  return `${value.toLocaleString("en-US")}${known}${unit === "" ? "" : ` ${unit}`}`;
}

/** A duration in its two largest units: `"2 h 5 min"`, `"48 s"`. */
function durationText(totalSeconds: number): string {
  const seconds = Math.max(0, Math.round(totalSeconds));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

function lengthOf(items: object): { total: number } | undefined {
  const { length, size } = items as { length?: unknown; size?: unknown };
  const total = length ?? size;
  return typeof total === "number" ? { total } : undefined;
}

function isIterable<Item>(value: unknown): value is Iterable<Item> {
  return typeof (value as { [Symbol.iterator]?: unknown } | undefined)?.[Symbol.iterator] === "function";
}

function isAsyncIterable<Item>(value: unknown): value is AsyncIterable<Item> {
  return (
    typeof (value as { [Symbol.asyncIterator]?: unknown } | undefined)?.[Symbol.asyncIterator] === "function"
  );
}
