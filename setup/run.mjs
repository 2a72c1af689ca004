// The one entry of every npm script. Plain JavaScript that Node 20 runs: it sets up what is missing,
// then hands over to commands/<name>.ts on the Node 24 that set-up installed.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { projectNode, projectRoot, stateDirectory } from "./paths.mjs";
import { install, SetupError } from "./install.mjs";
import { requirementsOf } from "./requirements.mjs";

const [command = "", ...rest] = process.argv.slice(2);
const script = join(projectRoot, "commands", `${command}.ts`);
const majorVersion = Number(process.versions.node.split(".")[0]);

if (majorVersion < 20) fail(`Rounds needs Node 20 or newer; this is Node ${process.versions.node}.`);
if (command !== "setup" && !existsSync(script)) fail(`There is no command "${command}".`);

try {
  await install(requirementsOf(command, rest));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  fail(error.message);
}
if (command !== "setup") runOnProjectNode();

function runOnProjectNode() {
  const child = spawn(projectNode, [script, ...rest], { stdio: "inherit", env: environment() });
  // A terminal sends Ctrl-C to the child as well; a signal to this process alone is passed on.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
    process.exit();
  });
}

/** A short command, and what it starts, need not compile the same files each time. */
function environment() {
  if (command !== "rounds" && command !== "bench") return process.env;
  return { NODE_COMPILE_CACHE: join(stateDirectory, "compile-cache"), ...process.env };
}

function fail(line) {
  process.stderr.write(`\n✖ ${line}\n`);
  process.exit(1);
}
