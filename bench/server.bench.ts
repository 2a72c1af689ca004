/** What a Jupyter server between notebook and kernel costs; and which of the two the notebook runner uses. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KernelManager, ServerConnection } from "@jupyterlab/services";
import { freePort } from "../commands/free-port.ts";
import { jupyterEnvironment } from "../commands/jupyter-environment.ts";
import { stopProcessTree } from "../commands/process-tree.ts";
import { KernelClient } from "../kernels/client/kernel-client.ts";
import { projectRoot, venvPython } from "../setup/paths.mjs";
import { interleave, median, milliseconds, summary, type Measurement } from "./harness.ts";

const cells = 200;
const notebooks = 5;
const cellsOfANotebook = 30;
const token = "benchmark";

export default async function serverBenchmark(): Promise<Measurement[]> {
  const directory = mkdtempSync(join(tmpdir(), "rounds-bench-"));
  const port = await freePort(18_888);
  const server = spawn(
    venvPython,
    ["-m", "jupyter_server", `--ServerApp.port=${port}`, "--ServerApp.open_browser=False", "--allow-root"],
    { cwd: directory, env: { ...jupyterEnvironment(directory), JUPYTER_TOKEN: token }, stdio: "ignore" },
  );
  try {
    await answering(port);
    const manager = new KernelManager({
      serverSettings: ServerConnection.makeSettings({
        baseUrl: `http://127.0.0.1:${port}`,
        wsUrl: `ws://127.0.0.1:${port}`,
        token,
        appendToken: true,
      }),
    });
    const throughServer = await manager.startNew({ name: "typescript" });
    await throughServer.info;
    const direct = await startDirect();
    const cell = await interleave(cells, {
      server: () => milliseconds(() => throughServer.requestExecute({ code: "1 + 1" }).done),
      direct: () => milliseconds(() => direct.execute("1 + 1")),
    });
    await Promise.all([throughServer.shutdown(), direct.shutdown()]);

    const notebook = await interleave(notebooks, {
      services: () =>
        milliseconds(async () => {
          const kernel = await manager.startNew({ name: "typescript" });
          for (let run = 0; run < cellsOfANotebook; run++)
            await kernel.requestExecute({ code: "1 + 1" }).done;
          await kernel.shutdown();
        }),
      zeromq: () =>
        milliseconds(async () => {
          const kernel = await startDirect();
          for (let run = 0; run < cellsOfANotebook; run++) await kernel.execute("1 + 1");
          await kernel.shutdown();
        }),
    });
    manager.dispose();
    return [
      {
        what: "cell through the server, over the kernel's own time",
        value: median(cell.server.map((value, run) => value - cell.direct[run]!)),
        unit: "ms",
        atMost: 15,
        detail: `${summary(cell.server, "ms")} against ${summary(cell.direct, "ms")}`,
      },
      {
        what: "a notebook of 30 cells straight over zeromq / over @jupyterlab/services",
        value: median(notebook.zeromq.map((value, run) => value / notebook.services[run]!)),
        unit: "ratio",
        atMost: 1,
        detail: `${summary(notebook.zeromq, "ms")} against ${summary(notebook.services, "ms")}, its server already up`,
      },
    ];
  } finally {
    await stopProcessTree(server.pid!, 5);
    rmSync(directory, { recursive: true, force: true });
  }
}

function startDirect(): Promise<KernelClient> {
  return KernelClient.start({ kernelspec: join(projectRoot, "kernels", "typescript") });
}

async function answering(port: number): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 100) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/status?token=${token}`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error("jupyter_server did not answer within 30 s");
}
