import { readSync } from "node:fs";
import { Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";

/** The ends to read of the pipes that `start.sh` has made of standard output and error. */
const READ_ENDS = { stdout: 4, stderr: 5 } as const;
const CHUNK_BYTES = 64 * 1024;
/** A process that writes without end must not hold up the end of a cell. */
const MAXIMUM_DRAINED_BYTES = 1024 * 1024;

export interface DescriptorsOptions {
  /** Told of what was written to descriptor 1 or 2 past `process.stdout`: by native code, by another process. */
  readonly onText: (name: "stdout" | "stderr", text: string) => void;
}

/** Reads what this process writes to its own standard output and error. */
export class Descriptors {
  readonly #pipes: readonly { fd: number; socket: Socket; take: (bytes: Buffer) => void }[];

  constructor({ onText }: DescriptorsOptions) {
    this.#pipes = (["stdout", "stderr"] as const).map((name) => {
      const fd = READ_ENDS[name];
      // A character may be cut between two writes.
      const decoder = new StringDecoder("utf8");
      const take = (bytes: Buffer): void => {
        const text = decoder.write(bytes);
        if (text !== "") onText(name, text);
      };
      const socket = new Socket({ fd, readable: true, writable: false });
      socket.on("data", take);
      return { fd, socket, take };
    });
  }

  /** Let writers wait until {@link resume}; they block when the pipe is full. */
  pause(): void {
    for (const { socket } of this.#pipes) socket.pause();
  }

  resume(): void {
    for (const { socket } of this.#pipes) socket.resume();
  }

  /** Take what has been written by now. */
  drain(): void {
    const bytes = Buffer.allocUnsafe(CHUNK_BYTES);
    for (const { fd, take } of this.#pipes) {
      for (let total = 0; total < MAXIMUM_DRAINED_BYTES;) {
        let count: number;
        try {
          count = readSync(fd, bytes);
        } catch {
          break; // Nothing is there.
        }
        take(bytes.subarray(0, count));
        total += count;
      }
    }
  }
}
