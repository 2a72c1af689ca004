/** The `kernel` object in a real kernel; packages come from a registry that the test serves itself. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";

import { pack } from "tar-stream";
import type { KernelClient } from "../../kernels/client/kernel-client.ts";
import { MessageCodec } from "../../kernels/typescript/wire/message.ts";
import { resultText, startKernel, streamText } from "./start-kernel.ts";

const TIMEOUT = { timeoutMilliseconds: 60_000 };
const PACKAGE = "rounds-test-beds";

async function tarball(version: string): Promise<Buffer> {
  const archive = pack();
  const manifest = {
    name: PACKAGE,
    version,
    main: "index.js",
    scripts: { postinstall: "touch ran-a-script" },
  };
  archive.entry({ name: "package/package.json" }, JSON.stringify(manifest));
  archive.entry({ name: "package/index.js" }, `exports.version = ${JSON.stringify(version)};`);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

/** A registry with one package in two versions; what else is asked for never gets an answer. */
async function startRegistry(): Promise<{ server: Server; address: string }> {
  const files = new Map([
    ["1.0.0", await tarball("1.0.0")],
    ["1.2.3", await tarball("1.2.3")],
  ]);
  const server = createServer((request, response) => {
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const file = files.get(/^\/(\d.*)\.tgz$/.exec(request.url!)?.[1] ?? "");
    if (file !== undefined) {
      response.end(file);
    } else if (request.url === `/${PACKAGE}`) {
      const versions = [...files].map(([version, bytes]) => {
        const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
        const dist = { tarball: `${address}/${version}.tgz`, integrity };
        return [version, { name: PACKAGE, version, main: "index.js", hasInstallScript: true, dist }];
      });
      const body = {
        name: PACKAGE,
        "dist-tags": { latest: "1.2.3" },
        versions: Object.fromEntries(versions),
      };
      response.setHeader("content-type", "application/json").end(JSON.stringify(body));
    } else if (request.url !== "/never-answered") response.writeHead(404).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

describe("the kernel object", { timeout: 180_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "rounds-kernel-object-"));
  const notebooks = join(folder, "notebooks");
  let kernel: KernelClient;
  let registry: Awaited<ReturnType<typeof startRegistry>>;

  const run = (code: string) => kernel.execute(code, TIMEOUT);
  const valueOf = async (code: string): Promise<string> => {
    const { reply, outputs } = await run(code);
    assert.equal(reply.status, "ok", reply.evalue);
    return resultText(outputs)!;
  };

  before(async () => {
    mkdirSync(notebooks);
    writeFileSync(join(folder, "package.json"), '{ "name": "of-the-test", "private": true }');
    registry = await startRegistry();
    kernel = await startKernel({
      directory: notebooks,
      environment: {
        npm_config_registry: registry.address,
        npm_config_cache: join(folder, "cache"),
        npm_config_fetch_retries: "0",
        npm_config_update_notifier: "false",
      },
    });
  });
  after(() => {
    registry.server.closeAllConnections();
    registry.server.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it("times a function, a cell, and shows both in words", async () => {
    assert.match(await valueOf("await kernel.time(() => 1)"), /^[\d.]+ (µs|ms), processor [\d.]+ (µs|ms)$/);
    assert.match(
      await valueOf("await kernel.time(async () => 1, { runs: 9 })"),
      /^[\d.]+ (µs|ms), the median of 9 runs \(.* to .*\)$/,
    );
    await run("await new Promise((resolve) => setTimeout(resolve, 60)); const timing = kernel.time();");
    assert.equal(await valueOf("timing.milliseconds >= 59 && timing.runs === 1"), "true");
    const late = await run(
      "setTimeout(() => { globalThis.late = kernel.time().milliseconds }, 20); kernel.time() as void",
    );
    assert.equal(late.reply.status, "ok");
  });

  it("tells of memory, and of variables with types and sizes", async () => {
    await run("const bytes = new Uint8Array(3e6); let beds = 3; function twice(n: number) { return 2 * n }");
    assert.equal(
      await valueOf("kernel.memory().arrayBuffers >= 3e6 && kernel.memory().resident > 3e7"),
      "true",
    );
    const { outputs } = await run("kernel.variables()");
    const [{ data }] = outputs as unknown as [{ data: Record<string, string> }];
    assert.match(
      data["text/plain"]!,
      /^name +kind +type +size\nbytes +const +Uint8Array\(3000000\) +3\.0 MB/,
    );
    assert.match(data["text/plain"]!, /^beds +let +number +8 B$/m);
    assert.match(data["text/html"]!, /^<table/);
    assert.doesNotMatch(data["text/plain"]!, /^(kernel|require|setTimeout|babelHelpers)/m);
    assert.equal(
      await valueOf("kernel.variables().find(({ name }) => name === 'twice')!.kind"),
      "'function'",
    );
  });

  it("forgets variables: those that are named, or all, and gives back what cells had replaced", async () => {
    await run("const first = 1, second = 2; const setTimeout = 'mine';");
    assert.equal(await valueOf("kernel.reset('first')"), "[ 'first' ]");
    assert.equal((await run("first")).reply.ename, "ReferenceError");
    assert.match((await run("kernel.reset('second', 'secnd')")).reply.evalue!, /did you mean second\?/);
    assert.equal(await valueOf("second"), "2");
    await run("const before = 1; kernel.reset(); const later = 2;");
    assert.equal(
      await valueOf("[typeof second, typeof before, later, typeof setTimeout]"),
      "[ 'undefined', 'undefined', 2, 'function' ]",
    );
    assert.equal(await valueOf("kernel.variables().map(({ name }) => name)"), "[ 'later' ]");
  });

  it("installs a package into the project, says what npm says, and runs no scripts", async () => {
    const missing = await run(`import beds from "${PACKAGE}"`);
    assert.match(missing.reply.traceback!.join("\n"), new RegExp(`await kernel\\.install\\("${PACKAGE}"\\)`));
    const { reply, outputs } = await run(`await kernel.install("${PACKAGE}@^1.0.0")`);
    assert.equal(reply.status, "ok", reply.evalue);
    assert.match(streamText(outputs, "stdout"), /added 1 package/);
    assert.equal(resultText(outputs), `${PACKAGE} 1.2.3 is installed`);
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<
      string,
      unknown
    >;
    assert.deepEqual(manifest["dependencies"], { [PACKAGE]: "1.2.3" });
    assert.equal(await valueOf(`import beds from "${PACKAGE}"; beds.version`), "'1.2.3'");
    assert.equal(existsSync(join(folder, "node_modules", PACKAGE, "ran-a-script")), false);
    assert.equal(existsSync(join(notebooks, "node_modules")), false);
  });

  it("installs another version, which a new import of another kernel has", async () => {
    assert.equal(await valueOf(`(await kernel.install("${PACKAGE}@1.0.0")).version`), "'1.0.0'");
    const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    assert.equal(dependencies[PACKAGE], "1.0.0");
  });

  it("says what npm could not do, and is interrupted while npm waits", async () => {
    const wrong = await run(`await kernel.install("${PACKAGE}@9.9.9")`);
    assert.match(wrong.reply.evalue!, /npm could not install rounds-test-beds@9\.9\.9/);
    assert.match(streamText(wrong.outputs, "stderr"), /No matching version|ETARGET/);
    const asked = new Promise((resolve) => registry.server.once("request", resolve));
    const cell = run('await kernel.install("never-answered")');
    await asked;
    await kernel.interrupt();
    assert.equal((await cell).reply.ename, "KeyboardInterrupt");
    assert.equal(await valueOf("1 + 1"), "2");
  });

  it("counts what strangers and broken clients have sent", async () => {
    const stranger = new MessageCodec({ key: "another key", hash: "sha256" });
    const frames = stranger.encode({ type: "execute_request", contentJson: '{"code":"1"}' });
    await kernel.sendFrames("shell", frames);
    await kernel.sendFrames("control", frames);
    await kernel.sendFrames("shell", [Buffer.from("no message")]);
    assert.equal(
      await valueOf(
        "const { badSignatures, malformedMessages } = kernel.status(); [badSignatures, malformedMessages]",
      ),
      "[ 2, 1 ]",
    );
    assert.match(await valueOf("kernel.status()"), /dropped: signed with another key +2\n/);
  });

  it("is a name that cells may take for themselves", async () => {
    assert.equal(await valueOf("const kernel = 'of corn'; kernel"), "'of corn'");
    assert.equal(await valueOf("kernel.length"), "7");
  });
});
