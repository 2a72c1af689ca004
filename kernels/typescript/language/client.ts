/* oxlint-disable unicorn/require-post-message-target-origin -- a MessagePort has no origin */
import { Worker } from "node:worker_threads";
import type { Completion } from "../session/complete.ts";
import type { Inspection } from "../session/inspection.ts";
import { log } from "../wire/log.ts";
import type { FromLanguage, LanguageData, ToLanguage, TypeWarning } from "./messages.ts";

/** The language service starts when the kernel has had nothing to do for so long, or is asked something. */
const IDLE_MILLISECONDS = 1_000;
/** Its young objects die young; a small space for them keeps the process small. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 400 };

/** Of messages that have no answer. */
const NO_REQUEST = -1;

/** `warn`: type errors are told after their cell; `strict`: they keep it from running; `off`: no types at all. */
export const typesModes = ["warn", "strict", "off"] as const;
export type TypesMode = (typeof typesModes)[number];

export interface LanguageClientOptions extends LanguageData {
  readonly mode: TypesMode;
  /** Warnings of a cell that has ended. */
  readonly onWarnings: (request: number, lines: readonly string[]) => void;
}

interface RunningCell {
  warnings?: readonly TypeWarning[];
  ended?: { readonly ok: boolean };
}

/**
 * The language service as the thread with the sockets knows it: a worker that starts late and may die, and
 * without which everything else goes on.
 */
export class LanguageClient {
  readonly #options: LanguageClientOptions;
  readonly #cells = new Map<number, RunningCell>();
  readonly #completions = new Map<number, (completion: Completion | undefined) => void>();
  readonly #inspections = new Map<number, (inspection: Inspection | undefined) => void>();
  readonly #checks = new Map<number, (warnings: readonly TypeWarning[]) => void>();
  /** What it will be told when it starts. */
  #backlog: ToLanguage[] = [];
  #worker: Worker | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #isDead = false;
  #isReady = false;

  constructor(options: LanguageClientOptions) {
    this.#options = options;
    this.#isDead = options.mode === "off";
  }

  /** Whether each cell is to be checked before it runs. */
  get isStrict(): boolean {
    return this.#options.mode === "strict" && !this.#isDead;
  }

  /** Whether it answers within milliseconds. */
  get isReady(): boolean {
    return this.#isReady && !this.#isDead;
  }

  /** A cell is about to run. */
  cellStarts(request: number, cell: { label: string; code: string }): void {
    clearTimeout(this.#idleTimer);
    this.#cells.set(request, {});
    this.#post({ type: "cell", request, ...cell });
  }

  /** A cell has ended: its warnings come now, or as soon as they are known. */
  cellEnds(request: number, { ok }: { ok: boolean }): void {
    const cell = this.#cells.get(request);
    if (cell === undefined) return;
    cell.ended = { ok };
    this.#tellWarnings(request, cell);
    if (!ok) this.types(request, {});
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.start(), IDLE_MILLISECONDS);
    this.#idleTimer.unref();
  }

  /** The values of a cell that has ended say their types. */
  types(request: number, types: Readonly<Record<string, string>>): void {
    this.#post({ type: "types", request, types });
  }

  /** Names that no cell has any longer. */
  forget(names: readonly string[]): void {
    this.#post({ type: "forget", request: NO_REQUEST, names });
  }

  /** The type errors of a cell that has not run. */
  check(request: number, cell: { label: string; code: string }): Promise<readonly TypeWarning[]> {
    this.start();
    if (this.#isDead) return Promise.resolve([]);
    return new Promise((resolve) => {
      this.#checks.set(request, resolve);
      this.#post({ type: "check", request, ...cell });
    });
  }

  /** @returns undefined where types know nothing, or there is no service */
  complete(request: number, code: string, cursorPosition: number): Promise<Completion | undefined> {
    return this.#ask(this.#completions, { type: "complete", request, code, cursorPosition });
  }

  /** @returns undefined where types know nothing, or there is no service */
  inspect(request: number, code: string, cursorPosition: number): Promise<Inspection | undefined> {
    return this.#ask(this.#inspections, { type: "inspect", request, code, cursorPosition });
  }

  /** Start the worker, unless it runs. */
  start(): void {
    if (this.#worker !== undefined || this.#isDead) return;
    const { directory, projectRoot } = this.#options;
    const workerData: LanguageData = { directory, projectRoot };
    const worker = new Worker(new URL("worker.mjs", import.meta.url), {
      argv: process.argv.slice(2),
      // As for the other threads: descriptors 1 and 2 must stay blocking.
      stdout: true,
      stderr: true,
      workerData,
      resourceLimits: RESOURCE_LIMITS,
    });
    this.#worker = worker;
    worker.on("message", (message: FromLanguage) => this.#receive(message));
    worker.on("error", (error) => log(`the language service ended: ${String(error)}`));
    worker.on("exit", () => this.#giveUp());
    worker.unref();
    for (const message of this.#backlog) worker.postMessage(message);
    this.#backlog = [];
  }

  #post(message: ToLanguage): void {
    if (this.#isDead) return;
    if (this.#worker === undefined) this.#backlog.push(message);
    else this.#worker.postMessage(message);
  }

  #ask<Answer>(
    waiting: Map<number, (answer: Answer | undefined) => void>,
    message: ToLanguage,
  ): Promise<Answer | undefined> {
    this.start();
    if (this.#isDead) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      waiting.set(message.request, resolve);
      this.#post(message);
    });
  }

  #receive(message: FromLanguage): void {
    switch (message.type) {
      case "ready":
        this.#isReady = true;
        return;
      case "completion":
        this.#completions.get(message.request)?.(message.completion);
        this.#completions.delete(message.request);
        return;
      case "inspection":
        this.#inspections.get(message.request)?.(message.inspection);
        this.#inspections.delete(message.request);
        return;
      case "warnings": {
        const { request, warnings } = message;
        const check = this.#checks.get(request);
        this.#checks.delete(request);
        if (check !== undefined) return check(warnings);
        const cell = this.#cells.get(request);
        if (cell === undefined) return;
        cell.warnings = warnings;
        this.#tellWarnings(request, cell);
      }
    }
  }

  #tellWarnings(request: number, { warnings, ended }: RunningCell): void {
    if (warnings === undefined || ended === undefined) return;
    this.#cells.delete(request);
    // A cell that failed has said so itself.
    const shown = ended.ok ? warnings : warnings.filter(({ isToldByRunning }) => !isToldByRunning);
    if (shown.length > 0)
      this.#options.onWarnings(
        request,
        shown.map(({ text }) => text),
      );
  }

  #giveUp(): void {
    this.#isDead = true;
    this.#backlog = [];
    for (const resolve of this.#completions.values()) resolve(undefined);
    for (const resolve of this.#inspections.values()) resolve(undefined);
    for (const resolve of this.#checks.values()) resolve([]);
    for (const waiting of [this.#completions, this.#inspections, this.#checks]) waiting.clear();
  }
}
