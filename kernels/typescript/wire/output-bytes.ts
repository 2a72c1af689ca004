import type { FromHost } from "./thread-messages.ts";

/** Output that may wait to be sent; who prints faster than the client reads waits for it. */
export const MAXIMUM_PENDING_BYTES = 8 * 1024 * 1024;

/** What a message weighs besides its text: headers and bookkeeping. */
const FIXED_BYTES = 256;

/** What a piece of output counts for while it waits to be sent; the two threads must count alike. */
export function outputBytes(message: FromHost & { type: "stream" | "publish" }): number {
  if (message.type === "stream") return streamBytes(message.text);
  const buffers = message.buffers?.reduce((sum, buffer) => sum + buffer.byteLength, 0) ?? 0;
  return FIXED_BYTES + message.contentJson.length + buffers;
}

export function streamBytes(text: string): number {
  return FIXED_BYTES + text.length;
}
