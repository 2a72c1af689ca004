import type { Channel } from "./channel.ts";
import type { Iopub } from "./iopub.ts";
import type { Message } from "./message.ts";
import type { Request } from "./request.ts";
import type { FromHost, InputAnswer } from "./thread-messages.ts";

export interface InputQuestionOptions {
  readonly iopub: Iopub;
  readonly stdin: Channel;
  readonly answerInput: (answer: InputAnswer) => void;
}

/** The question that a cell asks its user; the cell waits, so there is one at a time. */
export class InputQuestion {
  readonly #options: InputQuestionOptions;
  #isOpen = false;

  constructor(options: InputQuestionOptions) {
    this.#options = options;
  }

  /** @param request the cell; undefined when it has ended, and its client no longer listens for questions */
  async ask(request: Request | undefined, { prompt, password }: FromHost & { type: "input" }): Promise<void> {
    const { iopub, stdin, answerInput } = this.#options;
    if (request === undefined) return answerInput({ value: null });
    this.#isOpen = true;
    // What the cell printed stands above its question.
    await iopub.drained();
    await stdin.send({
      identities: request.message.identities,
      type: "input_request",
      contentJson: JSON.stringify({ prompt, password }),
      parentHeader: request.message.header,
    });
  }

  /** Handle a message from the stdin socket. */
  receive({ header, content }: Message): void {
    if (header.msg_type !== "input_reply" || !this.#isOpen) return;
    this.#isOpen = false;
    this.#options.answerInput({ value: String(content["value"] ?? "") });
  }

  /** The cell is interrupted: an answer that still comes is for nobody. */
  drop(): void {
    this.#isOpen = false;
  }
}
