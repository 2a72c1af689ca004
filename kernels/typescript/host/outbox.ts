/* oxlint-disable unicorn/require-post-message-target-origin -- a MessagePort has no origin */
import type { MessagePort } from "node:worker_threads";
import { MAXIMUM_PENDING_BYTES, outputBytes } from "../wire/output-bytes.ts";
import { type FromHost, Signal } from "../wire/thread-messages.ts";
import type { Cell } from "./cell.ts";

/** `JSON.stringify` as it was before any cell could replace it. */
export const { stringify: toJson } = JSON;

/** Longer than the other thread waits for clients that do not read: it must have closed its sockets. */
const EXIT_WAIT_MILLISECONDS = 3_000;

/** Hands messages to the thread that owns the sockets. */
export class Outbox {
  readonly #port: MessagePort;
  readonly #signals: Int32Array;

  constructor(port: MessagePort, signals: Int32Array) {
    this.#port = port;
    this.#signals = signals;
  }

  stream(cell: Cell, name: "stdout" | "stderr", text: string): void {
    if (cell.silent || text === "") return;
    this.#output({ type: "stream", cell: cell.id, name, text });
  }

  /**
   * Broadcast a message.
   *
   * @throws TypeError when `content` is no JSON: a cycle, a bigint
   */
  publish(
    cell: Cell,
    messageType: string,
    content: object,
    options: { metadata?: object; buffers?: readonly Uint8Array[] } = {},
  ): void {
    if (cell.silent && !messageType.startsWith("comm_")) return;
    const { metadata, buffers } = options;
    this.#output({
      type: "publish",
      cell: cell.id,
      messageType,
      contentJson: toJson(content),
      ...(metadata !== undefined && { metadataJson: toJson(metadata) }),
      ...(buffers !== undefined && { buffers: [...buffers] }),
    });
  }

  /** Send what is no output and waits for nothing. */
  post(
    message: FromHost & { type: "reply" | "input" | "interrupted" | "child" | "types" | "forgotten" },
  ): void {
    this.#port.postMessage(message);
  }

  /** End of the process: wait, for a moment at most, until all output has left and the sockets are closed. */
  close(): void {
    const message: FromHost = { type: "close" };
    this.#port.postMessage(message);
    Atomics.wait(this.#signals, Signal.closed, 0, EXIT_WAIT_MILLISECONDS);
  }

  #output(message: FromHost & { type: "stream" | "publish" }): void {
    Atomics.add(this.#signals, Signal.pendingBytes, outputBytes(message));
    this.#port.postMessage(message);
    for (;;) {
      const pending = Atomics.load(this.#signals, Signal.pendingBytes);
      if (pending <= MAXIMUM_PENDING_BYTES) return;
      Atomics.wait(this.#signals, Signal.pendingBytes, pending);
    }
  }
}
