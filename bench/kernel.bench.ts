/** Ready time, trivial cells and memory of the kernel against ipykernel's. */
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { KernelClient } from "../kernels/client/kernel-client.ts";
import { projectRoot, venv } from "../setup/paths.mjs";
import { interleave, median, milliseconds, pairedRatio, summary, type Measurement } from "./harness.ts";

const kernelspecs = {
  ours: join(projectRoot, "kernels", "typescript"),
  ipykernel: join(venv, "share", "jupyter", "kernels", "python3"),
};
/** ipykernel's kernelspec starts the first `python` of the path. */
const environment = { PATH: `${join(venv, "bin")}${delimiter}${process.env["PATH"]}` };
const rounds = 9;
const cellsPerKernel = 300;

export default async function kernelBenchmark(): Promise<Measurement[]> {
  const memory: number[] = [];
  const readyOnce = (kernelspec: string) => async () => {
    let kernel: KernelClient | undefined;
    const elapsed = await milliseconds(
      async () => (kernel = await KernelClient.start({ kernelspec, environment })),
    );
    if (kernelspec === kernelspecs.ours) memory.push(residentMegabytes(kernel!.pid));
    await kernel!.shutdown();
    return elapsed;
  };
  await readyOnce(kernelspecs.ours)();
  memory.length = 0;
  const ready = await interleave(rounds, {
    ours: readyOnce(kernelspecs.ours),
    ipykernel: readyOnce(kernelspecs.ipykernel),
  });

  const ours = await KernelClient.start({ kernelspec: kernelspecs.ours });
  const ipykernel = await KernelClient.start({ kernelspec: kernelspecs.ipykernel, environment });
  const cells = await interleave(cellsPerKernel, {
    ours: () => milliseconds(() => ours.execute("1 + 1")),
    ipykernel: () => milliseconds(() => ipykernel.execute("1 + 1")),
  });
  await Promise.all([ours.shutdown(), ipykernel.shutdown()]);
  const early = cells.ours.slice(10, 60);
  const late = cells.ours.slice(-50);

  return [
    {
      what: "kernel ready / ipykernel ready",
      value: pairedRatio(ready.ours, ready.ipykernel),
      unit: "ratio",
      atMost: 0.6,
      detail: `${summary(ready.ours, "ms")} against ${summary(ready.ipykernel, "ms")}`,
    },
    {
      what: "trivial cell / ipykernel's",
      value: pairedRatio(cells.ours, cells.ipykernel),
      unit: "ratio",
      atMost: 0.5,
      detail: `${summary(cells.ours, "ms")} against ${summary(cells.ipykernel, "ms")}`,
    },
    {
      what: "cells 250-300 / cells 10-60",
      value: median(late) / median(early),
      unit: "ratio",
      atMost: 1.2,
      detail: `${summary(late, "ms")} against ${summary(early, "ms")}`,
    },
    {
      what: "memory of a fresh kernel",
      value: median(memory),
      unit: "MB",
      atMost: 100,
      detail: summary(memory, "MB"),
    },
  ];
}

/** Resident memory of a process; Linux only. */
function residentMegabytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line![1]) / 1024;
}
