import { spawn } from "node:child_process";
import { projectRoot } from "./paths.mjs";

/** Set-up cannot go on; the message is one line with the remedy. */
export class SetupError extends Error {}

const remedies = [
  [
    /ENOSPC|No space left on device/,
    "Disk full: free about 1 GB where the project lies, and run the command again.",
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|Temporary failure in name resolution|Name or service not known|Failed to establish a new connection|Connection refused|Max retries exceeded/,
    "No network: a package registry did not answer. Check the connection (or the proxy settings of npm and pip) and run the command again; what has arrived is kept.",
  ],
  [
    /EACCES|Permission denied/,
    "No permission to write into the project's folder: check its owner, and run the command again.",
  ],
  [
    /No matching distribution found|none of the wheel's tags|Could not find a version/,
    "A Python package has no ready-made file for this Python and machine: Rounds is tested with Python 3.11 to 3.14 on Linux and macOS.",
  ],
  [
    /THESE PACKAGES DO NOT MATCH THE HASHES|EINTEGRITY/,
    "A package does not match its locked checksum: nothing was installed from it. Clear the npm or pip cache and run the command again.",
  ],
];

/**
 * Run one program of set-up with a progress line; throw a {@link SetupError} with the remedy when it fails.
 *
 * @param {{title: string, command: string | string[], parameters: string[],
 *   countsProgress?: (line: string) => boolean, total?: number}} step
 */
export async function runStep({ title, command, parameters, countsProgress, total = 0 }) {
  const [program, ...first] = [command].flat();
  const started = Date.now();
  process.stderr.write(`  ${title} ...\n`);
  const child = spawn(program, [...first, ...parameters], {
    cwd: projectRoot,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PYTHONUNBUFFERED: "1", NO_COLOR: "1" },
  });
  const passOn = () => child.kill("SIGTERM");
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, passOn);

  let log = "";
  let counted = 0;
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (chunk) => {
      log = (log + chunk).slice(-200_000);
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      if (countsProgress) counted += lines.filter((line) => countsProgress(line.trim())).length;
    });
  }
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const shortTitle = title.split(":")[0];
  const progress = setInterval(() => {
    const share = total > 0 ? `${Math.min(counted, total)} of ${total}, ` : "";
    process.stderr.write(`    ${shortTitle}: ${share}${seconds()} s\n`);
  }, 5000);
  const [code, signal] = await new Promise((resolve) => {
    child.on("error", (error) => {
      log += String(error);
      resolve([1, null]);
    });
    child.on("close", (...outcome) => resolve(outcome));
  });
  clearInterval(progress);
  for (const name of ["SIGINT", "SIGTERM"]) process.off(name, passOn);
  if (signal)
    throw new SetupError("Set-up was interrupted. Run the command again: it goes on where it stopped.");
  if (code !== 0) throw failure(title, log);
  process.stderr.write(`  ✔ ${shortTitle}: ${seconds()} s\n`);
}

function failure(title, log) {
  const remedy = remedies.find(([pattern]) => pattern.test(log))?.[1];
  const tail = log.trim().split("\n").slice(-12).join("\n");
  process.stderr.write(`${tail}\n`);
  return new SetupError(
    remedy ?? `"${title}" failed; the lines above say why. Mend it and run the command again.`,
  );
}
