import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import { inspect } from "node:util";

import { checkRecord } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import { unknownName } from "../core/nearest-name.ts";
import { DISPLAY_SYMBOL, WIDGET_MIME, isDisplayable, toRichBundle } from "./bundle.ts";
import type { Displayable, RichBundle } from "./bundle.ts";
import { escapeHtml } from "./escape-html.ts";
import { jupyterHost } from "./jupyter-host.ts";
import { keepWidget, widgetId } from "./widget-comm.ts";
import { checkWidgetModule, checkWidgetStyle } from "./widget-module.ts";
import { checkState } from "./widget-state.ts";
import type { WidgetState } from "./widget-state.ts";

export interface WidgetOptions<State extends object> {
  /**
   * JavaScript that runs in the page: a module of anywidget's kind, `export default { initialize?, render }`,
   * which imports nothing.
   */
  readonly esm: string;
  /** Style of its elements; it loads nothing. @default "" */
  readonly css?: string;
  /** Values that kernel and page share: JSON, or a Uint8Array. */
  readonly initial: State;
  /** What is saved, and shown where no kernel is: a text, or what says itself how it is shown. @default the values */
  readonly staticForm?: (state: Readonly<State>) => string | Displayable;
}

/** What happens to a widget, and what a listener is told. */
export interface WidgetEvents<State extends object> {
  /** Values have changed, here or in a page. */
  change: (changes: Partial<State>) => unknown;
  /** A page has sent a message of its own. */
  message: (content: unknown, buffers: Uint8Array[]) => unknown;
}

/** A page that shows the widget. */
export interface WidgetView {
  update(changes: WidgetState): void;
  message(content: unknown, buffers: readonly Uint8Array[]): void;
}

/** How long changes are gathered before the saved form follows them. */
const SAVE_MILLISECONDS = 200;

/** Values shared by the kernel and the pages that show them. Made by {@link widget}. */
export class Widget<State extends object = WidgetState> implements Displayable {
  readonly esm: string;
  readonly css: string;
  readonly #staticForm: ((state: Readonly<State>) => string | Displayable) | undefined;
  readonly #state: WidgetState;
  readonly #views = new Set<WidgetView>();
  readonly #listeners = { change: new Set<Listener>(), message: new Set<Listener>() };
  readonly #id: string;
  readonly #displayId = randomUUID();
  #changes: WidgetState | undefined;
  #isShown = false;
  #saving: NodeJS.Timeout | undefined;

  constructor({ esm, css = "", initial, staticForm }: WidgetOptions<State>) {
    checkWidgetModule(esm);
    checkWidgetStyle(css);
    checkState(initial);
    this.esm = esm;
    this.css = css;
    this.#state = { ...initial };
    this.#staticForm = staticForm;
    this.#id = widgetId(sha256(JSON.stringify([esm, css, inspect(initial)])).slice(0, 16));
    keepWidget(this.#id, this as unknown as Widget);
  }

  /** The value of a name now. */
  get<Name extends keyof State & string>(name: Name): State[Name] {
    if (!Object.hasOwn(this.#state, name)) throw unknownName("name", name, Object.keys(this.#state));
    return this.#state[name] as State[Name];
  }

  /** All values now. */
  get state(): Readonly<State> {
    return { ...this.#state } as State;
  }

  /** Change a value, or several, here and in all pages; changes of one moment travel together. */
  set<Name extends keyof State & string>(name: Name, value: State[Name]): void;
  set(changes: Partial<State>): void;
  set(first: string | Partial<State>, value?: unknown): void {
    const given = typeof first === "string" ? { [first]: value } : first;
    checkState(given, Object.keys(this.#state));
    const changes = this.#take(given);
    if (changes === undefined) return;
    if (this.#changes === undefined) queueMicrotask(() => this.#flush());
    this.#changes = { ...this.#changes, ...changes };
    this.#emit("change", changes);
  }

  /**
   * Call a function after each change of values, or for each message of a page.
   *
   * What it prints goes to the cell that calls `on`; an error in it is shown there.
   *
   * @returns ends it
   */
  on<Event extends keyof WidgetEvents<State>>(
    event: Event,
    listener: WidgetEvents<State>[Event],
  ): () => void {
    const listeners = this.#listeners[event] as Set<Listener> | undefined;
    if (listeners === undefined) throw unknownName("event", event, Object.keys(this.#listeners));
    if (typeof listener !== "function") throw new ArgumentError("listener", "a function", listener);
    // An error becomes a rejection of its own cell, and the other listeners are still called.
    const bound = AsyncLocalStorage.bind(async (...values: never[]) => {
      await (listener as Listener)(...values);
    });
    listeners.add(bound);
    return () => listeners.delete(bound);
  }

  /** Send every page a message of your own: JSON, and bytes beside it. */
  send(content: unknown, buffers: readonly Uint8Array[] = []): void {
    this.#flush();
    for (const view of this.#views) view.message(content, buffers);
  }

  /** Take what a page has changed, and tell it here and in the other pages. @internal */
  receive(changes: WidgetState, from: WidgetView): void {
    checkState(changes, Object.keys(this.#state));
    const taken = this.#take(changes);
    if (taken === undefined) return;
    for (const view of this.#views) if (view !== from) view.update(taken);
    this.#emit("change", taken);
  }

  /** Take a message that a page has sent. @internal */
  receiveMessage(content: unknown, buffers: Uint8Array[]): void {
    this.#emit("message", content, buffers);
  }

  /** Tell a page of changes and messages from now on, until the returned function is called. @internal */
  attach(view: WidgetView): () => void {
    this.#flush();
    this.#views.add(view);
    return () => this.#views.delete(view);
  }

  async [DISPLAY_SYMBOL](): Promise<RichBundle> {
    this.#isShown = true;
    const { data, metadata } = await this.#saved();
    return {
      data: { [WIDGET_MIME]: { version: 1, id: this.#id }, ...data },
      ...(metadata !== undefined && { metadata }),
      displayId: this.#displayId,
    };
  }

  #take(given: WidgetState): WidgetState | undefined {
    const changed = Object.entries(given).filter(([name, value]) => !Object.is(this.#state[name], value));
    if (changed.length === 0) return undefined;
    Object.assign(this.#state, Object.fromEntries(changed));
    this.#saveSoon();
    return Object.fromEntries(changed);
  }

  #flush(): void {
    const changes = this.#changes;
    this.#changes = undefined;
    if (changes !== undefined) for (const view of this.#views) view.update(changes);
  }

  #emit(event: keyof WidgetEvents<State>, ...values: unknown[]): void {
    for (const listener of this.#listeners[event]) listener(...(values as never[]));
  }

  /** The notebook on screen is what gets saved, so the saved form follows the values. */
  #saveSoon(): void {
    const host = jupyterHost();
    if (!this.#isShown || host === undefined || this.#saving !== undefined) return;
    this.#saving = setTimeout(() => {
      this.#saving = undefined;
      void this[DISPLAY_SYMBOL]().then((bundle) =>
        host.display(bundle, { displayId: this.#displayId, update: true }),
      );
    }, SAVE_MILLISECONDS);
  }

  async #saved(): Promise<RichBundle> {
    const form = this.#staticForm?.(this.state) ?? valuesText(this.#state);
    if (isDisplayable(form)) return toRichBundle(await form[DISPLAY_SYMBOL]());
    return { data: { "text/html": `<pre>${escapeHtml(form)}</pre>`, "text/plain": form } };
  }
}

type Listener = (...values: never[]) => unknown;

/**
 * Make an output that kernel and page share: values that both read and change, and messages both ways.
 *
 * The page runs `esm`, which gets it from the living kernel and never from a saved notebook; where no kernel is,
 * the static form is shown. Nothing is fetched from elsewhere.
 *
 * @throws {@link ArgumentError} a module that is no JavaScript, imports something or has no default export; a
 *   style that loads something; a value that is neither JSON nor bytes
 *
 * @example
 * const counter = widget({
 *   esm: `export default {
 *     render({ model, el }) {
 *       const button = document.createElement("button");
 *       const show = () => (button.textContent = "Count: " + model.get("count"));
 *       button.addEventListener("click", () => { model.set("count", model.get("count") + 1); model.save_changes(); });
 *       model.on("change:count", show);
 *       show();
 *       el.append(button);
 *     },
 *   }`,
 *   initial: { count: 0 },
 *   staticForm: ({ count }) => `Count: ${count}`,
 * });
 * counter.on("change", ({ count }) => console.log(count));
 * await show(counter);
 */
export function widget<State extends object>(options: WidgetOptions<State>): Widget<State> {
  checkRecord("options", "an object with the module of the widget", options);
  return new Widget(options);
}

function valuesText(state: WidgetState): string {
  return Object.entries(state)
    .map(
      ([name, value]) => `${name}: ${value instanceof Uint8Array ? `${value.length} bytes` : inspect(value)}`,
    )
    .join("\n");
}
