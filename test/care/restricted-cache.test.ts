/** Answers to restricted requests are kept encrypted, or not at all. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

import type { AuditEntry } from "../../lib/core/audit-log.ts";
import { connectModel } from "../../lib/models/connect-model.ts";
import { withEnvironment } from "../data/with-environment.ts";
import { encodeCharacters, startFakeEndpoint } from "../models/fake-endpoint.ts";

const restricted = { sensitivity: "restricted" } as const;
const requests = [{ prompt: "QXZMARKED asked", maximumTokens: 4 }];

async function prepared(test: TestContext, variables: Readonly<Record<string, string | undefined>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "rounds-sealed-"));
  const endpoint = await startFakeEndpoint();
  test.after(() => endpoint.close());
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  const log = join(folder, "audit.jsonl");
  withEnvironment(test, {
    ROUNDS_AUDIT_FILE: log,
    ROUNDS_CACHE_KEY: undefined,
    ROUNDS_CACHE_KEY_FILE: undefined,
    ...variables,
  });
  const cacheFolder = join(folder, "cache");
  const connect = () =>
    connectModel(endpoint.url, { encode: encodeCharacters, cacheFolder, selfCheck: false });
  const kept = (): string =>
    readdirSync(cacheFolder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
      .join("\n");
  return { folder, endpoint, connect, kept, log };
}

describe("the cache of restricted requests", () => {
  it("is off without a key, and each call is in the audit log", async (test) => {
    const { endpoint, connect, kept, log } = await prepared(test);
    const model = await connect();
    for (let time = 0; time < 2; time++) await model.generate(requests, restricted);
    assert.equal(endpoint.requests.length, 2);
    assert.equal(kept(), "");
    const entries = readFileSync(log, "utf8").trimEnd().split("\n");
    const calls = entries.map((line) => JSON.parse(line) as AuditEntry);
    assert.deepEqual(
      calls.map(({ action, detail }) => [action, detail!["kind"], detail!["count"]]),
      [
        ["model-call", "generations", 1],
        ["model-call", "generations", 1],
      ],
    );
    await model.generate(requests);
    assert.equal(readFileSync(log, "utf8").trimEnd().split("\n").length, 2);
  });

  it("is encrypted with one, read again with it, and never with another", async (test) => {
    const key = randomBytes(32).toString("hex");
    const { endpoint, connect, kept } = await prepared(test, { ROUNDS_CACHE_KEY: key });
    const [first] = await (await connect()).generate(requests, restricted);
    const [again] = await (await connect()).generate(requests, restricted);
    assert.deepEqual(again, first);
    assert.equal(endpoint.requests.length, 1);
    assert.ok(!kept().includes("QXZ") && !kept().includes(first!.text));
    process.env["ROUNDS_CACHE_KEY"] = randomBytes(32).toString("hex");
    await (await connect()).generate(requests, restricted);
    assert.equal(endpoint.requests.length, 2);
  });

  it("takes its key from a file of its owner's alone, and tells nothing of a wrong one", async (test) => {
    const { folder, connect } = await prepared(test);
    const path = join(folder, "key");
    writeFileSync(path, randomBytes(32).toString("hex"), { mode: 0o600 });
    process.env["ROUNDS_CACHE_KEY_FILE"] = path;
    await connect();
    chmodSync(path, 0o640);
    await assert.rejects(connect(), /a file that its owner alone may read/u);
    delete process.env["ROUNDS_CACHE_KEY_FILE"];
    process.env["ROUNDS_CACHE_KEY"] = "not-quite-a-key";
    await assert.rejects(connect(), (error: Error) => !error.message.includes("not-quite"));
  });
});
