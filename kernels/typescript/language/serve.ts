/* oxlint-disable unicorn/require-post-message-target-origin -- a MessagePort has no origin */
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { completeImport } from "../session/complete.ts";
import { log } from "../wire/log.ts";
import { collectGarbage } from "./collect-garbage.ts";
import type { FromLanguage, LanguageData, ToLanguage } from "./messages.ts";
import { NotebookTypes } from "./notebook-types.ts";
import { projectDeclarations } from "./project-declarations.ts";

/** A question waits no longer than for so many cells; those that run in a row are checked behind it. */
const CELLS_BEFORE_QUESTIONS = 3;
/** Memory is given back when nothing was asked for so long. */
const IDLE_MILLISECONDS = 2_000;
/** How long a cell waits for the values of the one before it to say their types. */
const TYPES_MILLISECONDS = 300;

/** Answer what the thread with the sockets asks about types, one thing after another. */
export async function serveLanguage(): Promise<void> {
  const port = parentPort!;
  const data = workerData as LanguageData;
  const waiting: ToLanguage[] = [];
  let wake: (() => void) | undefined;
  port.on("message", (message: ToLanguage) => {
    waiting.push(message);
    wake?.();
  });
  const declarations = await projectDeclarations(data.projectRoot);
  const types = new NotebookTypes({ ...data, declarations });
  const post = (message: FromLanguage): void => port.postMessage(message);
  // Reads the libraries, which takes a second, before anyone waits for it.
  types.complete("", 0);
  post({ type: "ready" });
  /** The last cell, until its values have said their types. */
  let unrefined: number | undefined;
  for (;;) {
    const message = takeNext(waiting);
    if (message === undefined) {
      const timer = setTimeout(collectGarbage, IDLE_MILLISECONDS);
      await new Promise<void>((resolve) => (wake = resolve));
      clearTimeout(timer);
      wake = undefined;
      continue;
    }
    if ((message.type === "cell" || message.type === "check") && unrefined !== undefined) {
      await waitForTypes(waiting, unrefined);
      const found = waiting.findIndex((other) => other.type === "types" && other.request === unrefined);
      if (found >= 0) handle(waiting.splice(found, 1)[0]!, { types, post, data });
    }
    handle(message, { types, post, data });
    if (message.type === "cell") unrefined = message.request;
    if (message.type === "types" && message.request === unrefined) unrefined = undefined;
    // Let messages in between two pieces of work.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function waitForTypes(waiting: readonly ToLanguage[], cell: number): Promise<void> {
  const until = performance.now() + TYPES_MILLISECONDS;
  const isTold = (): boolean => waiting.some((other) => other.type === "types" && other.request === cell);
  const isUrgent = (): boolean => waiting.some(({ type }) => type === "complete" || type === "inspect");
  while (!isTold() && !isUrgent() && performance.now() < until) await sleep(5);
}

function takeNext(waiting: ToLanguage[]): ToLanguage | undefined {
  const question = waiting.findIndex(({ type }) => type === "complete" || type === "inspect");
  return question > CELLS_BEFORE_QUESTIONS ? waiting.splice(question, 1)[0] : waiting.shift();
}

function handle(
  message: ToLanguage,
  { types, post, data }: { types: NotebookTypes; post: (message: FromLanguage) => void; data: LanguageData },
): void {
  const { request } = message;
  switch (message.type) {
    case "cell":
    case "check": {
      const cell = { label: message.label, source: message.code };
      const warnings = attempt([], () =>
        message.type === "cell" ? types.addCell(request, cell) : types.check(cell).warnings,
      );
      post({ type: "warnings", request, warnings });
      return;
    }
    case "types":
      attempt(undefined, () => types.refine(request, message.types));
      return;
    case "forget":
      types.forget(message.names);
      return;
    case "complete": {
      const { code, cursorPosition } = message;
      const completion = attempt(
        undefined,
        () => completeImport(code, cursorPosition, data) ?? types.complete(code, cursorPosition),
      );
      post({ type: "completion", request, completion });
      return;
    }
    case "inspect": {
      const { code, cursorPosition } = message;
      post({
        type: "inspection",
        request,
        inspection: attempt(undefined, () => types.inspect(code, cursorPosition)),
      });
    }
  }
}

/** A failure of the compiler costs an answer, not the service. */
function attempt<Result>(otherwise: Result, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    log(`the language service failed: ${error instanceof Error ? error.stack : String(error)}`);
    return otherwise;
  }
}
