import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ModelError } from "../core/errors.ts";
import { writeFileAtomically } from "../core/write-file-atomically.ts";

const listPath = join(
  fileURLToPath(new URL("../..", import.meta.url)),
  ".rounds",
  "confirmed-endpoints.json",
);
const ownMachine = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/u;

/**
 * Say once that text may be sent to an endpoint that is not on this machine; it is remembered for this project.
 *
 * @example
 * await confirmEndpoint("https://models.example.org/v1");
 */
export async function confirmEndpoint(url: string): Promise<void> {
  const origins = new Set([...confirmed(), new URL(url).origin]);
  await writeFileAtomically(listPath, `${JSON.stringify([...origins].toSorted())}\n`);
}

/** @throws {ModelError} an endpoint elsewhere that was not confirmed */
export function requireConfirmed(url: string): void {
  const { hostname, origin } = new URL(url);
  if (ownMachine.test(hostname) || confirmed().includes(origin)) return;
  throw new ModelError(
    `${origin} is not on this machine: what is asked would be sent there. If that is right, say so once: await confirmEndpoint("${url}")`,
    { endpoint: url },
  );
}

function confirmed(): readonly string[] {
  return existsSync(listPath) ? (JSON.parse(readFileSync(listPath, "utf8")) as string[]) : [];
}
