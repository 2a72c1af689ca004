import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ArgumentError, ModelError } from "../core/errors.ts";
import { checkOptions, choiceOption } from "../core/options.ts";
import { writeFileAtomically } from "../core/write-file-atomically.ts";
import type { Sensitivity } from "../table/sensitivity.ts";

const projectList = join(
  fileURLToPath(new URL("../..", import.meta.url)),
  ".rounds",
  "confirmed-endpoints.json",
);
const ownMachine = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/u;

export interface ConfirmEndpointOptions {
  /** The most that may be sent there: restricted text has to be named. @default "public" */
  readonly sensitivity?: Sensitivity;
}

/**
 * Say once that text may be sent to an endpoint that is not on this machine; it is remembered for this project, or in
 * the file that ROUNDS_ENDPOINTS names.
 *
 * @example
 * await confirmEndpoint("https://models.example.org/v1");
 * await confirmEndpoint("https://hospital.example.org/v1", { sensitivity: "restricted" });
 */
export async function confirmEndpoint(url: string, options: ConfirmEndpointOptions = {}): Promise<void> {
  const { sensitivity } = checkOptions(options, {
    sensitivity: choiceOption<Sensitivity>("public", ["public", "restricted"]),
  });
  checkAddress(url);
  const all = { ...confirmed(), [new URL(url).origin]: sensitivity };
  await writeFileAtomically(listPath(), `${JSON.stringify(all, null, 1)}\n`);
}

/** @throws {ModelError} an endpoint elsewhere that was not confirmed */
export function requireConfirmed(url: string): void {
  const { origin } = new URL(url);
  if (isOnThisMachine(url) || Object.hasOwn(confirmed(), origin)) return;
  throw new ModelError(
    `${origin} is not on this machine: what is asked would be sent there. If that is right, say so once: await confirmEndpoint("${url}"), or --confirm on a command line`,
    { endpoint: url },
  );
}

/** @throws {ModelError} restricted text, and an endpoint elsewhere that was not confirmed for it */
export function requireConfirmedFor(url: string, sensitivity: Sensitivity): void {
  const { origin } = new URL(url);
  if (sensitivity === "public" || isOnThisMachine(url) || confirmed()[origin] === "restricted") return;
  throw new ModelError(
    `what is asked is restricted, and ${origin} is not on this machine: nothing was sent. Who may decide that it leaves this machine says so once: await confirmEndpoint("${url}", { sensitivity: "restricted" })`,
    { endpoint: url },
  );
}

function isOnThisMachine(url: string): boolean {
  return ownMachine.test(new URL(url).hostname);
}

/** @throws {ArgumentError} no address of the web */
export function checkAddress(url: string): void {
  if (/^https?:\/\/[^/]/u.test(url) && URL.canParse(url)) return;
  throw new ArgumentError("url", "an address such as https://models.example.org/v1", url);
}

function listPath(): string {
  return process.env["ROUNDS_ENDPOINTS"] || projectList;
}

/** The most that may be sent, by origin. */
function confirmed(): Readonly<Record<string, Sensitivity>> {
  const path = listPath();
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Record<string, Sensitivity>) : {};
}
