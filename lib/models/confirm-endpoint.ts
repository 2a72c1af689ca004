import { approve, isApproved, type Place } from "../care/approvals.ts";
import { ArgumentError, ModelError } from "../core/errors.ts";
import { checkOptions, choiceOption, textOption } from "../core/options.ts";
import type { Sensitivity } from "../table/sensitivity.ts";

const ownMachine = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/u;

export interface ConfirmEndpointOptions {
  /** The most that may be sent there: restricted text has to be named. @default "public" */
  readonly sensitivity?: Sensitivity;
  /** Why restricted text may be sent there; needed for it, and kept with the approval and in the audit log. */
  readonly reason?: string;
}

/**
 * Say once that text may be sent to an endpoint that is not on this machine; it is remembered among this project's
 * approvals, or in the file that ROUNDS_APPROVALS names.
 *
 * @throws {ArgumentError} no address of the web, or restricted text without a reason
 *
 * @example
 * await confirmEndpoint("https://models.example.org/v1");
 * const reason = "contract of 2026-03-01 with the hospital's computing centre";
 * await confirmEndpoint("https://hospital.example.org/v1", { sensitivity: "restricted", reason });
 */
export async function confirmEndpoint(url: string, options: ConfirmEndpointOptions = {}): Promise<void> {
  const { sensitivity, reason } = checkOptions(options, {
    sensitivity: choiceOption<Sensitivity>("public", ["public", "restricted"]),
    reason: textOption(undefined),
  });
  checkAddress(url);
  await approve(placeOf(url), sensitivity, reason);
}

/** @throws {ModelError} an endpoint elsewhere that was not confirmed */
export function requireConfirmed(url: string): void {
  const place = placeOf(url);
  if (isOnThisMachine(url) || place.kind === "cluster" || isApproved(place, "public")) return;
  throw new ModelError(
    `${place.name} is not on this machine: what is asked would be sent there. If that is right, say so once: await confirmEndpoint("${url}"), or --confirm on a command line`,
    { endpoint: url },
  );
}

/** @throws {ModelError} restricted text, and an endpoint elsewhere that was not approved for it */
export function requireConfirmedFor(url: string, sensitivity: Sensitivity): void {
  if (sensitivity === "public" || isOnThisMachine(url)) return;
  const place = placeOf(url);
  if (isApproved(place, "restricted")) return;
  const remedy =
    place.kind === "cluster"
      ? `await approveCluster("${place.name}", { reason: "..." })`
      : `await confirmEndpoint("${url}", { sensitivity: "restricted", reason: "..." })`;
  throw new ModelError(
    `what is asked is restricted, and ${place.name} is not on this machine: nothing was sent. Who may decide that it leaves this machine says so once: ${remedy}`,
    { endpoint: url },
  );
}

/** Ports of this machine behind which another machine answers. */
const forwarded = new Map<string, Place>();

/** Say that an address of this machine leads to a cluster, which then has to be approved for restricted text. */
export function noteForwarded(url: string, cluster: Place): void {
  forwarded.set(new URL(url).origin, cluster);
}

function placeOf(url: string): Place {
  const { origin } = new URL(url);
  return forwarded.get(origin) ?? { kind: "endpoint", name: origin, address: origin };
}

/** @throws {ModelError} an address of this machine that Node was told to ask through a proxy, which is elsewhere */
function isOnThisMachine(url: string): boolean {
  const { hostname, origin } = new URL(url);
  if (!ownMachine.test(hostname) || forwarded.has(origin)) return false;
  if (!isProxied(hostname)) return true;
  throw new ModelError(
    `what is asked of ${origin} would go through a proxy (NODE_USE_ENV_PROXY): nothing was sent. Name this machine in NO_PROXY: NO_PROXY=${hostname}`,
    { endpoint: url },
  );
}

/** Node reads these at its start; https has its proxy too, and either is enough to be careful. */
function isProxied(hostname: string): boolean {
  const { env, execArgv } = process;
  const setting = (name: string): string => env[name.toLowerCase()] || env[name] || "";
  const isAsked =
    (env["NODE_USE_ENV_PROXY"] ?? "0") !== "0" ||
    [...execArgv, ...setting("NODE_OPTIONS").split(/\s+/u)].includes("--use-env-proxy");
  if (!isAsked || !(setting("HTTP_PROXY") || setting("HTTPS_PROXY"))) return false;
  const direct = setting("NO_PROXY").split(/[\s,]+/u);
  return !direct.some((each) => each === "*" || each.toLowerCase() === hostname);
}

/** @throws {ArgumentError} no address of the web */
export function checkAddress(url: string): void {
  if (/^https?:\/\/[^/]/u.test(url) && URL.canParse(url)) return;
  throw new ArgumentError("url", "an address such as https://models.example.org/v1", url);
}
