import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChannelName, Connection } from "../typescript/wire/connection.ts";

const CHANNELS: readonly ChannelName[] = ["shell", "control", "iopub", "stdin", "hb"];

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

async function freePorts(count: number): Promise<number[]> {
  // All are held until all are known, so that no port comes twice.
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(0, "127.0.0.1", resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
