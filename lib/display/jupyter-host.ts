import { DISPLAY_SYMBOL } from "./bundle.ts";
import type { Bundle } from "./bundle.ts";

/** A conversation with the front end, opened by either side. */
export interface Comm {
  readonly id: string;
  send(data: unknown, buffers?: Uint8Array[]): void;
  close(data?: unknown): void;
  onMessage(handler: (data: unknown, buffers: Uint8Array[]) => void): void;
  onClose(handler: () => void): void;
}

/** What the kernel offers to libraries, without either importing the other. */
export interface JupyterHost {
  display(bundle: Bundle, options?: { displayId?: string; update?: boolean }): void;
  clearOutput(options?: { wait?: boolean }): void;
  registerCommTarget(name: string, handler: (comm: Comm, data: unknown) => void): void;
  openComm(target: string, data: unknown, metadata?: object): Comm;
  /** The last one registered is asked first; undefined means "not mine". */
  registerFormatter(format: (value: unknown) => Bundle | Promise<Bundle> | undefined): void;
  /** Aborts when the running cell is interrupted. */
  readonly interruptSignal: AbortSignal;
}

/** The kernel's host object, or undefined in plain Node. */
export function jupyterHost(): JupyterHost | undefined {
  return (globalThis as { [DISPLAY_SYMBOL]?: JupyterHost })[DISPLAY_SYMBOL];
}
