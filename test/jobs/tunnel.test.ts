/** The tunnel of a session and its carrier, joined by relays that are killed at any moment. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { LocalShell } from "../../lib/jobs/cluster/local-shell.ts";
import { sessionCode } from "../../lib/jobs/session/open-session.ts";
import { relayProgram, Tunnel } from "../../lib/jobs/session/tunnel.ts";
import { SeededRandom } from "../../lib/core/seeded-random.ts";

const folder = mkdtempSync(join(tmpdir(), "rounds-tunnel-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The carrier alone, as a session has it: it ends with this process. */
const carrierProgram = `
import json, sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from carrier import Carrier
carrier = Carrier(Path(sys.argv[2]), {"socket": sys.argv[2] + "/server.sock"}, "secret")
carrier.is_ready = True
carrier.start()
sys.stdin.read()
`;

describe("the tunnel of a session", { timeout: 60_000 }, () => {
  it("carries every byte once and in order, whenever its connection is killed", async () => {
    // Gives back what it gets.
    const server = createServer((socket) => socket.pipe(socket));
    server.listen(join(folder, "server.sock"));
    const carrier = spawn("python3", ["-c", carrierProgram, sessionCode, folder], {
      stdio: ["pipe", "inherit", "inherit"],
    });
    while (!existsSync(join(folder, "carrier.sock"))) await sleep(20);
    const shell = new LocalShell({ name: "here" });
    const random = new SeededRandom(3);
    let connections = 0;
    const tunnel = await Tunnel.open({
      connect: () => {
        connections++;
        const connection = shell.connect("python3", ["-c", relayProgram, folder]);
        // Killed at any moment after it has begun to carry, the last one too.
        connection.output.once("data", () => setTimeout(connection.close, 600 * random.uniform()));
        return connection;
      },
      signOfLifeMs: 100,
      patienceMs: 30_000,
      name: "test",
    });
    try {
      assert.equal(await tunnel.ready(), "secret");
      const answers = await Promise.all([1, 2, 3].map((seed) => roundTrip(tunnel.port, seed)));
      for (const { sent, received } of answers) assert.equal(received, sent);
      assert.ok(connections > 2, `${connections} connections`);
    } finally {
      await tunnel.close();
      carrier.kill("SIGKILL");
      server.close();
    }
  });

  it("says that a session is over where there is none", async () => {
    const shell = new LocalShell({ name: "here" });
    const tunnel = await Tunnel.open({
      connect: () => shell.connect("python3", ["-c", relayProgram, join(folder, "nowhere")]),
      signOfLifeMs: 1000,
      patienceMs: 30_000,
      name: "test",
    });
    await assert.rejects(tunnel.ready(), /The session test is over: it has ended/u);
  });
});

/** Send four megabytes, in pieces over two seconds or so, and read them again. */
async function roundTrip(port: number, seed: number): Promise<{ sent: string; received: string }> {
  const random = new SeededRandom(seed);
  const [sent, received] = [createHash("sha256"), createHash("sha256")];
  const socket = connect(port, "127.0.0.1");
  let [toCome, pieces] = [0, 0];
  const back = (async () => {
    for await (const bytes of socket) {
      received.update(bytes as Buffer);
      toCome -= (bytes as Buffer).length;
      if (pieces === 40 && toCome === 0) break;
    }
  })();
  while (pieces < 40) {
    const piece = Buffer.alloc(100_000, Math.floor(256 * random.uniform()));
    piece.writeUInt32LE(pieces);
    toCome += piece.length;
    pieces++;
    sent.update(piece);
    socket.write(piece);
    await sleep(50);
  }
  await back;
  socket.destroy();
  return { sent: sent.digest("hex"), received: received.digest("hex") };
}
