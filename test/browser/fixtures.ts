import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import type { BrowserContext, Page } from "playwright-core";

import { freePort } from "../../commands/free-port.ts";
import { jupyterEnvironment } from "../../commands/jupyter-environment.ts";
import { stopProcessTree } from "../../commands/process-tree.ts";
import { venvPython } from "../../setup/paths.mjs";

const START_SECONDS = 180;
const TOKEN = "browser-test";

/** Where Chromium is looked for, in this order. */
const CHROMIUM_PATHS = [
  process.env["CHROMIUM_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The browser's program, or undefined where there is none. */
export function findChromium(): string | undefined {
  return CHROMIUM_PATHS.find((path) => path !== undefined && existsSync(path));
}

/** A JupyterLab server of its own: folder, state and port, stopped by {@link LabServer.stop}. */
export interface LabServer {
  /** The folder that it serves; notebooks are put here. */
  readonly directory: string;
  readonly port: number;
  /** Where a new page shows this notebook, and no other. */
  address(notebook: string): string;
  /** Whether the server trusts a notebook's code cells: [true], [false] or, where they differ, both. */
  trustOf(notebook: string): Promise<boolean[]>;
  stop(): Promise<void>;
}

export interface LabOptions {
  /** Environment variables that differ from what `npm start` sets. */
  readonly environment?: NodeJS.ProcessEnv;
}

export async function startLab(options: LabOptions = {}): Promise<LabServer> {
  const home = mkdtempSync(join(tmpdir(), "rounds-lab-"));
  const directory = join(home, "notebooks");
  mkdirSync(directory);
  const port = await freePort(18_000 + (process.pid % 10_000));
  const log = openSync(join(home, "server.log"), "w");
  const server = spawn(
    venvPython,
    [
      "-m",
      "jupyterlab",
      "--allow-root",
      "--no-browser",
      "--ServerApp.ip=127.0.0.1",
      `--ServerApp.port=${port}`,
      "--ServerApp.port_retries=0",
      `--ServerApp.root_dir=${directory}`,
    ],
    {
      env: {
        ...jupyterEnvironment(join(home, "jupyter")),
        HOME: home,
        JUPYTER_TOKEN: TOKEN,
        ...options.environment,
      },
      stdio: ["ignore", log, log],
    },
  );
  const stop = async (): Promise<void> => {
    await stopProcessTree(server.pid!, 5);
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  const deadline = Date.now() + START_SECONDS * 1000;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/status?token=${TOKEN}`).catch(() => undefined);
    if (answer?.ok === true) break;
    if (server.exitCode !== null || Date.now() > deadline) {
      const end = readFileSync(join(home, "server.log"), "utf8").slice(-2000);
      await stop();
      throw new Error(`JupyterLab did not answer within ${START_SECONDS} s:\n${end}`);
    }
    await sleep(100);
  }
  // A workspace of its own for each page, or JupyterLab reopens the notebooks of earlier pages over this one.
  let pages = 0;
  const address = (notebook: string): string =>
    `http://127.0.0.1:${port}/lab/workspaces/page-${++pages}/tree/${encodeURIComponent(notebook)}?token=${TOKEN}`;
  const trustOf = async (notebook: string): Promise<boolean[]> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/contents/${notebook}?token=${TOKEN}`);
    const { content } = (await answer.json()) as {
      content: { cells: { cell_type: string; metadata: { trusted?: boolean } }[] };
    };
    const cells = content.cells.filter((cell) => cell.cell_type === "code");
    return [...new Set(cells.map((cell) => cell.metadata.trusted === true))];
  };
  return { directory, port, address, trustOf, stop };
}

/** A browser with an empty profile that records what went wrong and where it called. */
export interface Browser {
  readonly context: BrowserContext;
  /** Errors that no page caught. */
  readonly errors: string[];
  /** Requests that were not to 127.0.0.1. */
  readonly foreignRequests: string[];
  stop(): Promise<void>;
}

export async function startBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "rounds-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium()!,
    headless: true,
    viewport: { width: 1280, height: 900 },
    permissions: ["clipboard-read", "clipboard-write"],
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const errors: string[] = [];
  const foreignRequests: string[] = [];
  context.on("weberror", (event) => errors.push(String(event.error())));
  context.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (/^(https?|wss?):$/u.test(protocol) && hostname !== "127.0.0.1") foreignRequests.push(request.url());
  });
  const stop = async (): Promise<void> => {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return { context, errors, foreignRequests, stop };
}

/** Put a notebook into the server's folder and open it; ready when JupyterLab shows its cells. */
export async function openNotebook(browser: Browser, lab: LabServer, path: string): Promise<Page> {
  const name = basename(path);
  const target = join(lab.directory, name);
  if (path !== target) cpSync(path, target);
  const page = await browser.context.newPage();
  await page.goto(lab.address(name));
  await page.locator(".jp-NotebookPanel:visible .jp-Cell").first().waitFor({ timeout: 60_000 });
  return page;
}

/** Wait until the status bar says that the kernel is idle; the notebook's own sign says so before it is connected. */
export async function waitForIdleKernel(page: Page): Promise<void> {
  const status = page.locator("#jp-main-statusbar", { hasText: /\| Idle/u });
  await status.waitFor({ timeout: 60_000 });
}

/** Wait for a child process and throw with its words when it fails. */
export async function runProgram(
  program: string,
  parameters: string[],
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const child = spawn(program, parameters, {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
  });
  let words = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => (words += text));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${program} ${parameters.join(" ")} ended with ${code}:\n${words}`);
  return words;
}
