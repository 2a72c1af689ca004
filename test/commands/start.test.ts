/** `npm start` with a real JupyterLab. */
import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { descendantsOf, isRunning } from "../../commands/process-tree.ts";
import { projectRoot } from "../../setup/paths.mjs";

interface StartedLab {
  child: ChildProcess;
  output: () => string;
  address: URL;
}

async function startLab(parameters: string[]): Promise<StartedLab> {
  const child = spawn("npm", ["start", "--", ...parameters], { cwd: projectRoot, stdio: "pipe" });
  let text = "";
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (chunk) => (text += String(chunk)));
  for (let waited = 0; waited < 60_000; waited += 100) {
    const found = /Rounds is ready: (\S+)/.exec(text);
    if (found) return { child, output: () => text, address: new URL(found[1]!) };
    if (child.exitCode !== null) break;
    await sleep(100);
  }
  child.kill("SIGKILL");
  throw new Error(`npm start did not get ready:\n${text}`);
}

async function stopLab({ child }: StartedLab): Promise<void> {
  const family = descendantsOf(child.pid!);
  assert.ok(family.length > 1, "npm start runs a server");
  const ended = new Promise((resolve) => child.on("close", resolve));
  child.kill("SIGINT");
  await Promise.race([ended, sleep(15_000)]);
  assert.deepEqual(family.filter(isRunning), [], "Ctrl-C stops every process it started");
}

describe("npm start", () => {
  it("serves the tour on 127.0.0.1 with a token, and Ctrl-C stops server and kernels", async () => {
    const lab = await startLab(["--no-browser"]);
    try {
      assert.equal(lab.address.hostname, "127.0.0.1");
      assert.equal(lab.address.pathname, "/lab/tree/notebooks/00-tour.ipynb");
      const token = lab.address.searchParams.get("token")!;
      const headers = { Authorization: `token ${token}` };

      const refused = await fetch(new URL("/api/kernels", lab.address));
      assert.equal(refused.status, 403);
      const specs = await (await fetch(new URL("/api/kernelspecs", lab.address), { headers })).json();
      assert.equal(specs.default, "typescript");
      const kernel = await fetch(new URL("/api/kernels", lab.address), {
        method: "POST",
        headers,
        body: JSON.stringify({ name: "typescript" }),
      });
      assert.equal(kernel.status, 201);
      const page = await (await fetch(lab.address)).text();
      assert.match(page, /rounds-viewer/, "JupyterLab has found the viewer");
    } finally {
      await stopLab(lab);
    }
  });

  it("opens the folder that --dir names on the port that --port names", async () => {
    const directory = mkdtempSync(join(tmpdir(), "rounds-dir-"));
    const port = await freePort();
    const lab = await startLab(["--no-browser", "--dir", directory, "--port", String(port)]);
    try {
      assert.equal(lab.address.port, String(port));
      const token = lab.address.searchParams.get("token")!;
      const contents = await fetch(new URL("/api/contents", lab.address), {
        headers: { Authorization: `token ${token}` },
      });
      assert.deepEqual((await contents.json()).content, []);
    } finally {
      await stopLab(lab);
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it("refuses what it cannot do, in one line", () => {
    const refusals: [string[], RegExp][] = [
      [["--port", "eighty"], /✖ --port must be a whole number from 1 to 65535, got "eighty"/],
      [["--dir", "no-such-folder"], /✖ --dir no-such-folder: there is no such folder/],
      [["--prot", "1"], /✖ --prot is no option/],
    ];
    for (const [parameters, expected] of refusals) {
      const result = spawnSync("npm", ["start", "--", ...parameters], {
        cwd: projectRoot,
        encoding: "utf8",
        timeout: 60_000,
      });
      assert.equal(result.status, 1);
      assert.match(result.stderr, expected);
    }
  });

  it("says when the port is taken", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => blocker.once("listening", resolve));
    const port = (blocker.address() as { port: number }).port;
    const result = spawnSync("npm", ["start", "--", "--port", String(port)], {
      cwd: projectRoot,
      encoding: "utf8",
      timeout: 60_000,
    });
    blocker.close();
    assert.equal(result.status, 1);
    assert.match(result.stderr, new RegExp(`--port ${port} is in use`));
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
