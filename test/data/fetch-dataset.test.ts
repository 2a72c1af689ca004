import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { promisify } from "node:util";

import { sha256 } from "../../lib/core/hash.ts";
import { type Catalogue, loadCatalogue } from "../../lib/data/catalogue.ts";
import type { DownloadProgress } from "../../lib/data/download.ts";
import { fetchDataset, type FetchOptions } from "../../lib/data/fetch-dataset.ts";
import {
  type Behaviour,
  etagOf,
  hangingAfter,
  ignoringRange,
  MisbehavingServer,
  neverAnswering,
  serving,
  status,
  truncatingAt,
  well,
} from "./misbehaving-server.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";
const body = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7919) % 251));
const digest = sha256(body);

let folder: string;
let cache: string;
let server: MisbehavingServer | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rounds-fetch-"));
  cache = join(folder, "cache");
  await mkdir(join(folder, "mirror"));
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function catalogueAt(url: string | null): Promise<Catalogue> {
  const entry = {
    name: "tiny",
    title: "A tiny file",
    sources: [{ repository: "someone/something", path: "tiny.jsonl", commit }],
    url,
    mirrorPath: "qa/tiny.jsonl",
    bytes: body.length,
    sha256: digest,
    rows: 1,
    licence: "MIT",
    tier: "A",
    format: "jsonl",
    sensitivity: "public",
    schema: [{ name: "a", type: "BIGINT", description: "a number" }],
    traps: [],
    attribution: "nobody",
    sample: null,
  };
  const path = join(folder, "catalogue.json");
  await writeFile(path, JSON.stringify({ version: 1, datasets: [entry] }));
  return loadCatalogue(path);
}

/** Start a server that behaves so, and fetch from it. */
async function fetchFrom(behaviours: Behaviour[], options: FetchOptions = {}) {
  server = await MisbehavingServer.start(body, ...behaviours);
  return fetchAgain(options);
}

async function fetchAgain(options: FetchOptions = {}) {
  const catalogue = await catalogueAt(`${server!.address}/${commit}/tiny.jsonl`);
  return fetchDataset("tiny", {
    catalogue,
    cache,
    mirror: join(folder, "mirror"),
    backoffMilliseconds: 1,
    ...options,
  });
}

/** The files of the cache, but for the memory of checksums. */
async function cachedFiles(): Promise<string[]> {
  const names = await readdir(cache, { recursive: true }).catch(() => []);
  return names.filter((name) => /tiny/u.test(name)).map((name) => name.split("/").at(-1)!);
}

/** Break the connection once, when so many bytes have come. */
function breakingAt(...places: number[]) {
  return ({ receivedBytes }: DownloadProgress) => {
    if (receivedBytes < (places[0] ?? Infinity)) return;
    places.shift();
    server!.breakConnections();
  };
}

const destinationFolder = () => join(cache, digest.slice(0, 16));

/** Leave a part in the cache as an earlier attempt would. */
async function leavePart(bytes: Buffer, name = "tiny.jsonl.part"): Promise<string> {
  await mkdir(destinationFolder(), { recursive: true });
  await writeFile(join(destinationFolder(), name), bytes);
  return join(destinationFolder(), name);
}

describe("fetchDataset from a server", () => {
  it("downloads with progress, then answers from the cache", async () => {
    const seen: number[] = [];
    const first = await fetchFrom([well], { onProgress: ({ receivedBytes }) => seen.push(receivedBytes) });
    assert.equal(first.origin, "download");
    assert.deepEqual(await readFile(first.path), body);
    assert.equal(seen[0], 0);
    assert.equal(seen.at(-1), body.length);
    assert.deepEqual(
      seen,
      seen.toSorted((left, right) => left - right),
    );
    const second = await fetchAgain();
    assert.deepEqual([second.origin, second.path], ["cache", first.path]);
    assert.equal(server!.requests.length, 1);
    assert.deepEqual(await cachedFiles(), ["tiny.jsonl"]);
  });

  it("goes on where a broken connection stopped, with the ETag of the first bytes", async () => {
    const onProgress = breakingAt(50_000, 80_000);
    const { path } = await fetchFrom([hangingAfter(50_000), hangingAfter(30_000), well], { onProgress });
    assert.deepEqual(await readFile(path), body);
    assert.deepEqual(
      server!.requests.map(({ range, ifRange }) => [range, ifRange]),
      [
        [undefined, undefined],
        ["bytes=50000-", etagOf(body)],
        ["bytes=80000-", etagOf(body)],
      ],
    );
    assert.deepEqual(await cachedFiles(), ["tiny.jsonl"]);
  });

  it("keeps what arrived when it gives up, and a later call goes on from there", async () => {
    const options = { retries: 1, onProgress: breakingAt(60_000) };
    const failing = fetchFrom([hangingAfter(60_000), status(404)], options);
    await assert.rejects(failing, { name: "DataError", message: /answers 404 Not Found/u });
    assert.deepEqual((await cachedFiles()).sort(), ["tiny.jsonl.part", "tiny.jsonl.part.etag"]);
    await server!.stop();
    const { path } = await fetchFrom([well]);
    assert.equal(server!.requests[0]!.range, "bytes=60000-");
    assert.deepEqual(await readFile(path), body);
  });

  it("takes over the part of a process that was killed, but not of one that runs", async () => {
    await leavePart(body.subarray(0, 1000), `tiny.jsonl.${hostname()}.4194304-0123abcd.part`);
    const running = await leavePart(
      body.subarray(0, 10),
      `tiny.jsonl.${hostname()}.${process.pid}-0123abcd.part`,
    );
    const foreign = await leavePart(body.subarray(0, 20), "tiny.jsonl.elsewhere.1-0123abcd.part");
    await fetchFrom([well]);
    assert.equal(server!.requests[0]!.range, "bytes=1000-");
    assert.deepEqual(await readFile(running), body.subarray(0, 10));
    assert.deepEqual(await readFile(foreign), body.subarray(0, 20));
    await rm(join(destinationFolder(), "tiny.jsonl"));
    const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
    await utimes(foreign, longAgo, longAgo);
    await fetchAgain();
    assert.equal(server!.requests[1]!.range, "bytes=20-");
  });

  it("starts again from a server that ignores ranges", async () => {
    await leavePart(body.subarray(0, 70_000));
    const { path } = await fetchFrom([ignoringRange]);
    assert.deepEqual(await readFile(path), body);
  });

  it("starts again when the part is of other bytes, too long, or already whole but wrong", async () => {
    for (const stale of [Buffer.alloc(500), Buffer.alloc(body.length + 1), Buffer.alloc(body.length)]) {
      await leavePart(stale);
      const { path } = await fetchFrom([well], { retries: 0 });
      assert.deepEqual(await readFile(path), body);
      assert.deepEqual(await cachedFiles(), ["tiny.jsonl"]);
      await rm(cache, { recursive: true });
      await server!.stop();
    }
  });

  it("does not go on from another range than the one asked for", async () => {
    await leavePart(body.subarray(0, 5));
    const shifted: Behaviour = (_request, response) =>
      void response.writeHead(206, { "content-range": "bytes 9-199999/200000" }).end(body.subarray(9));
    const { path } = await fetchFrom([shifted, well]);
    assert.deepEqual(await readFile(path), body);
  });

  it("tries server errors and limits again, a bounded number of times", async () => {
    const limited = status(429, { "retry-after": "0" });
    const { path } = await fetchFrom([status(500), limited, status(503), well]);
    assert.deepEqual(await readFile(path), body);
    await rm(cache, { recursive: true });
    await server!.stop();
    const always = fetchFrom([limited], { retries: 2 });
    await assert.rejects(always, { name: "DataError", message: /429.*try again in a few minutes/u });
    assert.equal(server!.requests.length, 3);
  });

  it("follows redirects, but not in a circle", async () => {
    const { path } = await fetchFrom([status(302, { location: "/elsewhere" }), well]);
    assert.deepEqual(await readFile(path), body);
    assert.equal(server!.requests[1]!.url, "/elsewhere");
    await rm(cache, { recursive: true });
    await server!.stop();
    const circle = fetchFrom([status(301, { location: "/around" })]);
    await assert.rejects(circle, {
      name: "DataError",
      message: /more than 5 redirects, the last one to http/u,
    });
    assert.deepEqual(await cachedFiles(), []);
  });

  it("says what is wrong and what to do, and leaves nothing behind", async () => {
    const cases: [Behaviour, RegExp][] = [
      [
        status(404),
        /^tiny: .*404 Not Found\. What to do: .*check the entry's url.*ROUNDS_DATA_MIRROR.*Address: http/u,
      ],
      [status(403), /answers 403 Forbidden/u],
      [
        serving(Buffer.alloc(body.length)),
        /has SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}; it was removed/u,
      ],
      [serving(Buffer.alloc(body.length + 1)), /sends more than the 200000 bytes expected/u],
      [status(502), /answers 502 Bad Gateway.*the server is in trouble/u],
      [neverAnswering, /nothing was heard for 0\.05 s.*stuck/u],
    ];
    for (const [behaviour, message] of cases) {
      const timeoutMilliseconds = behaviour === neverAnswering ? 50 : 5_000;
      const failing = fetchFrom([behaviour], { retries: 0, timeoutMilliseconds });
      await assert.rejects(failing, { name: "DataError", message });
      assert.deepEqual(await cachedFiles(), []);
      await server!.stop();
    }
  });

  it("calls a truncated file a truncated file", async () => {
    const failing = fetchFrom([truncatingAt(1234)], { retries: 1 });
    await assert.rejects(failing, {
      message: /the transfer ended after 1234 of 200000 bytes.*goes on from where/u,
    });
    assert.deepEqual(await cachedFiles(), ["tiny.jsonl.part"]);
  });

  it("goes on after a server that hangs in the middle", async () => {
    const { path } = await fetchFrom([hangingAfter(1000), well], { timeoutMilliseconds: 200 });
    assert.equal(server!.requests[1]!.range, "bytes=1000-");
    assert.deepEqual(await readFile(path), body);
  });

  it("can be stopped", async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error("enough"));
    await assert.rejects(
      fetchFrom([hangingAfter(1000)], { signal: controller.signal, onProgress }),
      /enough/u,
    );
  });

  it("says that there is no network", async () => {
    const closed = createServer();
    await new Promise<void>((listening) => closed.listen(0, "127.0.0.1", listening));
    const { port } = closed.address() as { port: number };
    await new Promise((done) => closed.close(done));
    for (const host of [`127.0.0.1:${port}`, "nowhere.invalid"]) {
      const catalogue = await catalogueAt(`http://${host}/${commit}`);
      const failing = fetchDataset("tiny", { catalogue, cache, mirror: folder });
      await assert.rejects(failing, {
        name: "DataError",
        message: /(ECONNREFUSED|ENOTFOUND|EAI_AGAIN).*check the network/u,
      });
    }
    assert.deepEqual(await cachedFiles(), []);
  });

  it("says that the disk is full", { skip: process.platform !== "linux" && "needs /dev/full" }, async () => {
    await mkdir(destinationFolder(), { recursive: true });
    await symlink("/dev/full", join(destinationFolder(), "tiny.jsonl.part"));
    await assert.rejects(fetchFrom([well]), {
      name: "DataError",
      message: /\(ENOSPC\): the disk is full.*ROUNDS_DATA_CACHE/u,
    });
    assert.deepEqual(await cachedFiles(), []);
  });

  it("is safe from two processes at once", async () => {
    server = await MisbehavingServer.start(body, well);
    const { path: catalogue } = await catalogueAt(`${server.address}/${commit}/tiny.jsonl`);
    const module = (name: string) => JSON.stringify(new URL(`../../lib/data/${name}`, import.meta.url).href);
    const program = `
      const { fetchDataset } = await import(${module("fetch-dataset.ts")});
      const { loadCatalogue } = await import(${module("catalogue.ts")});
      const catalogue = loadCatalogue(${JSON.stringify(catalogue)});
      const options = { catalogue, cache: ${JSON.stringify(cache)}, mirror: ${JSON.stringify(folder)} };
      process.stdout.write((await fetchDataset("tiny", options)).path);`;
    const run = () => promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program]);
    const [one, other] = await Promise.all([run(), run()]);
    assert.equal(one.stdout, other.stdout);
    assert.deepEqual(await readFile(one.stdout), body);
    assert.deepEqual(await cachedFiles(), ["tiny.jsonl"]);
  });

  it("is safe to call many times at once", async () => {
    server = await MisbehavingServer.start(body, well);
    const results = await Promise.all(Array.from({ length: 5 }, () => fetchAgain()));
    assert.equal(server.requests.length, 1);
    for (const { path } of results) assert.deepEqual(await readFile(path), body);
  });
});

describe("fetchDataset without a server", () => {
  async function fetchLocally() {
    const catalogue = await catalogueAt(null);
    return fetchDataset("tiny", { catalogue, cache, mirror: join(folder, "mirror") });
  }

  async function mirror(bytes: Buffer): Promise<string> {
    const path = join(folder, "mirror", "qa", "tiny.jsonl");
    await mkdir(join(folder, "mirror", "qa"), { recursive: true });
    await writeFile(path, bytes);
    return path;
  }

  it("uses the mirror's file in place", async () => {
    const path = await mirror(body);
    assert.deepEqual(await fetchLocally().then((found) => [found.origin, found.path]), ["mirror", path]);
    assert.deepEqual(await cachedFiles(), []);
  });

  it("refuses a mirror's file that has changed, even one that it knew", async () => {
    const path = await mirror(body);
    await fetchLocally();
    const changed = Buffer.from(body);
    changed[100]! ^= 1;
    await mirror(changed);
    await assert.rejects(fetchLocally(), {
      name: "DataError",
      path,
      message: /is not the file that the catalogue names as tiny: SHA-256/u,
    });
    await mirror(body.subarray(1));
    await assert.rejects(fetchLocally(), { message: /199999 bytes instead of 200000/u });
  });

  it("throws a damaged file of the cache away", async () => {
    await leavePart(body.subarray(0, 10), "tiny.jsonl");
    const path = await mirror(body);
    assert.equal((await fetchLocally()).path, path);
    assert.deepEqual(await cachedFiles(), []);
  });

  it("says that the mirror does not exist", async () => {
    await rm(join(folder, "mirror"), { recursive: true });
    await assert.rejects(fetchLocally(), {
      name: "DataError",
      message: /mirror .* does not exist: correct ROUNDS_DATA_MIRROR or unset it/u,
    });
  });

  it("says that a conversion needs a mirror", async () => {
    await assert.rejects(fetchLocally(), {
      name: "DataError",
      message:
        /conversion of someone\/something.*set ROUNDS_DATA_MIRROR to a folder that holds qa\/tiny\.jsonl/u,
    });
  });

  it("lists the names for a wrong one", async () => {
    await assert.rejects(fetchDataset("medqa-tset"), {
      name: "ArgumentError",
      message: /did you mean medqa-test\?/u,
    });
    await assert.rejects(fetchDataset("medqa-test", { retry: 3 } as FetchOptions), {
      name: "ArgumentError",
      message: /no such option \(did you mean retries\?\)/u,
    });
  });
});
