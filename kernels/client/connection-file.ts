import { randomInt, randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChannelName, Connection } from "../typescript/wire/connection.ts";

const CHANNELS: readonly ChannelName[] = ["shell", "control", "iopub", "stdin", "hb"];

const FIRST_PORT = 10_000;
const END_OF_PORTS = 32_000;

/** A connection of our own making, and the file that tells the kernel of it. */
export interface ConnectionFile {
  readonly connection: Connection;
  readonly path: string;
  remove(): void;
}

/** Choose five free ports on 127.0.0.1 and a key, and write them to a file that only the user can read. */
export async function createConnectionFile(): Promise<ConnectionFile> {
  const ports = await freePorts(CHANNELS.length);
  const key = randomUUID();
  const connection: Connection = {
    transport: "tcp",
    ip: "127.0.0.1",
    ports: Object.fromEntries(CHANNELS.map((channel, index) => [channel, ports[index]!])) as Record<
      ChannelName,
      number
    >,
    key,
    hash: "sha256",
  };
  const path = join(tmpdir(), `rounds-kernel-${randomUUID()}.json`);
  const fields = {
    transport: connection.transport,
    ip: connection.ip,
    key,
    signature_scheme: "hmac-sha256",
    ...Object.fromEntries(CHANNELS.map((channel) => [`${channel}_port`, connection.ports[channel]])),
  };
  writeFileSync(path, JSON.stringify(fields), { mode: 0o600 });
  return { connection, path, remove: () => rmSync(path, { force: true }) };
}

/**
 * Free ports below those that systems give to outgoing connections.
 *
 * A client that tries to connect before the kernel listens can be given the very port that it asks for: it is then
 * connected to itself, for good.
 */
async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = [];
  while (servers.length < count) {
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) =>
        error.code === "EADDRINUSE" ? resolve(false) : reject(error),
      );
      server.listen(randomInt(FIRST_PORT, END_OF_PORTS), "127.0.0.1", () => resolve(true));
    });
    // All are held until all are known, so that no port comes twice.
    if (isFree) servers.push(server);
  }
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
