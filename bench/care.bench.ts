/**
 * What care costs public work: the processor time in its hooks, as a share of all that the work takes.
 *
 * There is no build without the hooks to compare with, and none is kept for this. So the sampling profiler says how much
 * of the main thread's time has a function of a hook's file on its stack (the audit log's check, the register of
 * lineage, declarations of folders, marks of restricted values, approvals, the folder for spilled rows), with all that
 * these call. Work of DuckDB's threads counts for tables; the server of the scoring is in a thread that does not count.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";

import { connectModel, open, readDocuments, scoreQuestions, writeDocuments, zeroShot } from "../lib/index.ts";
import type { Question } from "../lib/index.ts";
import { median, summary, type Measurement } from "./harness.ts";

const rounds = 5;
const atMost = 0.02;
const hookFile =
  /\/lib\/(?:core\/(?:audit-log|lineage|declared-sensitivity|restricted|minimum-count|check-path)|care\/approvals|models\/(?:confirm-endpoint|sealed-answers)|table\/(?:spill-folder|sensitivity))\.ts$/u;

/** Share of the processor time that is in hooks, while some work is done. */
async function hookShare(work: () => Promise<unknown>, processorMicroseconds: () => number): Promise<number> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: 200 });
  await session.post("Profiler.start");
  const before = processorMicroseconds();
  await work();
  const all = processorMicroseconds() - before;
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  const inHook = new Set<number>();
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const mark = (id: number, isWithin: boolean): void => {
    const { callFrame, children = [] } = nodes.get(id)!;
    const isHook = isWithin || hookFile.test(callFrame.url);
    if (isHook) inHook.add(id);
    for (const child of children) mark(child, isHook);
  };
  mark(profile.nodes[0]!.id, false);
  const hooks = (profile.samples ?? []).reduce(
    (sum, id, index) => sum + (inHook.has(id) ? profile.timeDeltas![index]! : 0),
    0,
  );
  return hooks / all;
}

const ofProcess = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
const ofThread = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

async function sharesOf(
  work: () => Promise<unknown>,
  processorMicroseconds: () => number,
): Promise<number[]> {
  await work();
  const shares: number[] = [];
  for (let round = 0; round < rounds; round++) shares.push(await hookShare(work, processorMicroseconds));
  return shares;
}

function measurement(what: string, shares: readonly number[]): Measurement {
  const percent = shares.map((share) => share * 100);
  return {
    what,
    value: median(shares),
    unit: "ratio",
    atMost,
    detail: `${summary(percent, "%")} of processor time`,
  };
}

const serverCode = `
const { startFakeEndpoint } = await import(${JSON.stringify(new URL("../test/models/fake-endpoint.ts", import.meta.url).href)});
const { parentPort } = await import("node:worker_threads");
const { url } = await startFakeEndpoint();
parentPort.postMessage(url);
`;

export default async function careBenchmark(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "rounds-bench-care-"));
  process.env["ROUNDS_AUDIT_FILE"] = join(folder, "audit.jsonl");
  process.env["ROUNDS_LINEAGE"] = join(folder, "lineage");
  process.env["ROUNDS_APPROVALS"] = join(folder, "approvals.json");
  const server = new Worker(new URL(`data:text/javascript,${encodeURIComponent(serverCode)}`));
  try {
    const path = join(folder, "notes.jsonl");
    const words = "the patient was seen for review and is stable on the same dose ".repeat(30);
    const lines = Array.from(
      { length: 20_000 },
      (_, index) => `${JSON.stringify({ id: `n${index}`, unit: index % 12, text: `${index} ${words}` })}\n`,
    );
    writeFileSync(path, lines.join(""));
    const questions = Array.from({ length: 200 }, (_, index): Question => ({
      id: `q${index}`,
      dataset: "bench",
      question: `${index}: ${words.slice(0, 600)}?`,
      options: ["yes", "no", "perhaps", "never"],
      answerIndex: index % 4,
      metadata: {},
    }));
    const [url] = (await once(server, "message")) as [string];
    const table = await sharesOf(async () => {
      const counts = (await open(path)).sql("SELECT unit, count(*) AS n FROM this GROUP BY unit");
      await counts.rows();
      await counts.writeParquet(join(folder, "counts.parquet"));
    }, ofProcess);
    const documents = await sharesOf(
      () => writeDocuments(join(folder, "written.jsonl"), readDocuments(path)),
      ofThread,
    );
    const scoring = await sharesOf(async () => {
      const model = await connectModel(url, {
        selfCheck: false,
        cacheFolder: join(folder, `${Math.random()}`),
      });
      await scoreQuestions(model, questions, { strategy: zeroShot() });
    }, ofThread);
    return [
      measurement("public table: open, count by group, write: share in hooks of care", table),
      measurement("public documents: read and written, 40 MB: share in hooks of care", documents),
      measurement("public questions: 200 scored over HTTP: share in hooks of care", scoring),
    ];
  } finally {
    await server.terminate();
    rmSync(folder, { recursive: true, force: true });
  }
}
