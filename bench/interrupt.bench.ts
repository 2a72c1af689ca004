/** How long an interrupt takes, over everything that can hold a cell: the worst of all runs counts. */
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { KernelClient } from "../kernels/client/kernel-client.ts";
import { projectRoot } from "../setup/paths.mjs";
import { median, type Measurement } from "./harness.ts";

const kernelspec = join(projectRoot, "kernels", "typescript");
const runsPerShape = 20;
const timeoutMilliseconds = 15_000;

/** Cells that do not end by themselves. They print "started" when there is something to stop. */
const SHAPES: Record<string, string> = {
  "a loop": 'console.log("started"); while (true) {}',
  "a loop after an await": 'await null; console.log("started"); while (true) {}',
  "a loop of microtasks": 'console.log("started"); while (true) await null;',
  "a loop in a timer":
    'await new Promise(() => setTimeout(() => { console.log("started"); while (true) {} }, 1));',
  "a loop that catches everything":
    'console.log("started"); while (true) { try { while (true) {} } catch {} }',
  "a chain of ticks": `console.log("started");
    await new Promise(() => { const tick = () => process.nextTick(tick); tick(); });`,
  "a chain of immediates": `console.log("started");
    await new Promise(() => { const next = () => setImmediate(next); next(); });`,
  "an await that never settles": 'console.log("started"); await new Promise(() => {});',
  "a loop that waits": `console.log("started");
    for (;;) await new Promise((resolve) => setTimeout(resolve, 10));`,
  "a query": `const query = numbers.sql(
      "SELECT count(*) AS c FROM range(3000000) a, range(3000000) b WHERE (a.range * b.range) % 7 = 3").rows();
    console.log("started"); await query;`,
  "a pool of threads": `const counter = new Int32Array(new SharedArrayBuffer(4));
    const pool = [1, 2].map(() => new Worker(
      "const { workerData } = require('node:worker_threads'); for (;;) Atomics.add(workerData, 0, 1)",
      { eval: true, workerData: counter }));
    while (Atomics.load(counter, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    console.log("started"); await new Promise(() => {});`,
  "a child process": `const child = spawn("sleep", ["60"]);
    console.log("started"); await new Promise((resolve) => child.on("close", resolve));`,
  "a command that is waited for": 'console.log("started"); execSync("sleep 60");',
};

interface Tally {
  latencies: number[];
  deaths: number;
  losses: number;
  /** What went wrong first. */
  failure?: string;
}

export default async function interruptBenchmark(): Promise<Measurement[]> {
  const byMessage = await interruptAll((kernel) => void kernel.interrupt());
  const bySignal = await interruptAll((kernel) => void process.kill(kernel.pid, "SIGINT"));
  const all = [...byMessage.values(), ...bySignal.values()];
  const count = (of: (tally: Tally) => number): number => all.reduce((sum, tally) => sum + of(tally), 0);
  return [
    latency("slowest interrupt by message", byMessage),
    latency("slowest interrupt by SIGINT", bySignal),
    {
      what: "kernels that died, variables lost",
      value: count(({ deaths }) => deaths) + count(({ losses }) => losses),
      unit: "count",
      atMost: 0,
      detail: [
        `${count(({ deaths }) => deaths)} and ${count(({ losses }) => losses)} of ${count(({ latencies }) => latencies.length)} interrupts`,
        ...all.flatMap(({ failure }) => failure ?? []),
      ].join("; "),
    },
  ];
}

function latency(what: string, tallies: ReadonlyMap<string, Tally>): Measurement {
  const worst = [...tallies].map(([shape, { latencies }]) => ({ shape, slowest: Math.max(...latencies) }));
  const slowest = worst.reduce((a, b) => (b.slowest > a.slowest ? b : a));
  const everything = [...tallies.values()].flatMap(({ latencies }) => latencies);
  return {
    what,
    value: slowest.slowest,
    unit: "ms",
    atMost: 500,
    detail: `${slowest.shape}; median ${median(everything).toPrecision(3)} ms; ${tallies.size} shapes, ${runsPerShape} runs each`,
  };
}

/** Run every shape in turn, so that all meet the same drift of the machine. */
async function interruptAll(interrupt: (kernel: KernelClient) => void): Promise<Map<string, Tally>> {
  const tallies = new Map<string, Tally>(
    Object.keys(SHAPES).map((shape) => [shape, { latencies: [], deaths: 0, losses: 0 }]),
  );
  let kernel = await start();
  let kept = 0;
  for (let run = 0; run < runsPerShape; run += 1) {
    for (const [shape, code] of Object.entries(SHAPES)) {
      const tally = tallies.get(shape)!;
      try {
        tally.latencies.push(await stop(kernel, code, interrupt));
        kept += 1;
        const { outputs } = await kernel.execute("kept += 1; await nap(1); kept", { timeoutMilliseconds });
        const [result] = outputs as { data?: Record<string, unknown> }[];
        if (result?.data?.["text/plain"] !== String(kept)) tally.losses += 1;
      } catch (error) {
        tally.deaths += 1;
        tally.failure ??= `${shape}: ${String(error)}`;
        tally.latencies.push(timeoutMilliseconds);
        await kernel.kill();
        kernel = await start();
        kept = 0;
      }
    }
  }
  await kernel.kill();
  return tallies;
}

async function start(): Promise<KernelClient> {
  const kernel = await KernelClient.start({ kernelspec });
  await kernel.execute(
    `import { Worker } from "node:worker_threads";
     import { execSync, spawn } from "node:child_process";
     import { setTimeout as nap } from "node:timers/promises";
     import { fromRows } from "rounds";
     const numbers = fromRows([{ n: 1 }]);
     await numbers.rows();
     let kept = 0;`,
    { timeoutMilliseconds },
  );
  // The watcher of signals starts a moment after the kernel.
  await sleep(1_000);
  return kernel;
}

/** @returns milliseconds from the interrupt to the reply and idle */
async function stop(
  kernel: KernelClient,
  code: string,
  interrupt: (kernel: KernelClient) => void,
): Promise<number> {
  const { promise: started, resolve } = Promise.withResolvers<void>();
  const cell = kernel.execute(code, { timeoutMilliseconds, onOutput: () => resolve() });
  await Promise.race([started, cell]);
  const begun = performance.now();
  interrupt(kernel);
  const { reply } = await cell;
  const elapsed = performance.now() - begun;
  if (reply.ename !== "KeyboardInterrupt") throw new Error(`the cell ended with ${JSON.stringify(reply)}`);
  return elapsed;
}
