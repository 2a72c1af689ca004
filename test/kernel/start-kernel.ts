import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { KernelClient, type StartOptions } from "../../kernels/client/kernel-client.ts";
import type { Message } from "../../kernels/typescript/wire/message.ts";

/** Folder of the kernel under test. */
export const KERNELSPEC = fileURLToPath(new URL("../../kernels/typescript", import.meta.url));

const started: KernelClient[] = [];
after(() => Promise.all(started.map((kernel) => kernel.kill())));

/** Start the kernel; it ends with the test file at the latest. */
export async function startKernel(options: Omit<StartOptions, "kernelspec"> = {}): Promise<KernelClient> {
  const kernel = await KernelClient.start({ kernelspec: KERNELSPEC, ...options });
  started.push(kernel);
  return kernel;
}

/** Every broadcast from now on, for tests of order. */
export function recordBroadcasts(kernel: KernelClient): Message[] {
  const messages: Message[] = [];
  kernel.onBroadcast((message) => messages.push(message));
  return messages;
}

/** The types of the messages that belong to a request. */
export function typesOf(messages: readonly Message[], requestId: string): string[] {
  return messages
    .filter((message) => message.parentHeader.msg_id === requestId)
    .map(({ header, content }) =>
      header.msg_type === "status" ? String(content["execution_state"]) : header.msg_type,
    );
}

/** Wait until a broadcast fulfils the condition; rejects after 5 s. */
export function nextBroadcast(
  kernel: KernelClient,
  condition: (message: Message) => boolean,
): Promise<Message> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop();
      reject(new Error("no such broadcast within 30 s"));
    }, 30_000);
    const stop = kernel.onBroadcast((message) => {
      if (!condition(message)) return;
      clearTimeout(timer);
      stop();
      resolve(message);
    });
  });
}

/** The text of a cell's stream. */
export function streamText(outputs: readonly { output_type: string }[], name: "stdout" | "stderr"): string {
  return outputs
    .filter(
      (output) => output.output_type === "stream" && (output as unknown as { name: string }).name === name,
    )
    .map((output) => (output as unknown as { text: string }).text)
    .join("");
}

/** The text of a cell's result. */
export function resultText(outputs: readonly { output_type: string }[]): string | undefined {
  const result = outputs.find((output) => output.output_type === "execute_result") as
    | { data: Record<string, string> }
    | undefined;
  return result?.data["text/plain"];
}
