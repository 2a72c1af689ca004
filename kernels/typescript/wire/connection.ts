import { readFileSync } from "node:fs";

/** The five sockets of a Jupyter kernel. */
export type ChannelName = "shell" | "control" | "iopub" | "stdin" | "hb";

/** What a connection file says, checked. */
export interface Connection {
  readonly transport: "tcp" | "ipc";
  readonly ip: string;
  readonly ports: Readonly<Record<ChannelName, number>>;
  /** Secret that signs every message; empty means unsigned. */
  readonly key: string;
  /** Name of the hash, for `crypto.createHmac`. */
  readonly hash: string;
}

const CHANNELS: readonly ChannelName[] = ["shell", "control", "iopub", "stdin", "hb"];

/**
 * Read the connection file that Jupyter hands to a kernel.
 *
 * @throws Error that names the file and the field, when the file is missing, is no JSON or lacks a field
 */
export function readConnectionFile(path: string): Connection {
  const fields = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  const transport = fields["transport"] ?? "tcp";
  if (transport !== "tcp" && transport !== "ipc") {
    throw new Error(`${path}: "transport" must be "tcp" or "ipc", got ${JSON.stringify(transport)}`);
  }
  const scheme = String(fields["signature_scheme"] ?? "hmac-sha256");
  if (!scheme.startsWith("hmac-")) {
    throw new Error(`${path}: "signature_scheme" must begin with "hmac-", got ${JSON.stringify(scheme)}`);
  }
  const ports = CHANNELS.map((channel) => {
    const port = fields[`${channel}_port`];
    if (typeof port !== "number" || !Number.isInteger(port)) {
      throw new Error(`${path}: "${channel}_port" must be a whole number, got ${JSON.stringify(port)}`);
    }
    return [channel, port] as const;
  });
  return {
    transport,
    ip: String(fields["ip"] ?? "127.0.0.1"),
    ports: Object.fromEntries(ports) as Record<ChannelName, number>,
    key: String(fields["key"] ?? ""),
    hash: scheme.slice("hmac-".length),
  };
}

/**
 * Address of one socket, for bind and connect.
 *
 * @example
 * channelAddress({ transport: "tcp", ip: "127.0.0.1", ports: { shell: 50001 } }, "shell") //=> "tcp://127.0.0.1:50001"
 */
export function channelAddress(
  connection: Pick<Connection, "transport" | "ip" | "ports">,
  channel: ChannelName,
): string {
  const separator = connection.transport === "tcp" ? ":" : "-";
  return `${connection.transport}://${connection.ip}${separator}${connection.ports[channel]}`;
}
