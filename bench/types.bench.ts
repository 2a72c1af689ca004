/** Typed completion, type checks and memory of the kernel with types on. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KernelClient } from "../kernels/client/kernel-client.ts";
import { NotebookTypes } from "../kernels/typescript/language/notebook-types.ts";
import { projectDeclarations } from "../kernels/typescript/language/project-declarations.ts";
import { projectRoot } from "../setup/paths.mjs";
import { median, milliseconds, summary, type Measurement } from "./harness.ts";

const cells = 500;
const samples = 40;

export default async function typesBenchmark(): Promise<Measurement[]> {
  const directory = mkdtempSync(join(tmpdir(), "rounds-types-bench-"));
  writeFileSync(join(directory, "docs.csv"), "pmid,year\n12,2001\n");
  try {
    return [...(await inKernel(directory)), ...(await memory(directory)), ...(await checks(directory))];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function inKernel(directory: string): Promise<Measurement[]> {
  const kernel = await KernelClient.start({
    kernelspec: join(projectRoot, "kernels", "typescript"),
    directory,
  });
  let asked = 0;
  // Each question is about another text, as when somebody types.
  const complete = async (): Promise<number> => {
    const code = `const value${++asked} = 1; for await (const row of docs) row.y`;
    let matches: unknown;
    const elapsed = await milliseconds(async () => {
      const content = { code, cursor_pos: code.length };
      matches = (await kernel.request("shell", "complete_request", content)).content["matches"];
    });
    return (matches as string[])[0] === "year" ? elapsed : Number.NaN;
  };
  await kernel.execute('import { open } from "rounds"; const docs = await open("docs.csv"); const v0 = 1;');
  while (Number.isNaN(await complete())) await sleep(100);
  for (let index = 0; index < 20; index++) await complete();
  const idle = await repeat(samples, complete);
  const cell = kernel.execute("for (const end = Date.now() + 4000; Date.now() < end; );");
  const busy = await repeat(20, complete);
  await cell;
  await kernel.shutdown();
  return [
    { what: "typed completion", value: median(idle), unit: "ms", atMost: 20, detail: summary(idle, "ms") },
    { what: "the same while busy", value: median(busy), unit: "ms", atMost: 50, detail: summary(busy, "ms") },
  ];
}

/** Resident memory after many cells and questions, when the kernel is at rest. */
async function memoryAfter(directory: string, firstCell: string): Promise<number> {
  const kernel = await KernelClient.start({
    kernelspec: join(projectRoot, "kernels", "typescript"),
    directory,
  });
  await kernel.execute(`${firstCell}const v0 = 1;`);
  for (let index = 1; index <= cells; index++) {
    await kernel.execute(`const v${index} = v${index - 1} + 1; v${index}.toFixed(1)`);
    const code = `[v${index}].map((one) => one.toF`;
    if (index % 10 === 0)
      await kernel.request("shell", "complete_request", { code, cursor_pos: code.length });
  }
  const megabytes = await settledMegabytes(kernel.pid);
  await kernel.shutdown();
  return megabytes;
}

async function memory(directory: string): Promise<Measurement[]> {
  const plain = await memoryAfter(directory, "");
  const withTable = await memoryAfter(
    directory,
    'import { open } from "rounds"; const docs = await open("docs.csv"); ',
  );
  return [
    {
      what: `memory with types on, after ${cells} cells`,
      value: plain,
      unit: "MB",
      atMost: 260,
      detail: `resident at rest, once; ${withTable.toFixed(0)} MB with an open table`,
    },
  ];
}

/** The language service by itself: it runs beside the cells, not before them. */
async function checks(directory: string): Promise<Measurement[]> {
  const declarations = await projectDeclarations(projectRoot);
  const types = new NotebookTypes({ directory, projectRoot, declarations });
  let number = 0;
  const run = (source: string): Promise<number> =>
    milliseconds(async () => void types.addCell(++number, { label: `Cell [${number}]`, source }));
  await run('import { open } from "rounds";\nconst docs = await open("docs.csv");\nconst v0 = 1;');
  const twentyLines = (index: number): string =>
    [
      `interface Count${index} { readonly source: string; documents: number }`,
      `const counts${index} = new Map<string, Count${index}>();`,
      "for await (const row of docs.where('year > 2000').limit(100)) {",
      "  const source = String(row['source'] ?? 'unknown');",
      `  const count = counts${index}.get(source) ?? { source, documents: 0 };`,
      "  count.documents += 1;",
      `  counts${index}.set(source, count);`,
      "}",
      `const sorted${index} = [...counts${index}.values()].toSorted((a, b) => b.documents - a.documents);`,
      `function share${index}(count: Count${index}): number {`,
      `  const total = sorted${index}.reduce((sum, { documents }) => sum + documents, 0);`,
      "  return total === 0 ? 0 : count.documents / total;",
      "}",
      `for (const count of sorted${index}.slice(0, 10)) {`,
      `  const percent = (100 * share${index}(count)).toFixed(1);`,
      "  console.log(`${count.source.padEnd(20)} ${percent} %`);",
      "}",
      `const v${index} = v${index - 1} + sorted${index}.length;`,
      `const label${index} = v${index} > 10 ? 'many' : 'few';`,
      `label${index}.toUpperCase();`,
    ].join("\n");
  const elapsed: number[] = [];
  for (let index = 1; index <= cells; index++) elapsed.push(await run(twentyLines(index)));
  const early = elapsed.slice(10, 50);
  const late = elapsed.slice(-40);
  return [
    {
      what: "type check of a 20-line cell",
      value: median(elapsed.slice(10)),
      unit: "ms",
      atMost: 60,
      detail: summary(elapsed.slice(10), "ms"),
    },
    {
      what: `checks of cells ${cells - 40}-${cells} / cells 10-50`,
      value: median(late) / median(early),
      unit: "ratio",
      atMost: 1.2,
      detail: `${summary(late, "ms")} against ${summary(early, "ms")}`,
    },
  ];
}

async function repeat(count: number, work: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let index = 0; index < count; index++) values.push(await work());
  return values;
}

/** Resident memory when the service has worked through all cells and given back what that took. */
async function settledMegabytes(pid: number): Promise<number> {
  const last: number[] = [];
  for (let second = 0; second < 60; second++) {
    await sleep(1_000);
    last.push(residentMegabytes(pid));
    if (second >= 8 && last.slice(-6).every((value) => Math.abs(value - last.at(-1)!) < 1)) break;
  }
  return last.at(-1)!;
}

/** Resident memory of a process; Linux only. */
function residentMegabytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line![1]) / 1024;
}
