/** `npm start`: JupyterLab on the tour notebook, on 127.0.0.1 with a token. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, openSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { projectRoot, stateDirectory, venvPython } from "../setup/paths.mjs";
import { failWith, parseCommandLine } from "./command-line.ts";
import { freePort, listenOnce } from "./free-port.ts";
import { jupyterEnvironment } from "./jupyter-environment.ts";
import { stopProcessTree } from "./process-tree.ts";

const usage = `npm start -- [--no-browser] [--port N] [--dir DIRECTORY]

  --no-browser     do not open a browser; print the address
  --port N         listen on this port (default: the first free one from 8888)
  --dir DIRECTORY  open JupyterLab on this folder instead of the project's notebooks`;

const startSeconds = 60;
const graceSeconds = 5;

const { values } = parseCommandLine(usage, {
  "no-browser": { type: "boolean" },
  port: { type: "string" },
  dir: { type: "string" },
});

const directory = values.dir === undefined ? projectRoot : checkDirectory(values.dir);
const port = values.port === undefined ? await freePort(8888) : await checkPort(values.port);
const landingPage = values.dir === undefined ? "/lab/tree/notebooks/00-tour.ipynb" : "/lab";
const hasScreen =
  process.platform === "darwin" || Boolean(process.env["DISPLAY"] ?? process.env["WAYLAND_DISPLAY"]);
const opensBrowser = hasScreen && values["no-browser"] !== true;
const token = randomBytes(24).toString("hex");
const logPath = join(stateDirectory, "jupyter", "server.log");
mkdirSync(join(stateDirectory, "jupyter"), { recursive: true, mode: 0o700 });
const log = openSync(logPath, "w", 0o600);

const serverOptions = [
  "--ServerApp.ip=127.0.0.1",
  `--ServerApp.port=${port}`,
  "--ServerApp.port_retries=0",
  `--ServerApp.root_dir=${directory}`,
  `--ServerApp.default_url=${landingPage}`,
  `--ServerApp.open_browser=${opensBrowser ? "True" : "False"}`,
];
if (process.getuid?.() === 0) serverOptions.push("--allow-root");

const server = spawn(
  venvPython,
  ["-m", "jupyterlab", ...serverOptions],
  // A process group of its own: Ctrl-C reaches this process alone, which then stops the server in order.
  { env: { ...jupyterEnvironment(), JUPYTER_TOKEN: token }, stdio: ["ignore", log, log], detached: true },
);

let stopping = false;
// Who reads the output may leave (`npm start | head`); the server must still be stopped in order.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop());
server.on("exit", (code) => {
  if (stopping) return;
  failWith(`JupyterLab ended (exit code ${code}). The end of ${logPath}:\n\n${endOfLog()}`);
});

await waitUntilItAnswers();
printAddress();

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  process.stdout.write("\nStopping JupyterLab and its kernels ...\n");
  await stopProcessTree(server.pid!, graceSeconds);
  process.exit(0);
}

async function waitUntilItAnswers(): Promise<void> {
  const deadline = Date.now() + startSeconds * 1000;
  while (Date.now() < deadline) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/status`, {
      headers: { Authorization: `token ${token}` },
    }).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
  stopping = true;
  await stopProcessTree(server.pid!, graceSeconds);
  failWith(`JupyterLab did not answer within ${startSeconds} s. The end of ${logPath}:\n\n${endOfLog()}`);
}

function printAddress(): void {
  const address = `http://127.0.0.1:${port}${landingPage}?token=${token}`;
  process.stdout.write(`\nRounds is ready: ${address}\n`);
  if (!hasScreen) {
    process.stdout.write(
      `\nThis machine has no screen. From a machine that has one:\n` +
        `  ssh -L ${port}:127.0.0.1:${port} USER@THIS-MACHINE     then open the address above\n` +
        `or look at the notebooks as pages, without a server:\n` +
        `  npm run notebooks -- --html DIRECTORY\n`,
    );
  }
  process.stdout.write(`\nCtrl-C stops it. Its log: ${logPath}\n`);
}

function endOfLog(): string {
  return readFileSync(logPath, "utf8").trim().split("\n").slice(-15).join("\n");
}

function checkDirectory(name: string): string {
  const path = resolve(process.env["INIT_CWD"] ?? process.cwd(), name);
  if (!existsSync(path) || !statSync(path).isDirectory()) failWith(`--dir ${name}: there is no such folder.`);
  return path;
}

async function checkPort(text: string): Promise<number> {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    failWith(`--port must be a whole number from 1 to 65535, got "${text}".`);
  }
  if (!(await listenOnce(number)))
    failWith(`--port ${number} is in use; leave --port out to take a free one.`);
  return number;
}
