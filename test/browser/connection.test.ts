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

  constructor(port: number) {
    this.#server = createServer((client) => {
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

  /** Close every connection there is; new ones are let through. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
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
    const source = `for (let line = 0; line < ${lines}; line++) {
  console.log("line " + line);
  await new Promise((resolve) => setTimeout(resolve, 50));
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
    await output.filter({ hasText: "line 5" }).waitFor();
    cable.cut();
    await sleep(500);
    cable.cut();
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
