import { setTimeout as sleep } from "node:timers/promises";
import type { LanguageClient } from "../language/client.ts";
import type { History } from "./history.ts";
import type { Iopub } from "./iopub.ts";
import type { Request } from "./request.ts";
import type { FromHost, ToHost } from "./thread-messages.ts";

/** Requests that a client sent in one go with a failing one arrive within this time. */
const PIPELINE_MILLISECONDS = 5;

/** Runs `execute_request`s one after another. */
export class ExecutionQueue {
  readonly #iopub: Iopub;
  readonly #history: History;
  readonly #post: (message: ToHost) => void;
  readonly #takeOutput: () => void;
  readonly #onRunning: (isRunning: boolean) => void;
  readonly #isFree: () => Promise<void>;
  readonly #language: LanguageClient;
  #waiting: Request[] = [];
  #running: Request | undefined;
  #latest: Request | undefined;
  /** The cell that is over, with its last output under way. */
  #ending: Request | undefined;
  #executionCount = 0;

  constructor(options: {
    iopub: Iopub;
    history: History;
    language: LanguageClient;
    post: (message: ToHost) => void;
    takeOutput: () => void;
    onRunning: (isRunning: boolean) => void;
    /** Resolves when the next cell may start: an interrupt that was under way can no longer reach it. */
    isFree: () => Promise<void>;
  }) {
    this.#isFree = options.isFree;
    this.#onRunning = options.onRunning;
    this.#takeOutput = options.takeOutput;
    this.#language = options.language;
    this.#iopub = options.iopub;
    this.#history = options.history;
    this.#post = options.post;
  }

  get running(): Request | undefined {
    return this.#running;
  }

  /** The cell that runs, or the one that ran last. */
  get latest(): Request | undefined {
    return this.#latest;
  }

  add(request: Request): void {
    this.#waiting.push(request);
    this.#next();
  }

  /** The host has finished a request: answer it, and on an error drop what was queued behind it. */
  async finish(reply: FromHost & { type: "reply" }): Promise<void> {
    const request = this.#running;
    // A host that is stopped while it ends a cell ends it again.
    if (request === undefined || request.id !== reply.request || request === this.#ending) return;
    this.#ending = request;
    const { content } = request.message;
    if (isStored(content)) {
      this.#history.add({
        line: this.#executionCount,
        input: String(content["code"]),
        output: reply.resultText,
      });
    }
    this.#takeOutput();
    await this.#iopub.drained();
    let aborted: Request[] = [];
    if (!reply.ok && content["stop_on_error"] !== false) {
      await sleep(PIPELINE_MILLISECONDS);
      aborted = this.#waiting;
      this.#waiting = [];
    }
    void request.reply(reply.contentJson);
    request.status("idle");
    for (const dropped of aborted) {
      dropped.status("busy");
      void dropped.reply({ status: "aborted" });
      dropped.status("idle");
    }
    await this.#isFree();
    this.#running = undefined;
    this.#onRunning(false);
    this.#next();
  }

  #next(): void {
    if (this.#running !== undefined) return;
    const request = this.#waiting.shift();
    if (request === undefined) return;
    this.#running = request;
    this.#latest = request;
    this.#onRunning(true);
    request.status("busy");
    const { content } = request.message;
    const code = content["code"];
    if (typeof code !== "string") {
      void request.replyError("ProtocolError", `"code" must be a string, got ${JSON.stringify(code)}`);
      request.status("idle");
      this.#running = undefined;
      this.#next();
      return;
    }
    const silent = content["silent"] === true;
    if (isStored(content)) this.#executionCount += 1;
    const executionCount = this.#executionCount;
    if (!silent) request.publish("execute_input", { code, execution_count: executionCount });
    const start = (): void => {
      if (!silent) this.#language.cellStarts(request.id, { label: `Cell [${executionCount}]`, code });
      this.#post({
        type: "execute",
        request: request.id,
        code,
        executionCount,
        silent,
        allowStdin: content["allow_stdin"] === true,
        userExpressions: stringsOf(content["user_expressions"]),
      });
    };
    if (silent || !this.#language.isStrict) start();
    else void this.#checkFirst(request, { code, executionCount }, start);
  }

  /** With strict types a cell that has type errors does not run. */
  async #checkFirst(
    request: Request,
    { code, executionCount }: { code: string; executionCount: number },
    start: () => void,
  ): Promise<void> {
    const warnings = await this.#language.check(request.id, { label: `Cell [${executionCount}]`, code });
    if (warnings.length === 0) return start();
    const traceback = warnings.map(({ text }) => text);
    const error = { ename: "TypeCheckError", evalue: traceback[0]!, traceback };
    request.publish("error", error);
    const contentJson = JSON.stringify({ status: "error", execution_count: executionCount, ...error });
    await this.finish({ type: "reply", request: request.id, contentJson, ok: false });
  }
}

function isStored(content: Record<string, unknown>): boolean {
  return content["silent"] !== true && content["store_history"] !== false;
}

function stringsOf(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, source]) => [name, String(source)]));
}
