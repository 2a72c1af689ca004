import { inspect, types } from "node:util";
import { displayContent, type Bundle, type DisplayContent } from "./bundle.ts";
import { currentCell } from "./cell.ts";
import { type Comm, Comms, type CommTargetHandler } from "./comms.ts";
import { isKeyboardInterrupt } from "./keyboard-interrupt.ts";
import type { Outbox } from "./outbox.ts";
import { preview } from "./preview.ts";

/** Name of the display method of values, and of the host on `globalThis`. */
export const DISPLAY = Symbol.for("Jupyter.display");

/** Gives a bundle for the values it knows, undefined for the others. */
export type Formatter = (value: unknown) => Bundle | undefined | Promise<Bundle | undefined>;

/** What code in a notebook reaches as `globalThis[Symbol.for("Jupyter.display")]`. */
export class JupyterHost {
  readonly #outbox: Outbox;
  readonly #formatters: Formatter[] = [];
  readonly #describeError: (error: unknown) => string;
  /** Comms, for the thread's message loop. */
  readonly comms: Comms;

  constructor(options: { outbox: Outbox; describeError: (error: unknown) => string }) {
    this.#outbox = options.outbox;
    this.#describeError = options.describeError;
    this.comms = new Comms(options.outbox, (error) => this.showError(error));
  }

  /**
   * Show a bundle in the cell that the calling code belongs to.
   *
   * @param options.displayId name to update it by; the bundle may carry its own
   * @param options.update replace every output shown under that name instead of adding one
   * @throws TypeError for what is no bundle, and for an update without a name
   */
  display(bundle: Bundle, options: { displayId?: string; update?: boolean } = {}): void {
    const content = displayContent(bundle, options);
    if (options.update === true && content.transient.display_id === undefined) {
      throw new TypeError('"displayId" must be given to update an output');
    }
    this.#outbox.publish(
      currentCell(),
      options.update === true ? "update_display_data" : "display_data",
      content,
    );
  }

  /** @param options.wait clear only when the next output comes, so that nothing flickers */
  clearOutput(options: { wait?: boolean } = {}): void {
    this.#outbox.publish(currentCell(), "clear_output", { wait: options.wait ?? false });
  }

  /** Let front ends open comms with this target name. */
  registerCommTarget(name: string, handler: CommTargetHandler): void {
    this.comms.register(name, handler);
  }

  openComm(target: string, data: unknown, metadata?: object): Comm {
    return this.comms.open(target, data, metadata);
  }

  /** Show values by a function; the last one registered is asked first. */
  registerFormatter(formatter: Formatter): void {
    this.#formatters.unshift(formatter);
  }

  /** Aborted when the cell that the calling code belongs to is interrupted. */
  get interruptSignal(): AbortSignal {
    return currentCell().interrupt.signal;
  }

  /** Show an error that ends no cell: it is thrown late, or by a display. */
  showError(error: unknown): void {
    // What an interrupted cell left behind ends with it; the cell has said so.
    if (isKeyboardInterrupt(error)) return;
    this.#outbox.stream(currentCell(), "stderr", `${this.#describeError(error)}\n`);
  }

  /**
   * How a value is shown as a result: by its own method, a formatter, or as text.
   *
   * A method of the value that fails is told beside its text. A formatter that fails fails the cell: what a
   * library shows may be work that the cell asked for, such as a query.
   */
  async format(value: unknown): Promise<DisplayContent> {
    try {
      const own = displayMethod(value)?.call(value);
      if (own !== undefined) return displayContent((await own) as Bundle);
    } catch (error) {
      this.showError(error);
      return this.#textOf(value);
    }
    for (const formatter of this.#formatters) {
      const bundle = await formatter(value);
      if (bundle !== undefined) return displayContent(bundle);
    }
    return this.#textOf(value);
  }

  #textOf(value: unknown): DisplayContent {
    const text = types.isNativeError(value) ? this.#describeError(value) : safePreview(value);
    return displayContent({ "text/plain": text });
  }
}

/** The method by which a value shows itself; a proxy is not asked, since asking runs its code. */
function displayMethod(value: unknown): ((this: unknown) => unknown) | undefined {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return undefined;
  if (types.isProxy(value)) return undefined;
  const method = (value as Record<symbol, unknown>)[DISPLAY];
  return typeof method === "function" ? (method as (this: unknown) => unknown) : undefined;
}

function safePreview(value: unknown): string {
  try {
    return preview(value);
  } catch (error) {
    return `[value that cannot be shown: ${inspect(error, { depth: 0 })}]`;
  }
}
