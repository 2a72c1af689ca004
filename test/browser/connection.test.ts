/** A notebook whose connection breaks while a cell runs. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer, connect, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { skipWithout } from "../support/programs.ts";
import { findChromium, startBrowser, startLab, waitForIdleKernel } from "./fixtures.ts";
import type { Browser, LabServer } from "./fixtures.ts";
import { chooseMenu } from "./lab-page.ts";
import { notebookOf } from "./notebook-file.ts";

/** A way to the server that can be cut. */
class Cable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  constructor(port: number) {
    this.#server = createServer((client) => {
      if (this.#isCut) {
        client.destroy();
        return;
      }
      const upstream = connect(port, "127.0.0.1");
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => this.#sockets.delete(socket));
      }
      client.pipe(upstream).pipe(client);
      client.on("close", () => upstream.destroy());
      upstream.on("close", () => client.destroy());
    });
  }

  async port(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as { port: number }).port;
  }

  /** Close every connection there is, and let none through until it is mended. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  close(): void {
    this.#server.close();
    this.cut();
  }
}

describe("a broken connection", { skip: skipWithout(findChromium() ?? "/usr/bin/chromium") }, () => {
  let lab: LabServer;
  let browser: Browser;
  let cable: Cable;
  before(async () => {
    lab = await startLab();
    browser = await startBrowser();
    cable = new Cable(lab.port);
  });
  after(async () => {
    cable?.close();
    await browser?.stop();
    await lab?.stop();
  });

  it("loses no output of the cell that runs", async () => {
    const lines = 60;
    const cuts = [5, 25];
    // At each cut the cell waits until the server knows that nobody listens: what is sent before is on its way.
    const source = `import { existsSync } from "node:fs";
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
for (let line = 0; line < ${lines}; line++) {
  console.log("line " + line);
  await wait(20);
  while (${JSON.stringify(cuts)}.includes(line) && !existsSync("cut-" + line)) await wait(20);
}`;
    writeFileSync(join(lab.directory, "counting.ipynb"), notebookOf([source]));
    const address = new URL(lab.address("counting.ipynb"));
    address.port = String(await cable.port());
    const page = await browser.context.newPage();
    await page.goto(address.href);
    await page.locator(".jp-NotebookPanel:visible .jp-Cell").first().waitFor({ timeout: 60_000 });
    await waitForIdleKernel(page);
    await chooseMenu(page, "Run", "Run All Cells");
    const output = page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output");
    for (const line of cuts) {
      await output.filter({ hasText: `line ${line}` }).waitFor({ timeout: 60_000 });
      cable.cut();
      await waitForConnections(lab, 0);
      writeFileSync(join(lab.directory, `cut-${line}`), "");
      await sleep(200);
      cable.mend();
    }
    await output.filter({ hasText: `line ${lines - 1}` }).waitFor({ timeout: 60_000 });
    const expected = Array.from({ length: lines }, (_, line) => `line ${line}`);
    assert.deepEqual(
      (await output.allInnerTexts())
        .join("\n")
        .trim()
        .split(/\s*\n\s*/u),
      expected,
    );
    await page.close();
  });
});

/** Wait until so many pages are connected to kernels, as the server sees it. */
async function waitForConnections(lab: LabServer, wanted: number): Promise<void> {
  const address = new URL(lab.address(""));
  address.pathname = "/api/kernels";
  for (let tries = 0; tries < 300; tries++) {
    const kernels = (await (await fetch(address)).json()) as { connections: number }[];
    if (kernels.reduce((sum, { connections }) => sum + connections, 0) === wanted) return;
    await sleep(100);
  }
  throw new Error(`the server does not come to ${wanted} connections`);
}
