import { stripVTControlCharacters } from "node:util";

import type { KernelMessage } from "@jupyterlab/services";

import { jupyterHost } from "../display/jupyter-host.ts";
import type { MimeMap } from "../display/bundle.ts";

/** What a cell that ran elsewhere gave. */
export interface RemoteResult {
  /** The last expression by MIME type; undefined where there was none. */
  readonly result: MimeMap | undefined;
  readonly executionCount: number;
}

/** A cell that ran elsewhere failed. */
export class RemoteCellError extends Error {
  override readonly name = "RemoteCellError";
  /** The error's own name there: `ZeroDivisionError`. */
  readonly errorName: string;
  /** As the kernel there printed it, without colours. */
  readonly traceback: string;

  constructor(errorName: string, value: string, traceback: readonly string[]) {
    super(`${errorName}: ${value}`);
    this.errorName = errorName;
    this.traceback = stripVTControlCharacters(traceback.join("\n"));
    // It is the stack that a reader needs: ours only leads to the socket.
    if (traceback.length > 0) this.stack = this.traceback;
  }
}

/** Shows a remote cell's output in the cell that asked for it; without a kernel here, on this process's own output. */
export class RemoteOutput {
  readonly #host = jupyterHost();
  #result: MimeMap | undefined;

  take({ header, content }: KernelMessage.IIOPubMessage): void {
    const held = content as Record<string, unknown>;
    switch (header.msg_type) {
      case "stream":
        (held["name"] === "stderr" ? process.stderr : process.stdout).write(String(held["text"]));
        break;
      case "execute_result":
        this.#result = held["data"] as MimeMap;
        this.#show(held, false);
        break;
      case "display_data":
        this.#show(held, false);
        break;
      case "update_display_data":
        this.#show(held, true);
        break;
      case "clear_output":
        this.#host?.clearOutput({ wait: held["wait"] === true });
        break;
    }
  }

  /** @throws {RemoteCellError} the cell failed */
  result(reply: KernelMessage.IExecuteReplyMsg["content"]): RemoteResult {
    if (reply.status === "error") {
      throw new RemoteCellError(reply.ename, reply.evalue, reply.traceback);
    }
    if (reply.status !== "ok") throw new RemoteCellError("Aborted", "the cell was not run", []);
    return { result: this.#result, executionCount: Number(reply.execution_count) };
  }

  #show({ data, metadata, transient }: Record<string, unknown>, update: boolean): void {
    const mimeMap = data as MimeMap;
    if (this.#host === undefined) {
      process.stdout.write(`${String(mimeMap["text/plain"] ?? Object.keys(mimeMap).join(", "))}\n`);
      return;
    }
    const displayId = (transient as { display_id?: string } | undefined)?.display_id;
    this.#host.display(
      { data: mimeMap, metadata: metadata as MimeMap },
      displayId === undefined ? {} : { displayId: `remote-${displayId}`, update },
    );
  }
}
