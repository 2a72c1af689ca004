import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { projectNode, projectRoot } from "../../setup/paths.mjs";

/** npm sets INIT_CWD to the folder in which the command was typed and runs the script in the project's. */
export function startRounds(folder: string, parameters: readonly string[]) {
  return spawn(projectNode, [join(projectRoot, "commands", "rounds.ts"), ...parameters], {
    cwd: projectRoot,
    env: { ...process.env, INIT_CWD: folder },
    timeout: 120_000,
  });
}

/** What a finished command gave. */
export async function rounds(folder: string, ...parameters: string[]) {
  const child = startRounds(folder, parameters);
  const closed = once(child, "close");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await closed) as [number];
  return { code, stdout, stderr };
}
