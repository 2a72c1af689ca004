import type { Session } from "../session/session.ts";
import type { ExecuteOptions } from "../wire/thread-messages.ts";
import { type Cell, runInCell, setLatestCell } from "./cell.ts";
import { type HelpQuery, parseHelpQuery } from "./help-query.ts";
import type { JupyterHost } from "./host.ts";
import type { Interruption } from "./interruption.ts";
import { isKeyboardInterrupt, KeyboardInterrupt } from "./keyboard-interrupt.ts";
import { type Outbox, toJson } from "./outbox.ts";

/** As it was before any cell could replace it. */
const { cpuUsage } = process;

interface RunOutcome {
  readonly resultText: string | undefined;
  readonly userExpressions: object;
}

const NOTHING_RUN: RunOutcome = { resultText: undefined, userExpressions: {} };

type ErrorContent = ReturnType<Session["formatError"]>;

/** Runs one cell at a time and reports how it ended, exactly once. */
export class CellRunner {
  readonly #session: Promise<Session>;
  readonly #outbox: Outbox;
  readonly #host: JupyterHost;
  readonly #interruption: Interruption;
  #interruptRunning: (() => void) | undefined;

  constructor(options: {
    session: Promise<Session>;
    outbox: Outbox;
    host: JupyterHost;
    interruption: Interruption;
  }) {
    this.#interruption = options.interruption;
    this.#session = options.session;
    this.#outbox = options.outbox;
    this.#host = options.host;
  }

  start(id: number, options: ExecuteOptions): void {
    const { silent, allowStdin, executionCount } = options;
    const started = { milliseconds: performance.now(), cpu: cpuUsage() };
    const cell: Cell = { id, silent, allowStdin, interrupt: new AbortController(), started };
    setLatestCell(cell);
    let settled = false;
    const settle = (
      content: object,
      result: { error?: ErrorContent; resultText?: string | undefined },
    ): void => {
      // The end of an interrupted cell may still come after the interrupt has ended it.
      if (settled) return;
      if (result.error !== undefined) this.#outbox.publish(cell, "error", result.error);
      this.#outbox.post({
        type: "reply",
        request: id,
        contentJson: toJson({ ...content, execution_count: executionCount }),
        ok: result.error === undefined,
        ...(result.resultText !== undefined && { resultText: result.resultText }),
      });
      // Last: an interrupt may stop this thread here too, and asks again then.
      settled = true;
      this.#interruptRunning = undefined;
    };
    const fail = (error: ErrorContent): void => settle({ status: "error", ...error }, { error });

    // Code that is terminated never settles its promise, so the interrupt ends the cell from outside.
    this.#interruptRunning = () => {
      fail(interruptContent());
      cell.interrupt.abort(new KeyboardInterrupt());
      this.#interruption.stopped(cell);
    };
    void runInCell(cell, async () => {
      let session: Session;
      try {
        session = await this.#session;
      } catch (error) {
        const evalue = error instanceof Error ? error.message : String(error);
        return fail({ ename: "KernelError", evalue, traceback: [`the kernel could not start: ${evalue}`] });
      }
      try {
        const query = parseHelpQuery(options.code);
        const { resultText, userExpressions } =
          query === undefined ? await this.#run(session, cell, options, () => settled) : NOTHING_RUN;
        const payload = query === undefined ? [] : [helpPage(session, query)];
        settle({ status: "ok", payload, user_expressions: userExpressions }, { resultText });
        this.#outbox.post({ type: "types", cell: id, types: await session.describeTypes() });
      } catch (error) {
        fail(isKeyboardInterrupt(error) ? interruptContent() : session.formatError(error));
      }
    });
  }

  /** End the running cell, if there is one. */
  interrupt(): void {
    this.#interruptRunning?.();
  }

  async #run(
    session: Session,
    cell: Cell,
    options: ExecuteOptions,
    isSettled: () => boolean,
  ): Promise<RunOutcome> {
    const { code, executionCount, userExpressions } = options;
    const { hasValue, value } = await session.execute(code, { executionCount });
    let resultText: string | undefined;
    if (hasValue && value !== undefined && !cell.silent) {
      const content = await this.#host.format(value);
      if (isSettled()) return { resultText, userExpressions: {} };
      // JupyterLab updates no results, so what can be updated by its name is shown as an output.
      const isUpdatable = content.transient.display_id !== undefined;
      if (isUpdatable) this.#outbox.publish(cell, "display_data", content);
      else this.#outbox.publish(cell, "execute_result", { execution_count: executionCount, ...content });
      const text = content.data["text/plain"];
      if (typeof text === "string") resultText = text;
    }
    return { resultText, userExpressions: await this.#evaluate(session, userExpressions) };
  }

  async #evaluate(session: Session, expressions: Readonly<Record<string, string>>): Promise<object> {
    const results: Record<string, object> = {};
    for (const [name, source] of Object.entries(expressions)) {
      try {
        const { data, metadata } = await this.#host.format(await session.evaluateExpression(source));
        results[name] = { status: "ok", data, metadata };
      } catch (error) {
        results[name] = { status: "error", ...session.formatError(error) };
      }
    }
    return results;
  }
}

/** Front ends show it in a pager or below the cell. */
function helpPage(session: Session, { expression, detailLevel }: HelpQuery): object {
  const { found, data } = session.inspect(expression, expression.length, detailLevel);
  return {
    source: "page",
    start: 0,
    data: found ? data : { "text/plain": `nothing is known of ${expression}` },
  };
}

function interruptContent(): ErrorContent {
  const { name, message } = new KeyboardInterrupt();
  return { ename: name, evalue: message, traceback: [`${name}: ${message}`] };
}
