import { jupyterHost } from "./jupyter-host.ts";
import type { Comm } from "./jupyter-host.ts";

/** What a page can ask the kernel about, by an id that is saved in the notebook; the oldest is forgotten first. */
export class KeptValues<Value> {
  readonly #target: string;
  readonly #maximum: number;
  readonly #kept = new Map<string, Value>();

  /** @param target name of the comms by which pages ask */
  constructor(target: string, maximum: number) {
    this.#target = target;
    this.#maximum = maximum;
  }

  keep(id: string, value: Value): void {
    this.#kept.delete(id);
    this.#kept.set(id, value);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#maximum && oldest !== undefined) this.#kept.delete(oldest);
  }

  get(id: string): Value | undefined {
    return this.#kept.get(id);
  }

  /** Answer pages from now on, if there is a kernel to answer in; a comm about what is not kept is closed. */
  serve(answer: (comm: Comm, value: Value) => void): void {
    jupyterHost()?.registerCommTarget(this.#target, (comm, data) => {
      const value = this.#kept.get((data as { id?: string } | null)?.id ?? "");
      if (value === undefined) comm.close({ error: "this kernel does not have it" });
      else answer(comm, value);
    });
  }
}
