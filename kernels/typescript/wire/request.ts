import type { Channel } from "./channel.ts";
import type { Iopub } from "./iopub.ts";
import type { Message } from "./message.ts";

let lastId = 0;

/** A request that came in: answers it on the socket it came from, and tells everyone when it begins and ends. */
export class Request {
  /** Names the request between the threads. */
  readonly id = ++lastId;
  readonly message: Message;
  readonly #channel: Channel;
  readonly #iopub: Iopub;

  constructor(message: Message, channel: Channel, iopub: Iopub) {
    this.message = message;
    this.#channel = channel;
    this.#iopub = iopub;
  }

  get type(): string {
    return this.message.header.msg_type;
  }

  status(executionState: "busy" | "idle"): void {
    this.publish("status", { execution_state: executionState });
  }

  publish(type: string, content: object): void {
    this.#iopub.publish({
      type,
      contentJson: JSON.stringify(content),
      parentHeader: this.message.header,
    });
  }

  reply(content: object | string): Promise<void> {
    return this.#channel.send({
      identities: this.message.identities,
      type: this.type.replace(/_request$/, "_reply"),
      contentJson: typeof content === "string" ? content : JSON.stringify(content),
      parentHeader: this.message.header,
    });
  }

  replyError(ename: string, evalue: string): Promise<void> {
    return this.reply({ status: "error", ename, evalue, traceback: [`${ename}: ${evalue}`] });
  }
}
