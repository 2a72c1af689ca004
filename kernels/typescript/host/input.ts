import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { type InputAnswer, Signal } from "../wire/thread-messages.ts";
import { currentCell } from "./cell.ts";
import { KeyboardInterrupt } from "./keyboard-interrupt.ts";
import type { Outbox } from "./outbox.ts";

export interface InputOptions {
  /** Hide what is typed. @default false */
  readonly password?: boolean;
}

/** Ask the user for a line of text, and wait for it. */
export type Input = (prompt?: string, options?: InputOptions) => string | null;

/**
 * Make the global `input` of notebooks: it blocks the thread until the answer is there, gives null where the
 * client takes no questions, and throws {@link KeyboardInterrupt} when the cell is interrupted.
 */
export function createInput(options: { outbox: Outbox; inputPort: MessagePort; signals: Int32Array }): Input {
  const { outbox, inputPort, signals } = options;
  return function input(prompt = "", { password = false } = {}) {
    const cell = currentCell();
    if (!cell.allowStdin) return null;
    Atomics.store(signals, Signal.input, 0);
    outbox.post({ type: "input", cell: cell.id, prompt: String(prompt), password });
    Atomics.wait(signals, Signal.input, 0);
    if (Atomics.load(signals, Signal.input) === 2) throw new KeyboardInterrupt();
    const answer = receiveMessageOnPort(inputPort) as { message: InputAnswer } | undefined;
    return answer?.message.value ?? null;
  };
}
