import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/**
 * Take over `process.stdout` and `process.stderr`, and with them `console`.
 *
 * @param emit called for every piece of text, by the code that wrote it
 */
export function captureOutput(emit: (name: "stdout" | "stderr", text: string) => void): void {
  for (const [name, fd] of [
    ["stdout", 1],
    ["stderr", 2],
  ] as const) {
    const stream = capturingStream((text) => emit(name, text));
    Object.defineProperty(stream, "fd", { value: fd });
    Object.defineProperty(process, name, { value: stream, configurable: true, enumerable: true });
  }
}

function capturingStream(emit: (text: string) => void): Writable {
  // A character may be cut between two writes of bytes.
  const decoder = new StringDecoder("utf8");
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Uint8Array, _encoding, done) {
      emit(typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk)));
      done();
    },
  });
}
