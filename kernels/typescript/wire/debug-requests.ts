import type { DebugAdapter } from "../debugger/adapter.ts";
import type { Iopub } from "./iopub.ts";
import type { Header } from "./message.ts";
import type { Request } from "./request.ts";

export interface DebugRequestsOptions {
  readonly iopub: Iopub;
  /** Whether the host has loaded what runs cells; no debugger may look into it before. */
  readonly isLoaded: () => boolean;
  /** How long a cell may stay stopped in the debugger while nobody asks the debugger for anything. */
  readonly forgottenMilliseconds: number;
  /** The header of the cell that runs. */
  readonly runningCell: () => Partial<Header>;
}

/** The debugger as the server knows it: loaded when it is first asked for something. */
export class DebugRequests {
  readonly #options: DebugRequestsOptions;
  #adapter: DebugAdapter | undefined;
  /** The request that came last. */
  #parent: Partial<Header> = {};

  constructor(options: DebugRequestsOptions) {
    this.#options = options;
  }

  get isAttached(): boolean {
    return this.#adapter?.isAttached === true;
  }

  async answer(request: Request): Promise<void> {
    this.#parent = request.message.header;
    const { DebugAdapter: Adapter } = await import("../debugger/adapter.ts");
    this.#adapter ??= this.#create(Adapter);
    await request.reply(await this.#adapter.handle(request.message.content));
  }

  /** Let go of a cell that is stopped: it is about to be interrupted. */
  release(): void {
    this.#adapter?.release();
  }

  /** The interrupt is over. */
  async resumeStops(): Promise<void> {
    await this.#adapter?.resumeStops();
  }

  /** End the debugger; a cell that is stopped in it goes on. */
  end(): void {
    this.#adapter?.detach();
  }

  #create(Adapter: typeof DebugAdapter): DebugAdapter {
    const { iopub, isLoaded, forgottenMilliseconds, runningCell } = this.#options;
    return new Adapter({
      isLoaded,
      forgottenMilliseconds,
      onEvent: (event) => {
        const contentJson = JSON.stringify(event);
        iopub.publish({ type: "debug_event", contentJson, parentHeader: this.#parent });
      },
      onForgotten: () => {
        const minutes = Math.round(forgottenMilliseconds / 60_000);
        const text = `The debugger is off and the cell goes on: for ${minutes} min nobody asked the debugger for anything.\n`;
        iopub.stream("stderr", text, runningCell());
      },
    });
  }
}
