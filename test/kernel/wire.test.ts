import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Dealer } from "zeromq";
import type { KernelClient } from "../../kernels/client/kernel-client.ts";
import { channelAddress } from "../../kernels/typescript/wire/connection.ts";
import { MessageCodec } from "../../kernels/typescript/wire/message.ts";
import {
  nextBroadcast,
  recordBroadcasts,
  resultText,
  startKernel,
  streamText,
  typesOf,
} from "./start-kernel.ts";

const TIMEOUT = { timeoutMilliseconds: 10_000 };

describe("the wire", () => {
  let kernel: KernelClient;
  let directory: string;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "rounds-wire-"));
    kernel = await startKernel({ directory });
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  it("echoes heartbeats", async () => {
    assert.deepEqual(await heartbeat(kernel, ["ping", "with two frames"]), ["ping", "with two frames"]);
  });

  it("answers kernel_info", async () => {
    const { header, content } = await kernel.request("shell", "kernel_info_request", {}, TIMEOUT);
    assert.equal(header.msg_type, "kernel_info_reply");
    assert.equal(content["status"], "ok");
    assert.equal(content["protocol_version"], "5.4");
    const language = content["language_info"] as Record<string, unknown>;
    assert.deepEqual(
      [language["name"], language["mimetype"], language["file_extension"], language["codemirror_mode"]],
      ["typescript", "text/typescript", ".ts", "typescript"],
    );
  });

  it("executes: busy, input, stream, result and idle, in this order", async () => {
    const messages = recordBroadcasts(kernel);
    const { reply, outputs } = await kernel.execute("console.log('seen'); 6 * 7", TIMEOUT);
    assert.equal(reply.status, "ok");
    assert.equal(resultText(outputs), "42");
    const input = messages.find(({ header }) => header.msg_type === "execute_input")!;
    assert.equal(input.content["execution_count"], reply.execution_count);
    assert.deepEqual(typesOf(messages, input.parentHeader.msg_id!), [
      "busy",
      "execute_input",
      "stream",
      "execute_result",
      "idle",
    ]);
  });

  it("reports an error with its name, message and the line of the cell, and none of its own frames", async () => {
    const { reply, outputs } = await kernel.execute(
      "const one = 1;\nfunction fail(): never {\n  throw new RangeError('too far');\n}\nfail();",
      TIMEOUT,
    );
    assert.equal(reply.status, "error");
    assert.equal(reply.ename, "RangeError");
    assert.equal(reply.evalue, "too far");
    const [output] = outputs;
    assert.equal(output?.output_type, "error");
    const traceback = (reply.traceback ?? []).join("\n");
    assert.match(traceback, /\b3\b/);
    assert.doesNotMatch(traceback, /kernels\/typescript|node:internal/);
  });

  it("asks on stdin with the prompt", async () => {
    const prompts: [string, boolean][] = [];
    await kernel.execute("input('Your name? '); input('Key: ', { password: true })", {
      ...TIMEOUT,
      onInput(prompt, { password }) {
        prompts.push([prompt, password]);
        return "";
      },
    });
    assert.deepEqual(prompts, [
      ["Your name? ", false],
      ["Key: ", true],
    ]);
  });

  it("hands the answer to the cell, which waited for it", async () => {
    const code = "const name = input('Your name? '); name.toUpperCase()";
    const { outputs } = await kernel.execute(code, { ...TIMEOUT, onInput: () => "Zoë 𝒳" });
    assert.equal(resultText(outputs), "'ZOË 𝒳'");
  });

  it("echoes heartbeats while a cell waits for an answer", async () => {
    let beat: string[] = [];
    await kernel.execute("input('?')", {
      ...TIMEOUT,
      async onInput() {
        beat = await heartbeat(kernel, ["still there"]);
        return "";
      },
    });
    assert.deepEqual(beat, ["still there"]);
  });

  it("signs its questions", async () => {
    const { connection } = kernel.connectionFile;
    const [shell, stdin] = [1, 2].map(
      () => new Dealer({ routingId: "second", linger: 0, receiveTimeout: 5_000 }),
    );
    try {
      shell!.connect(channelAddress(connection, "shell"));
      stdin!.connect(channelAddress(connection, "stdin"));
      const contentJson = JSON.stringify({ code: "input('?')", allow_stdin: true });
      await shell!.send(kernel.codec.encode({ type: "execute_request", contentJson }) as Buffer[]);
      const [delimiter, signature, ...parts] = await stdin!.receive();
      assert.equal(String(delimiter), "<IDS|MSG>");
      assert.equal(
        String(signature),
        createHmac("sha256", connection.key).update(Buffer.concat(parts)).digest("hex"),
      );
      await stdin!.send(
        kernel.codec.encode({ type: "input_reply", contentJson: '{"value":""}' }) as Buffer[],
      );
      await shell!.receive();
    } finally {
      shell!.close();
      stdin!.close();
    }
  });

  it("gives null for a question where the client takes none", async () => {
    const { outputs } = await kernel.execute("input('?')", { ...TIMEOUT, allowStdin: false });
    assert.equal(resultText(outputs), "null");
  });

  it("completes after text of several bytes", async () => {
    const code = "const größe = 'ß'; Math.sqr";
    const { content } = await kernel.request("shell", "complete_request", { code, cursor_pos: 27 }, TIMEOUT);
    assert.deepEqual(content["matches"], ["sqrt"]);
    assert.deepEqual([content["cursor_start"], content["cursor_end"]], [24, 27]);
  });

  it("counts the cursor in code points where characters lie outside the basic plane", async () => {
    const code = "'𝒳𝒴'; Math.sqr";
    const { content } = await kernel.request("shell", "complete_request", { code, cursor_pos: 14 }, TIMEOUT);
    assert.deepEqual(content["matches"], ["sqrt"]);
    assert.deepEqual([content["cursor_start"], content["cursor_end"]], [11, 14]);
  });

  it("drops a request that is signed with another key, and serves the next one", async () => {
    const stranger = new MessageCodec({ key: randomUUID(), hash: "sha256" });
    const content = { code: "globalThis.broken = true", silent: false };
    await kernel.sendFrames(
      "shell",
      stranger.encode({ type: "execute_request", contentJson: JSON.stringify(content) }),
    );
    const { outputs } = await kernel.execute("'broken' in globalThis", TIMEOUT);
    assert.equal(resultText(outputs), "false");
    assert.match(kernel.log, /bad signature/);
  });

  it("does not count a cell that is not stored", async () => {
    const first = await kernel.execute("1", TIMEOUT);
    const hidden = await kernel.execute("2", { ...TIMEOUT, storeHistory: false });
    const second = await kernel.execute("3", TIMEOUT);
    assert.equal(resultText(hidden.outputs), "2");
    assert.equal(second.reply.execution_count, first.reply.execution_count! + 1);
  });

  it("answers an interrupt", async () => {
    const { header, content } = await kernel.request("control", "interrupt_request", {}, TIMEOUT);
    assert.equal(header.msg_type, "interrupt_reply");
    assert.equal(content["status"], "ok");
  });

  it("interrupts running code and keeps its variables", async () => {
    await kernel.execute("let kept = 41", TIMEOUT);
    const started = nextBroadcast(kernel, ({ content }) => content["name"] === "stdout");
    const running = kernel.execute("console.log('started'); while (true) {}", TIMEOUT);
    await started;
    await kernel.interrupt();
    assert.equal((await running).reply.ename, "KeyboardInterrupt");
    assert.equal(resultText((await kernel.execute("kept + 1", TIMEOUT)).outputs), "42");
  });

  it("imports relative to the notebook's folder", async () => {
    writeFileSync(join(directory, "greeting.ts"), "export const greeting: string = 'from a file';\n");
    const { outputs } = await kernel.execute("import { greeting } from './greeting.ts'; greeting", TIMEOUT);
    assert.equal(resultText(outputs), "'from a file'");
  });

  it("runs an HTTP server beside later cells", async () => {
    const { outputs } = await kernel.execute(
      `import { createServer } from "node:http";
       const server = createServer((_request, response) => response.end("served"));
       await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
       (server.address() as { port: number }).port`,
      TIMEOUT,
    );
    const response = await fetch(`http://127.0.0.1:${resultText(outputs)}/`, {
      signal: AbortSignal.timeout(30_000),
    });
    assert.equal(await response.text(), "served");
    await kernel.execute("server.close()", TIMEOUT);
  });

  it("prints while it waits for nothing", async () => {
    const { outputs } = await kernel.execute(
      "process.stdout.write('no newline'); console.error('oops')",
      TIMEOUT,
    );
    assert.equal(streamText(outputs, "stdout"), "no newline");
    assert.equal(streamText(outputs, "stderr"), "oops\n");
  });
});

describe("the end of a kernel", () => {
  for (const restart of [false, true]) {
    it(
      `replies to shutdown with restart ${restart}, and the process is gone`,
      { timeout: 60_000 },
      async () => {
        const kernel = await startKernel();
        const { header, content } = await kernel.request("control", "shutdown_request", { restart }, TIMEOUT);
        assert.equal(header.msg_type, "shutdown_reply");
        assert.deepEqual(content, { status: "ok", restart });
        assert.deepEqual(await kernel.exited, { code: 0, signal: null });
      },
    );
  }
});

/** Send frames to the heartbeat socket and give back what comes. */
async function heartbeat(kernel: KernelClient, frames: string[]): Promise<string[]> {
  const socket = new Dealer({ linger: 0, receiveTimeout: 5_000 });
  try {
    socket.connect(channelAddress(kernel.connectionFile.connection, "hb"));
    await socket.send(frames);
    return (await socket.receive()).map(String);
  } finally {
    socket.close();
  }
}
