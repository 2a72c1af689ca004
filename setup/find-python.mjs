import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { SetupError } from "./run-step.mjs";

const execute = promisify(execFile);
const minimumMinor = 11;
const probe = "import sys\nprint('%d.%d' % sys.version_info[:2])\nimport venv, ensurepip";

/**
 * The first Python >= 3.11 that can make virtual environments: `ROUNDS_PYTHON`, then `python3`, then
 * the versioned names, newest first.
 *
 * @returns {Promise<{command: string, version: string}>}
 */
export async function findPython() {
  const versioned = [14, 13, 12, 11].map((minor) => `python3.${minor}`);
  const candidates = process.env.ROUNDS_PYTHON
    ? [process.env.ROUNDS_PYTHON]
    : ["python3", ...versioned, "python"];
  const seen = [];
  for (const command of candidates) {
    const { version, complete } = await inspect(command);
    if (!version) continue;
    seen.push({ command, version, complete });
    if (isNewEnough(version) && complete) return { command, version };
  }
  const withoutVenv = seen.find(({ version }) => isNewEnough(version));
  if (withoutVenv) {
    throw new SetupError(
      `Python ${withoutVenv.version} has no venv module. On Debian and Ubuntu: sudo apt install python${withoutVenv.version}-venv`,
    );
  }
  const found = seen.map(({ command, version }) => `${command} is ${version}`).join(", ") || "none was found";
  throw new SetupError(
    `No Python 3.${minimumMinor} or newer (${found}). Install one (Debian, Ubuntu: sudo apt install python3 python3-venv; macOS: brew install python), or name it: ROUNDS_PYTHON=/path/to/python3 npm start`,
  );
}

async function inspect(command) {
  try {
    const { stdout } = await execute(command, ["-c", probe], { timeout: 20_000 });
    return { version: stdout.trim(), complete: true };
  } catch (error) {
    return { version: /^\d+\.\d+/.exec(error.stdout ?? "")?.[0], complete: false };
  }
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 3 || (major === 3 && minor >= minimumMinor);
}
