import type { FromHost } from "./thread-messages.ts";

/** What a message weighs besides its text: headers and bookkeeping. */
const FIXED_BYTES = 256;

/** What a piece of output counts for while it waits to be sent; the two threads must count alike. */
export function outputBytes(message: FromHost & { type: "stream" | "publish" }): number {
  if (message.type === "stream") return FIXED_BYTES + message.text.length;
  const buffers = message.buffers?.reduce((sum, buffer) => sum + buffer.byteLength, 0) ?? 0;
  return FIXED_BYTES + message.contentJson.length + buffers;
}
