import { EventEmitter } from "node:events";
import { type Cell, cellOfCode, runInCell } from "./cell.ts";

type Listener = ((this: unknown, ...values: unknown[]) => unknown) & { listener?: Listener };
type Add = (this: EventEmitter, event: string | symbol, listener: Listener) => EventEmitter;

/**
 * Let a listener belong to the cell that adds it: what it prints goes there, whoever emits the event.
 *
 * Timers and promises keep their cell by themselves; an emitter, or a target of events, calls its listeners in the
 * cell that emits.
 */
export function bindListeners(): void {
  bindTargets();
  const prototype = EventEmitter.prototype as unknown as Record<string, Add>;
  for (const [always, once] of [
    ["on", "once"],
    ["prependListener", "prependOnceListener"],
  ] as const) {
    const add = prototype[always]!;
    const addOnce = prototype[once]!;
    prototype[always] = function (event, listener) {
      const cell = cellOfCode();
      if (cell === undefined || typeof listener !== "function") return add.call(this, event, listener);
      return add.call(this, event, bound(cell, listener));
    };
    prototype[once] = function (event, listener) {
      const cell = cellOfCode();
      if (cell === undefined || typeof listener !== "function") return addOnce.call(this, event, listener);
      // Node's own wrapper would not find ours when it removes itself.
      const wrapper: Listener = bound(cell, listener, () => this.removeListener(event, wrapper));
      return add.call(this, event, wrapper);
    };
  }
  prototype["addListener"] = prototype["on"]!;
}

type TargetListener = ((this: unknown, event: Event) => unknown) | { handleEvent(event: Event): unknown };
type Change = (this: EventTarget, type: string, listener: TargetListener, options?: unknown) => void;

function bindTargets(): void {
  const prototype = EventTarget.prototype as unknown as Record<
    "addEventListener" | "removeEventListener",
    Change
  >;
  const { addEventListener: add, removeEventListener: remove } = prototype;
  /** One for each listener of a target: the same listener added twice is one. */
  const wrappers = new WeakMap<EventTarget, WeakMap<TargetListener, TargetListener>>();
  prototype.addEventListener = function (type, listener, ...options) {
    const cell = cellOfCode();
    const canListen = typeof listener === "function" || (typeof listener === "object" && listener !== null);
    if (cell === undefined || !canListen) return add.call(this, type, listener, ...options);
    const ofTarget = wrappers.get(this) ?? new WeakMap<TargetListener, TargetListener>();
    wrappers.set(this, ofTarget);
    const wrapper = ofTarget.get(listener) ?? boundTo(cell, listener);
    ofTarget.set(listener, wrapper);
    return add.call(this, type, wrapper, ...options);
  };
  prototype.removeEventListener = function (type, listener, ...options) {
    const wrapper = wrappers.get(this)?.get(listener);
    if (wrapper !== undefined) remove.call(this, type, wrapper, ...options);
    // It may have been added outside of any cell.
    return remove.call(this, type, listener, ...options);
  };
}

function boundTo(cell: Cell, listener: TargetListener): TargetListener {
  return function (this: unknown, event) {
    return runInCell(cell, () => {
      try {
        return typeof listener === "function" ? listener.call(this, event) : listener.handleEvent(event);
      } catch (error) {
        // As a target does it with an error, which is then one of this cell.
        process.nextTick(() => {
          throw error;
        });
        return undefined;
      }
    });
  };
}

/** `removeListener` and `listeners` know a wrapper by its property `listener`, as they do for Node's `once`. */
function bound(cell: Cell, listener: Listener, beforeCall?: () => void): Listener {
  const wrapper: Listener = function (...values) {
    beforeCall?.();
    return runInCell(cell, () => listener.apply(this, values));
  };
  wrapper.listener = listener.listener ?? listener;
  return wrapper;
}
