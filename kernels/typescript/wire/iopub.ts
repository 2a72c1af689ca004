import { setTimeout as sleep } from "node:timers/promises";
import type { XPublisher } from "zeromq";
import { log } from "./log.ts";
import type { Header, MessageCodec, OutgoingMessage } from "./message.ts";

const FLUSH_MILLISECONDS = 20;
const RETRY_MILLISECONDS = 2;
const FLUSH_CHARACTERS = 64 * 1024;

export interface IopubOptions {
  /** Told, for what was handed over, how much of it has left. */
  readonly onSent: (bytes: number) => void;
  /** A subscriber that takes nothing for so long is given up, so that it cannot stop the kernel. */
  readonly stalledMilliseconds: number;
}

type Item =
  | {
      kind: "stream";
      name: string;
      parent: Partial<Header>;
      texts: string[];
      characters: number;
      bytes: number;
    }
  | { kind: "message"; message: OutgoingMessage; bytes: number };

/**
 * The outgoing broadcast: everything in the order in which it was handed over, with pieces of one stream
 * that follow each other merged into one message.
 *
 * Nothing is dropped while subscribers read: the socket refuses a message when a subscriber's queue is full,
 * and we wait. What waits here is bounded by its producers, who are told through `onSent`. What comes before the
 * first subscriber waits for it: a client connects its sockets one after another, and would wait for ever for the
 * end of a first cell that it had not yet subscribed to.
 */
export class Iopub {
  /** Resolves at the first subscription, or when the socket's time to wait for one is over. */
  readonly subscribed: Promise<void>;
  readonly #socket: XPublisher;
  readonly #codec: MessageCodec;
  readonly #options: IopubOptions;
  #items: Item[] = [];
  #isPumping = false;
  #wake: (() => void) | undefined;
  /** Items handed over and items sent, ever. */
  #handedOver = 0;
  #sent = 0;
  /** Who waits until that many items are sent; in ascending order. */
  #waiting: { count: number; resolve: () => void }[] = [];
  #waitsForSubscribers = true;
  #isClosed = false;

  /**
   * @param socket one that refuses instead of dropping: `noDrop`, `sendTimeout: 0`, a high water mark; its
   *   `receiveTimeout` bounds the wait for the first subscriber
   */
  constructor(socket: XPublisher, codec: MessageCodec, options: IopubOptions) {
    this.#socket = socket;
    this.#codec = codec;
    this.#options = options;
    const goOn = (): void => {};
    this.subscribed = socket.receive().then(goOn, goOn);
  }

  /** @param bytes what the producer counted for it, given back through `onSent` */
  stream(name: string, text: string, parent: Partial<Header>, bytes = 0): void {
    const last = this.#items.at(-1);
    if (last?.kind === "stream" && last.name === name && last.parent === parent) {
      last.texts.push(text);
      last.characters += text.length;
      last.bytes += bytes;
      if (last.characters >= FLUSH_CHARACTERS) this.#wake?.();
    } else {
      this.#push({ kind: "stream", name, parent, texts: [text], characters: text.length, bytes });
    }
  }

  publish(message: OutgoingMessage, bytes = 0): void {
    this.#push({ kind: "message", message, bytes });
  }

  /** Resolves when everything handed over so far has been taken by the socket. */
  drained(): Promise<void> {
    if (this.#sent === this.#handedOver) return Promise.resolve();
    return new Promise((resolve) => {
      // Not until the queue is empty: code of an earlier cell may print without end.
      this.#waiting.push({ count: this.#handedOver, resolve });
      this.#wake?.();
    });
  }

  /** Close the socket; what is published from now on is dropped. */
  close(): void {
    this.#isClosed = true;
    this.#socket.close();
  }

  #push(item: Item): void {
    this.#items.push(item);
    this.#handedOver += 1;
    this.#wake?.();
    if (!this.#isPumping) void this.#pump();
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    // Let the caller finish, so that pieces written together leave together.
    await this.subscribed;
    while (this.#items.length > 0) {
      await this.#mergeWindow();
      const items = this.#items;
      this.#items = [];
      for (const item of items) {
        await this.#send(item.kind === "stream" ? this.#streamMessage(item) : item.message);
        this.#options.onSent(item.bytes);
        this.#sent += 1;
        while (this.#waiting[0] !== undefined && this.#waiting[0].count <= this.#sent) {
          this.#waiting.shift()?.resolve();
        }
      }
    }
    this.#isPumping = false;
  }

  /** Wait for more of a stream to come, unless something follows it, it is long enough or someone waits. */
  async #mergeWindow(): Promise<void> {
    const last = this.#items.at(-1);
    if (this.#waiting.length > 0 || this.#items.length > 1 || last?.kind !== "stream") return;
    if (last.characters >= FLUSH_CHARACTERS) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, FLUSH_MILLISECONDS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  #streamMessage(item: Item & { kind: "stream" }): OutgoingMessage {
    const contentJson = JSON.stringify({ name: item.name, text: item.texts.join("") });
    return { type: "stream", contentJson, parentHeader: item.parent };
  }

  async #send(message: OutgoingMessage): Promise<void> {
    const frames = [Buffer.from(message.type), ...this.#codec.encode(message)];
    const started = performance.now();
    while (!this.#isClosed) {
      try {
        await this.#socket.send(frames as Buffer[]);
        // Those that still read must keep up now that the socket no longer waits for them.
        if (!this.#waitsForSubscribers) await sleep(RETRY_MILLISECONDS);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") {
          log(`could not publish ${message.type}: ${String(error)}`);
          return;
        }
      }
      if (this.#waitsForSubscribers && performance.now() - started > this.#options.stalledMilliseconds) {
        log("a subscriber takes nothing: its output is dropped from now on");
        this.#waitsForSubscribers = false;
        this.#socket.noDrop = false;
      }
      await sleep(RETRY_MILLISECONDS);
    }
  }
}
