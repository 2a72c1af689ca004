// Both threads start here, in plain JavaScript: the compile cache must be on before the first .ts file is
// loaded, or Node loads its type stripper (30 MB, 75 ms) to read it.
import { enableCompileCache, flushCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
import { getHeapStatistics } from "node:v8";
import { isMainThread, MessageChannel, Worker } from "node:worker_threads";

enableCompileCache(fileURLToPath(new URL("../../.rounds/compile-cache", import.meta.url)));

/** Part of the engine's limit that only new objects use. */
const YOUNG_GENERATION_BYTES = 192 * 1024 * 1024;

if (isMainThread) {
  if (process.env.MALLOC_ARENA_MAX === "2") delete process.env.MALLOC_ARENA_MAX;
  const requests = new MessageChannel();
  const input = new MessageChannel();
  const signals = new SharedArrayBuffer(64);
  const wire = new Worker(new URL(import.meta.url), {
    argv: process.argv.slice(2),
    // Otherwise Node opens this process's own streams for it, and makes descriptors 1 and 2 non-blocking: native
    // code that prints much would lose what the pipe cannot take at once.
    stdout: true,
    stderr: true,
    workerData: {
      port: requests.port2,
      inputPort: input.port2,
      signals,
      heapLimitBytes: getHeapStatistics().heap_size_limit - YOUNG_GENERATION_BYTES,
    },
    transferList: [requests.port2, input.port2],
  });
  const { startHost } = await import("./host/start.ts");
  startHost({ wire, port: requests.port1, inputPort: input.port1, signals });
} else {
  const { startWire } = await import("./wire/start.ts");
  await startWire();
}

// Each thread writes its own part of the cache as soon as it has started, since a kernel may be killed, and
// again when the parts that the first cells need are loaded.
for (const milliseconds of [500, 5_000]) setTimeout(flushCompileCache, milliseconds).unref();
