import type { Router } from "zeromq";
import { log } from "./log.ts";
import type { Message, MessageCodec, OutgoingMessage, Refusal } from "./message.ts";

/** A socket that requests come in on and replies go out of. */
export class Channel {
  readonly #socket: Router;
  readonly #codec: MessageCodec;
  readonly #onRefused: (why: Refusal) => void;
  #lastSend: Promise<void> = Promise.resolve();
  #refused = 0;
  #isClosed = false;

  /** @param onRefused told of every message that is dropped */
  constructor(socket: Router, codec: MessageCodec, onRefused: (why: Refusal) => void) {
    this.#socket = socket;
    this.#codec = codec;
    this.#onRefused = onRefused;
  }

  /** Send in the order of the calls; a socket takes one message at a time. Never rejects. */
  send(message: OutgoingMessage): Promise<void> {
    const frames = this.#codec.encode(message);
    this.#lastSend = this.#lastSend
      .then(() => (this.#isClosed ? undefined : this.#socket.send(frames as Buffer[])))
      // A peer that has left is no reason to stop.
      .catch((error: unknown) => log(`could not send ${message.type}: ${String(error)}`));
    return this.#lastSend;
  }

  /** Close the socket; what is sent from now on is dropped. */
  close(): void {
    this.#isClosed = true;
    this.#socket.close();
  }

  /** Hand every good message to `handler`, in order, until the socket closes. */
  async receive(handler: (message: Message, channel: Channel) => void): Promise<void> {
    for await (const frames of this.#socket) {
      const message = this.#codec.decode(frames);
      if ("refused" in message) {
        this.#refused += 1;
        this.#onRefused(message.refused);
        log(`message dropped: ${message.refused} (${this.#refused} so far on this socket)`);
        continue;
      }
      try {
        handler(message, this);
      } catch (error) {
        log(`${message.header.msg_type} failed: ${error instanceof Error ? error.stack : String(error)}`);
      }
    }
  }
}
