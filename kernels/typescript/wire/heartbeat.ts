import type { Router } from "zeromq";

/** Sends back whatever comes, so that servers know that the process lives. */
export class Heartbeat {
  readonly #socket: Router;
  #isClosed = false;

  constructor(socket: Router) {
    this.#socket = socket;
  }

  async serve(): Promise<void> {
    for await (const frames of this.#socket) {
      if (this.#isClosed) return;
      await this.#socket.send(frames);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.close();
  }
}
