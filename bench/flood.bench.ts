/** 100 MB of output in 100,000 lines: whole, in bounded memory, against ipykernel. */
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { KernelClient } from "../kernels/client/kernel-client.ts";
import { projectRoot, venv } from "../setup/paths.mjs";
import { median, milliseconds, pairedRatio, summary, type Measurement } from "./harness.ts";

const kernelspecs = {
  ours: join(projectRoot, "kernels", "typescript"),
  ipykernel: join(venv, "share", "jupyter", "kernels", "python3"),
};
/** ipykernel's kernelspec starts the first `python` of the path. */
const environment = { PATH: `${join(venv, "bin")}${delimiter}${process.env["PATH"]}` };
const CELLS = {
  ours: "for (let line = 0; line < 100_000; line += 1) console.log(String(line).padStart(999, '.'))",
  ipykernel: "for line in range(100_000): print(str(line).rjust(999, '.'))",
};
const BYTES = 100_000_000;
const rounds = 5;
const timeoutMilliseconds = 120_000;

interface Flood {
  elapsed: number[];
  peakMegabytes: number[];
  /** Bytes that did not arrive before the cell was over. */
  missing: number;
}

export default async function floodBenchmark(): Promise<Measurement[]> {
  const floods = { ours: none(), ipykernel: none() };
  for (let round = 0; round < rounds; round += 1) {
    for (const name of ["ours", "ipykernel"] as const) await flood(name, floods[name]);
  }
  const { ours, ipykernel } = floods;
  return [
    {
      what: "100 MB of lines / ipykernel's time",
      value: pairedRatio(ours.elapsed, ipykernel.elapsed),
      unit: "ratio",
      atMost: 1,
      detail: `${summary(ours.elapsed, "ms")} against ${summary(ipykernel.elapsed, "ms")}`,
    },
    {
      what: "peak memory of the kernel",
      value: Math.max(...ours.peakMegabytes),
      unit: "MB",
      atMost: 300,
      detail: `${summary(ours.peakMegabytes, "MB")}; ipykernel ${median(ipykernel.peakMegabytes).toFixed(0)} MB`,
    },
    {
      what: "output lost or after idle",
      value: ours.missing,
      unit: "count",
      atMost: 0,
      detail: `bytes of ${rounds} x 100 MB; ipykernel ${ipykernel.missing}`,
    },
  ];
}

function none(): Flood {
  return { elapsed: [], peakMegabytes: [], missing: 0 };
}

async function flood(name: keyof typeof CELLS, result: Flood): Promise<void> {
  const kernel = await KernelClient.start({ kernelspec: kernelspecs[name], environment });
  await kernel.execute("1");
  let bytes = 0;
  kernel.onBroadcast(({ header, content }) => {
    if (header.msg_type === "stream") bytes += String(content["text"]).length;
  });
  const cell = CELLS[name];
  result.elapsed.push(await milliseconds(() => kernel.execute(cell, { timeoutMilliseconds })));
  result.missing += BYTES - bytes;
  result.peakMegabytes.push(peakMegabytes(kernel.pid));
  await kernel.shutdown();
}

/** Largest resident memory of a process so far; Linux only. */
function peakMegabytes(pid: number): number {
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line![1]) / 1024;
}
