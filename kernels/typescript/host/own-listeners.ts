import type { EventEmitter } from "node:events";

type Listener = (...values: unknown[]) => void;

/** Listen to events of the process for good: `process.removeAllListeners()` of a cell, or of a package, spares these. */
export function listenForGood(listeners: Readonly<Record<string, Listener>>): void {
  const emitter: EventEmitter = process;
  const removeAll = process.removeAllListeners.bind(process);
  const listen = (): void => {
    for (const [event, listener] of Object.entries(listeners)) {
      if (!emitter.listeners(event).includes(listener)) emitter.on(event, listener);
    }
  };
  listen();
  process.removeAllListeners = (...events) => {
    removeAll(...events);
    listen();
    return process;
  };
}
