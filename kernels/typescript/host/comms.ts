import { randomUUID } from "node:crypto";
import type { CommMessage } from "../wire/thread-messages.ts";
import { type Cell, currentCell, runInCell } from "./cell.ts";
import type { Outbox } from "./outbox.ts";

/** A channel between code in the kernel and code in the front end. */
export interface Comm {
  readonly id: string;
  send(data: unknown, buffers?: Uint8Array[]): void;
  close(data?: unknown): void;
  onMessage(handler: (data: unknown, buffers: Uint8Array[]) => unknown): void;
  onClose(handler: () => unknown): void;
}

export type CommTargetHandler = (comm: Comm, data: unknown) => unknown;

interface OpenComm {
  readonly comm: Comm;
  readonly cell: Cell;
  message?: (data: unknown, buffers: Uint8Array[]) => unknown;
  closed?: () => unknown;
}

/** The comms that are open, and the targets that front ends can open. */
export class Comms {
  readonly #outbox: Outbox;
  readonly #targets = new Map<string, { handler: CommTargetHandler; cell: Cell }>();
  readonly #open = new Map<string, OpenComm>();

  readonly #onError: (error: unknown) => void;

  /** @param onError called, in the cell of the handler, when a handler fails */
  constructor(outbox: Outbox, onError: (error: unknown) => void) {
    this.#outbox = outbox;
    this.#onError = onError;
  }

  /** What the handler prints goes to the cell that registers it. */
  register(target: string, handler: CommTargetHandler): void {
    this.#targets.set(target, { handler, cell: currentCell() });
  }

  open(target: string, data: unknown, metadata: object = {}): Comm {
    const cell = currentCell();
    const { comm } = this.#add(randomUUID(), cell);
    this.#outbox.publish(
      cell,
      "comm_open",
      { comm_id: comm.id, target_name: target, data: data ?? {} },
      { metadata },
    );
    return comm;
  }

  /** Handle a message of a front end; resolves when its handler is done. */
  async receive(message: CommMessage, buffers: Uint8Array[]): Promise<void> {
    if (message.type === "comm_open") {
      await this.#opened(message);
      return;
    }
    const open = this.#open.get(message.id);
    if (open === undefined) return;
    if (message.type === "comm_close") {
      this.#open.delete(message.id);
      await this.#handle(open.cell, () => open.closed?.());
    } else {
      await this.#handle(open.cell, () => open.message?.(message.data, buffers));
    }
  }

  async #opened(message: CommMessage): Promise<void> {
    const target = this.#targets.get(message.target ?? "");
    if (target === undefined) {
      this.#outbox.publish(currentCell(), "comm_close", { comm_id: message.id, data: {} });
      return;
    }
    const { comm } = this.#add(message.id, target.cell);
    await this.#handle(target.cell, () => target.handler(comm, message.data));
  }

  #handle(cell: Cell, handler: () => unknown): Promise<void> {
    // A front end may still use what an interrupted cell has shown.
    return runInCell({ ...cell, interrupt: new AbortController() }, async () => {
      try {
        await handler();
      } catch (error) {
        this.#onError(error);
      }
    });
  }

  #add(id: string, cell: Cell): OpenComm {
    const outbox = this.#outbox;
    const all = this.#open;
    const comm: Comm = {
      id,
      send(data, buffers = []) {
        if (!all.has(id)) throw new Error(`comm ${id} is closed`);
        outbox.publish(currentCell(), "comm_msg", { comm_id: id, data: data ?? {} }, { buffers });
      },
      close(data) {
        if (all.delete(id)) outbox.publish(currentCell(), "comm_close", { comm_id: id, data: data ?? {} });
      },
      onMessage(handler) {
        open.message = handler;
      },
      onClose(handler) {
        open.closed = handler;
      },
    };
    const open: OpenComm = { comm, cell };
    all.set(id, open);
    return open;
  }
}
