import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { channelAddress, readConnectionFile } from "../../kernels/typescript/wire/connection.ts";

describe("a connection file", () => {
  const directory = mkdtempSync(join(tmpdir(), "rounds-connection-"));
  after(() => rmSync(directory, { recursive: true }));
  const good = {
    transport: "tcp",
    ip: "127.0.0.1",
    key: "k",
    signature_scheme: "hmac-sha256",
    shell_port: 1,
    control_port: 2,
    iopub_port: 3,
    stdin_port: 4,
    hb_port: 5,
  };
  const read = (fields: object): ReturnType<typeof readConnectionFile> => {
    const path = join(directory, "connection.json");
    writeFileSync(path, JSON.stringify(fields));
    return readConnectionFile(path);
  };

  it("gives the addresses of the sockets, over TCP and IPC", () => {
    const connection = read(good);
    assert.equal(connection.hash, "sha256");
    assert.equal(channelAddress(connection, "iopub"), "tcp://127.0.0.1:3");
    assert.equal(channelAddress(read({ ...good, transport: "ipc", ip: "/tmp/k" }), "hb"), "ipc:///tmp/k-5");
  });

  it("is refused with the field that is wrong", () => {
    assert.throws(() => read({ ...good, stdin_port: "x" }), /"stdin_port" must be a whole number, got "x"/);
    assert.throws(() => read({ ...good, transport: "udp" }), /"transport" must be "tcp" or "ipc", got "udp"/);
    assert.throws(
      () => read({ ...good, signature_scheme: "none" }),
      /"signature_scheme" must begin with "hmac-"/,
    );
  });
});
