/** An output of a cell in the form of nbformat 4. */
export type Output = StreamOutput | DisplayOutput | ExecuteResult | ErrorOutput;

export interface StreamOutput {
  output_type: "stream";
  name: "stdout" | "stderr";
  text: string;
}

export interface DisplayOutput {
  output_type: "display_data";
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

export interface ExecuteResult extends Omit<DisplayOutput, "output_type"> {
  output_type: "execute_result";
  execution_count: number;
}

export interface ErrorOutput {
  output_type: "error";
  ename: string;
  evalue: string;
  traceback: string[];
}

/** Outputs that carry a display id, of all cells of a session. */
export type DisplaysById = Map<string, (DisplayOutput | ExecuteResult)[]>;

/** Turns the broadcast messages of one cell into its outputs, as a notebook stores them. */
export class OutputCollector {
  /** Grows as messages come; late output of a finished cell is added too. */
  readonly outputs: Output[] = [];
  readonly #displays: DisplaysById;
  #clearBeforeNext = false;

  /** @param displays shared by the cells of a session, since a cell can update an output of another */
  constructor(displays: DisplaysById = new Map()) {
    this.#displays = displays;
  }

  /** Apply a message; gives false for one that is no output. */
  apply(type: string, content: Record<string, unknown>): boolean {
    switch (type) {
      case "clear_output":
        if (content["wait"] === true) this.#clearBeforeNext = true;
        else this.outputs.length = 0;
        return true;
      case "update_display_data":
        for (const output of this.#displays.get(displayId(content) ?? "") ?? []) {
          output.data = content["data"] as Record<string, unknown>;
          output.metadata = content["metadata"] as Record<string, unknown>;
        }
        return true;
      case "stream":
        this.#addStream(content as unknown as Omit<StreamOutput, "output_type">);
        return true;
      case "display_data":
      case "execute_result":
        this.#addDisplay(type, content);
        return true;
      case "error": {
        const { ename, evalue, traceback } = content as unknown as ErrorOutput;
        this.#add({ output_type: "error", ename, evalue, traceback });
        return true;
      }
      default:
        return false;
    }
  }

  #add(output: Output): void {
    if (this.#clearBeforeNext) {
      this.outputs.length = 0;
      this.#clearBeforeNext = false;
    }
    this.outputs.push(output);
  }

  #addStream({ name, text }: Omit<StreamOutput, "output_type">): void {
    const last = this.outputs.at(-1);
    if (!this.#clearBeforeNext && last?.output_type === "stream" && last.name === name) last.text += text;
    else this.#add({ output_type: "stream", name, text });
  }

  #addDisplay(type: "display_data" | "execute_result", content: Record<string, unknown>): void {
    const data = content["data"] as Record<string, unknown>;
    const metadata = (content["metadata"] ?? {}) as Record<string, unknown>;
    const output: DisplayOutput | ExecuteResult =
      type === "display_data"
        ? { output_type: type, data, metadata }
        : { output_type: type, data, metadata, execution_count: Number(content["execution_count"]) };
    this.#add(output);
    const id = displayId(content);
    if (id !== undefined) this.#displays.set(id, [...(this.#displays.get(id) ?? []), output]);
  }
}

function displayId(content: Record<string, unknown>): string | undefined {
  const id = (content["transient"] as { display_id?: unknown } | undefined)?.display_id;
  return typeof id === "string" ? id : undefined;
}
