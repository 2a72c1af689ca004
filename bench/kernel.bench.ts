/** Ready time, trivial cells and memory of the kernel against ipykernel's, tslab's and, where there is one, Deno's. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { KernelClient } from "../kernels/client/kernel-client.ts";
import { projectRoot, venv } from "../setup/paths.mjs";
import { interleave, median, milliseconds, pairedRatio, summary, type Measurement } from "./harness.ts";

const ours = join(projectRoot, "kernels", "typescript");
/** ipykernel's kernelspec starts the first `python` of the path. */
const environment = { PATH: `${join(venv, "bin")}${delimiter}${process.env["PATH"]}` };
const rounds = 9;
/** tslab's kernel stops answering after about 140 of them, sent one after the other. */
const cellsPerKernel = 120;

export default async function kernelBenchmark(): Promise<Measurement[]> {
  const denoFolder = mkdtempSync(join(tmpdir(), "rounds-deno-"));
  try {
    return await measure({
      ours,
      ipykernel: join(venv, "share", "jupyter", "kernels", "python3"),
      tslab: join(projectRoot, "kernels", "tslab"),
      ...denoKernelspec(denoFolder),
    });
  } finally {
    rmSync(denoFolder, { recursive: true });
  }
}

/** The kernel of the `deno` on the path, if there is one. */
function denoKernelspec(folder: string): { deno?: string } {
  if (spawnSync("deno", ["--version"], { env: process.env }).status !== 0) return {};
  const argv = ["deno", "jupyter", "--kernel", "--conn", "{connection_file}"];
  writeFileSync(join(folder, "kernel.json"), JSON.stringify({ argv, display_name: "Deno" }));
  return { deno: folder };
}

async function measure(
  kernelspecs: Record<"ours" | "ipykernel" | "tslab", string> & { deno?: string },
): Promise<Measurement[]> {
  const memory: number[] = [];
  const readyOnce = (kernelspec: string) => async () => {
    let kernel: KernelClient | undefined;
    const elapsed = await milliseconds(
      async () => (kernel = await KernelClient.start({ kernelspec, environment })),
    );
    if (kernelspec === ours) memory.push(residentMegabytes(kernel!.pid));
    await kernel!.shutdown();
    return elapsed;
  };
  const subjects = Object.entries(kernelspecs) as [keyof typeof kernelspecs, string][];
  // The first start after an edit fills caches.
  for (const [, kernelspec] of subjects) await readyOnce(kernelspec)();
  memory.length = 0;
  const ready = await interleave(
    rounds,
    Object.fromEntries(subjects.map(([name, kernelspec]) => [name, readyOnce(kernelspec)])),
  );

  const kernels = await Promise.all(
    subjects.map(
      async ([name, kernelspec]) => [name, await KernelClient.start({ kernelspec, environment })] as const,
    ),
  );
  const cells = await interleave(
    cellsPerKernel,
    Object.fromEntries(
      kernels.map(([name, kernel]) => [name, () => milliseconds(() => kernel.execute("1 + 1"))]),
    ),
  );
  await Promise.all(kernels.map(([, kernel]) => kernel.shutdown()));
  const against = (samples: Record<string, number[]>): string =>
    subjects.map(([name]) => `${name} ${summary(samples[name]!, "ms")}`).join(", ");
  const early = cells["ours"]!.slice(10, 60);
  const late = cells["ours"]!.slice(-50);

  return [
    {
      what: "kernel ready / ipykernel ready",
      value: pairedRatio(ready["ours"]!, ready["ipykernel"]!),
      unit: "ratio",
      atMost: 0.6,
      detail: against(ready),
    },
    {
      what: "trivial cell / ipykernel's",
      value: pairedRatio(cells["ours"]!, cells["ipykernel"]!),
      unit: "ratio",
      atMost: 0.5,
      detail: against(cells),
    },
    {
      what: "cells 70-120 / cells 10-60",
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
