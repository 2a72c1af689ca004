import { randomUUID } from "node:crypto";

import type { RichBundle } from "../display/bundle.ts";
import { jupyterHost } from "../display/jupyter-host.ts";

/** One output of a cell that is shown again as its content changes; nothing where there is no notebook. */
export class LiveBundle {
  readonly #displayId = randomUUID();
  readonly #cell = jupyterHost()?.interruptSignal;
  #isShown = false;

  /** @param build called where there is a notebook alone */
  show(build: () => RichBundle): void {
    const host = jupyterHost();
    if (host === undefined) return;
    host.display(build(), { displayId: this.#displayId, update: this.#isShown });
    this.#isShown = true;
  }

  /** Whether the cell that runs now is the one that it was shown in. */
  get isOfThisCell(): boolean {
    return this.#cell !== undefined && jupyterHost()?.interruptSignal === this.#cell;
  }
}
