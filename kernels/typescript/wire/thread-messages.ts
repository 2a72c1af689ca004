import type { MessagePort } from "node:worker_threads";

/** What the thread with the sockets asks of the thread that runs cells. `request` names it in the answer. */
export type ToHost =
  | ({ type: "execute"; request: number } & ExecuteOptions)
  | { type: "complete"; request: number; code: string; cursorPosition: number }
  | { type: "inspect"; request: number; code: string; cursorPosition: number; detailLevel: 0 | 1 }
  | { type: "is_complete"; request: number; code: string }
  | { type: "comm"; request: number; message: CommMessage; buffers: Uint8Array[] }
  /** `asked` counts the interrupts; the host deals with each once. */
  | { type: "interrupt"; asked: number }
  | { type: "shutdown"; exitCode: number };

export interface ExecuteOptions {
  readonly code: string;
  readonly executionCount: number;
  readonly silent: boolean;
  readonly allowStdin: boolean;
  readonly userExpressions: Readonly<Record<string, string>>;
}

export interface CommMessage {
  readonly type: "comm_open" | "comm_msg" | "comm_close";
  readonly id: string;
  readonly target?: string;
  readonly data: unknown;
}

/** What the thread that runs cells sends back. `cell` is the request whose output it is. */
export type FromHost =
  | { type: "stream"; cell: number; name: "stdout" | "stderr"; text: string }
  | {
      type: "publish";
      cell: number;
      messageType: string;
      contentJson: string;
      metadataJson?: string;
      buffers?: Uint8Array[];
    }
  /** Ends a request. `resultText` is the text of its result, for the history. */
  | { type: "reply"; request: number; contentJson: string; ok: boolean; resultText?: string }
  | { type: "input"; cell: number; prompt: string; password: boolean }
  /** The last interrupt is dealt with. */
  | { type: "interrupted" }
  /** A process was started to run beside the cell, or such a process has ended. */
  | { type: "child"; cell: number; pid: number; state: "started" | "ended" }
  /** What the values of a cell that has ended say of their own TypeScript types. */
  | { type: "types"; cell: number; types: Readonly<Record<string, string>> }
  /** Variables that are no longer there. */
  | { type: "forgotten"; names: readonly string[] }
  /** The process is about to end. */
  | { type: "close" };

/** Answer to `input`, on its own port so that it can be taken while the thread is blocked. */
export type InputAnswer = { value: string | null };

/** Words of the shared Int32Array through which the two threads reach each other without an event loop. */
export const Signal = {
  /** Bytes of output handed over and not yet sent. */
  pendingBytes: 0,
  /** 0 while the host waits for input; 1 answered; 2 interrupted. */
  input: 1,
  /** Number of interrupts asked for, and the last one that the host has dealt with. */
  interruptsAsked: 2,
  interruptsHandled: 3,
  /** 1 when the sockets are closed. */
  closed: 4,
  /** 1 when the host has loaded what runs cells: nothing may be stopped before. */
  loaded: 5,
  /** Messages that were dropped: those of strangers, and what is no message. */
  badSignatures: 6,
  malformedMessages: 7,
} as const;

/** What the starting thread hands to the thread with the sockets. */
export interface WireData {
  readonly port: MessagePort;
  readonly inputPort: MessagePort;
  readonly signals: SharedArrayBuffer;
  /** What the lasting objects of the thread that runs cells can fill. */
  readonly heapLimitBytes: number;
}
