/** A cell that takes more of the machine's memory than there is: the process ends, and the next one says why. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, it } from "node:test";

import { jupyterEnvironment } from "../../commands/jupyter-environment.ts";
import { venvPython } from "../../setup/paths.mjs";
import { skipWithout } from "../support/programs.ts";

const folder = mkdtempSync(join(tmpdir(), "rounds-memory-"));
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

/** As a Jupyter server does it: the kernel that is started in place of a dead one has the same connection. */
const SCRIPT = `
import json
import time
from jupyter_client import KernelManager

manager = KernelManager(kernel_name="typescript")
manager.start_kernel(cwd=${JSON.stringify(folder)})
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=30)

def run(code):
    streams = []
    def hear(message):
        if message["msg_type"] == "stream":
            streams.append(message["content"]["text"])
    reply = client.execute_interactive(code, timeout=30, output_hook=hear, store_history=True)
    return {"status": reply["content"]["status"], "text": "".join(streams)}

ended = [run("const kept = 1; console.log('before')")]
# Bytes outside of the heap, with which the system ends the process.
client.execute("const bytes = Buffer.alloc(4e8, 1); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 300); await new Promise(() => {})")
deadline = time.monotonic() + 60
while manager.is_alive() and time.monotonic() < deadline:
    time.sleep(0.05)
ended.append({"alive": manager.is_alive()})
manager.restart_kernel(now=True)
client.wait_for_ready(timeout=30)
ended.append(run("console.log(typeof kept)"))
ended.append(run("console.log('after')"))
manager.shutdown_kernel(now=True)
print("ended", json.dumps(ended))
`;

it(
  "a kernel that dies of its memory is started anew, and says so once",
  { skip: skipWithout(venvPython), timeout: 150_000 },
  async () => {
    const environment = {
      ...jupyterEnvironment(join(folder, "jupyter")),
      NODE_OPTIONS: "--max-old-space-size=200",
    };
    const child = spawn(venvPython, ["-c", SCRIPT], {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 140_000,
    });
    let words = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (words += text));
    await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
    const ended = JSON.parse(/^ended (.*)$/m.exec(words)?.[1] ?? assert.fail(words)) as Record<
      string,
      unknown
    >[];
    assert.deepEqual(ended[0], { status: "ok", text: "before\n" });
    assert.deepEqual(ended[1], { alive: false });
    assert.equal(ended[2]!["status"], "ok");
    assert.match(
      String(ended[2]!["text"]),
      /The kernel was started anew and its variables are lost: the one before ended in a cell that had taken \d+ MB\nof memory/,
    );
    assert.match(String(ended[2]!["text"]), /^undefined$/m);
    assert.deepEqual(ended[3], { status: "ok", text: "after\n" });
  },
);
