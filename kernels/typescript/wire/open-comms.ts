import type { Message } from "./message.ts";
import type { CommMessage } from "./thread-messages.ts";

/** Which comms are open, whichever side opened them: front ends ask for it while a cell runs. */
export class OpenComms {
  /** Target names, by comm id. */
  readonly #targets = new Map<string, string>();

  /** Read a comm message of a front end. */
  receive({ header, content }: Message): CommMessage {
    const type = header.msg_type as CommMessage["type"];
    const id = String(content["comm_id"]);
    const target = String(content["target_name"] ?? "");
    this.#note(type, id, target);
    return { type, id, target, data: content["data"] ?? {} };
  }

  /** Note what the kernel sends. */
  sent(type: string, contentJson: string): void {
    if (type !== "comm_open" && type !== "comm_close") return;
    const { comm_id: id, target_name: target } = JSON.parse(contentJson) as Record<string, string>;
    this.#note(type, id!, target!);
  }

  /** Content of the answer to a `comm_info_request`. */
  info({ target_name: wanted }: Readonly<Record<string, unknown>>): object {
    const found = [...this.#targets].filter(
      ([, target]) => wanted === undefined || wanted === "" || target === wanted,
    );
    return {
      status: "ok",
      comms: Object.fromEntries(found.map(([id, target]) => [id, { target_name: target }])),
    };
  }

  #note(type: CommMessage["type"], id: string, target: string): void {
    if (type === "comm_open") this.#targets.set(id, target);
    if (type === "comm_close") this.#targets.delete(id);
  }
}
