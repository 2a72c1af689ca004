import { EventEmitter } from "node:events";
import { type Cell, cellOfCode, runInCell } from "./cell.ts";

type Listener = ((this: unknown, ...values: unknown[]) => unknown) & { listener?: Listener };
type Add = (this: EventEmitter, event: string | symbol, listener: Listener) => EventEmitter;

/**
 * Let a listener belong to the cell that adds it: what it prints goes there, whoever emits the event.
 *
 * Timers and promises keep their cell by themselves; an emitter calls its listeners in the cell that emits.
 */
export function bindListeners(): void {
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

/** `removeListener` and `listeners` know a wrapper by its property `listener`, as they do for Node's `once`. */
function bound(cell: Cell, listener: Listener, beforeCall?: () => void): Listener {
  const wrapper: Listener = function (...values) {
    beforeCall?.();
    return runInCell(cell, () => listener.apply(this, values));
  };
  wrapper.listener = listener.listener ?? listener;
  return wrapper;
}
