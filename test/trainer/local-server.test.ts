/** A tiny model behind the local server, started from TypeScript and from the command line. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isRunning } from "../../commands/process-tree.ts";
import { startLocalServer, type LocalServer } from "../../lib/models/local-server.ts";
import { projectNode, projectRoot, venvPython } from "../../setup/paths.mjs";

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "rounds-serve-"));
  const write =
    "import sys; from pathlib import Path; from served_models import write_model; write_model(Path(sys.argv[1]))";
  execFileSync(venvPython, ["-c", write, join(folder, "tiny")], {
    env: {
      ...process.env,
      PYTHONPATH: `${projectRoot}:${join(projectRoot, "test", "trainer")}`,
      OMP_NUM_THREADS: "1",
    },
    stdio: ["ignore", "ignore", "pipe"],
    timeout: 120_000,
  });
});
after(() => rmSync(folder, { recursive: true }));

async function post(server: LocalServer, path: string, body: object): Promise<any> {
  const reply = await fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.token}` },
    body: JSON.stringify(body),
  });
  return reply.json();
}

describe("startLocalServer", () => {
  it("serves until it is stopped, on 127.0.0.1 and with a token", async () => {
    const server = await startLocalServer(join(folder, "tiny"), { name: "mine", device: "cpu" });
    assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+\/v1$/u);
    assert.equal(server.model.id, "mine");
    assert.equal(server.model.shares_prefixes, true);
    assert.equal(statSync(server.tokenFile).mode & 0o777, 0o600);
    const prompts = [
      [5, 6, 7],
      [5, 6, 8, 9],
    ];
    const { choices } = await post(server, "/completions", {
      model: "mine",
      prompt: prompts,
      echo: true,
      logprobs: 1,
      max_tokens: 1,
      temperature: 0,
    });
    assert.deepEqual(
      choices.map((choice: any) => choice.logprobs.token_logprobs.length),
      [4, 5],
    );
    assert.equal((await fetch(`${server.url}/models`)).status, 401);
    await server.stop();
    assert.equal(await server.ended, 0);
    assert.equal(existsSync(server.tokenFile), false);
    await assert.rejects(fetch(`${server.url}/models`));
  });

  it("says why a folder cannot be served", async () => {
    mkdirSync(join(folder, "empty"));
    await assert.rejects(startLocalServer(join(folder, "empty")), {
      name: "ModelError",
      message: /empty cannot be served: .*has no config\.json/u,
      endpoint: join(folder, "empty"),
    });
    await assert.rejects(startLocalServer(folder, { device: "gpu" as "cpu" }), { name: "ArgumentError" });
  });

  it("gives up when it is told to", async () => {
    const reason = new Error("no longer wanted");
    const abort = new AbortController();
    const started = startLocalServer(join(folder, "tiny"), { signal: abort.signal });
    setTimeout(() => abort.abort(reason), 200);
    await assert.rejects(started, reason);
  });
});

describe("rounds serve", () => {
  const start = (parameters: string[], stderr: "inherit" | "ignore" = "inherit") =>
    spawn(projectNode, [join(projectRoot, "commands", "rounds.ts"), "serve", ...parameters], {
      cwd: projectRoot,
      env: { ...process.env, INIT_CWD: folder },
      stdio: ["ignore", "pipe", stderr],
      timeout: 120_000,
    });

  it("prints where it listens, and ends with its server on SIGTERM", async () => {
    const command = start(["--model", "tiny", "--device", "cpu"]);
    const closed = once(command, "close");
    const lines = createInterface({ input: command.stdout })[Symbol.asyncIterator]();
    const ready = JSON.parse((await lines.next()).value!) as Pick<LocalServer, "url" | "tokenFile" | "model">;
    assert.equal(ready.model.id, "tiny");
    assert.equal((await fetch(ready.url.replace("/v1", "/health"))).status, 200);
    command.kill("SIGTERM");
    assert.deepEqual(await closed, [0, null]);
    assert.equal((await lines.next()).done, true);
    assert.equal(existsSync(ready.tokenFile), false);
  });

  it("takes its server along when it is killed", async () => {
    const command = start(["--model", "tiny", "--device", "cpu"]);
    const [line] = (await once(createInterface({ input: command.stdout }), "line")) as [string];
    const { url } = JSON.parse(line) as { url: string };
    command.kill("SIGKILL");
    const deadline = Date.now() + 60_000;
    const answers = (): Promise<boolean> =>
      fetch(url).then(
        () => true,
        () => false,
      );
    while (await answers()) {
      assert.ok(Date.now() < deadline, "the server outlived its starter");
      await sleep(50);
    }
    assert.equal(isRunning(command.pid!), false);
  });

  it("asks for the model", async () => {
    const command = start([], "ignore");
    assert.deepEqual(await once(command, "close"), [2, null]);
  });
});
