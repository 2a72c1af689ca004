import { readFileSync } from "node:fs";

import { JobError } from "../../core/errors.ts";
import type { ClusterShell } from "../cluster/cluster-shell.ts";
import { remoteText } from "../cluster/remote-text.ts";

const script = readFileSync(new URL("../slurm/probe.sh", import.meta.url), "utf8");

/** What a cluster answered about itself and about what a job needs. */
export interface ClusterFacts {
  /** Why the root cannot be written to; null where it can. */
  readonly rootProblem: string | null;
  readonly partitions: readonly Partition[];
  /** Whether each path asked for is there. */
  readonly paths: ReadonlyMap<string, boolean>;
  /** SHA-256 of each manifest asked for; null where it is not there. */
  readonly manifests: ReadonlyMap<string, string | null>;
  readonly jobs: ReadonlyMap<string, JobFact>;
  /** Tasks that one array may have at most; undefined where it was not asked for. */
  readonly arrayTasksMaximum: number | undefined;
}

/** A group of like nodes of a partition. */
export interface Partition {
  readonly name: string;
  readonly isDefault: boolean;
  readonly isUp: boolean;
  readonly nodes: number;
  readonly processors: number;
  readonly memoryMib: number;
  readonly gpus: number;
  /** Undefined: without limit. */
  readonly minutesLimit: number | undefined;
}

export type JobFact =
  | { readonly kind: "none" }
  | { readonly kind: "known" | "gone"; readonly slurmJobId: string }
  | { readonly kind: "ended"; readonly exitCode: number | undefined };

export interface FactQuestions {
  readonly paths: readonly string[];
  readonly manifests: readonly string[];
  readonly jobs: readonly string[];
  readonly array: boolean;
}

/** What a cluster has changes seldom: so long what it said of itself is not asked again. */
const factsMilliseconds = 60_000;
const lately = new Map<string, { readonly facts: ClusterFacts; readonly time: number }>();

/**
 * Ask a cluster in one call; what it said of itself within the last minute is not asked again.
 *
 * @throws {JobError} it was not reached, or its scheduler does not answer
 */
export async function askCluster(
  shell: ClusterShell,
  root: string,
  questions: FactQuestions,
  signal?: AbortSignal,
): Promise<ClusterFacts> {
  const key = JSON.stringify([shell.name, root]);
  const held = lately.get(key);
  const isAsked =
    questions.array ||
    [questions.paths, questions.manifests, questions.jobs].some(({ length }) => length > 0);
  if (!isAsked && held !== undefined && Date.now() - held.time < factsMilliseconds) return held.facts;
  const words = [
    ...questions.paths.flatMap((path) => ["path", path]),
    ...questions.manifests.flatMap((path) => ["manifest", path]),
    ...questions.jobs.flatMap((job) => ["job", job]),
    ...(questions.array ? ["array", "tasks"] : []),
  ];
  const result = await shell.run("bash", ["-c", script, "rounds", root, ...words], {
    ...(signal && { signal }),
  });
  const lines = result.stdout
    .split("\n")
    .filter((line) => line.startsWith("rounds-probe "))
    .map((line) => line.slice("rounds-probe ".length));
  if (lines.at(-1) !== "end") {
    const how = result.exitCode === undefined ? "the connection was lost" : `exit code ${result.exitCode}`;
    const said = remoteText(result.stderr) || how;
    throw notReached(`Cluster ${shell.name} was not reached: ${said}`);
  }
  const silent = lines.find((line) => line.startsWith("scheduler bad "));
  if (silent !== undefined)
    throw notReached(
      `The scheduler of ${shell.name} does not answer: ${remoteText(silent.slice("scheduler bad ".length))}`,
    );
  const facts = parseFacts(lines);
  lately.set(key, {
    facts: { ...facts, paths: new Map(), manifests: new Map(), jobs: new Map() },
    time: Date.now(),
  });
  return facts;
}

function notReached(message: string): JobError {
  return new JobError(message, { jobId: "none", state: "PLANNED" });
}

/** Of lines "WORD REST" as the probe prints them. */
export function parseFacts(lines: readonly string[]): ClusterFacts {
  const rest = (word: string): string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const pairs = (word: string): [string, string][] =>
    rest(word).map((text) => [text.slice(text.indexOf(" ") + 1), text.slice(0, text.indexOf(" "))]);
  const array = Number(rest("array")[0]);
  const root = rest("root")[0] ?? "";
  return {
    rootProblem: root === "ok" ? null : remoteText(root.replace(/^bad /u, "")),
    partitions: rest("partition").flatMap(partitionOf),
    paths: new Map(pairs("path").map(([path, word]) => [path, word === "yes"])),
    manifests: new Map(pairs("manifest").map(([path, word]) => [path, word === "no" ? null : word])),
    jobs: new Map(rest("job").map(jobFactOf)),
    arrayTasksMaximum: array > 0 ? array - 1 : undefined,
  };
}

function partitionOf(row: string): Partition[] {
  const [name = "", available, nodes, processors, memory, gres = "", limit = ""] = row.split("|");
  if (!/^[\w.-]+\*?$/u.test(name)) return [];
  // "gpu:h100:8(S:0-1),shard:4": socket numbers are no GPUs.
  const counts = gres.matchAll(/(?:^|,)gpu(?::[^,:()]+)?:(\d+)/gu);
  const gpus = [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  return [
    {
      name: name.replace("*", ""),
      isDefault: name.endsWith("*"),
      isUp: available === "up",
      nodes: Number.parseInt(nodes ?? "0", 10),
      processors: Number.parseInt(processors ?? "0", 10),
      memoryMib: Number.parseInt(memory ?? "0", 10),
      gpus,
      minutesLimit: minutesOf(limit),
    },
  ];
}

/**
 * Minutes of a time limit as Slurm prints it; undefined of one without end.
 *
 * @example
 * minutesOf("7-00:30:00") //=> 10_110
 */
export function minutesOf(limit: string): number | undefined {
  const match = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)$/u.exec(limit.trim());
  if (match === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return days * 1440 + hours * 60 + minutes + seconds / 60;
}

function jobFactOf(text: string): [string, JobFact] {
  const [id = "", word, ...more] = text.split(" ");
  const value = more.join(" ");
  if (word === "known" || word === "gone") return [id, { kind: word, slurmJobId: remoteText(value, 20) }];
  if (word !== "ended") return [id, { kind: "none" }];
  try {
    const { exitCode } = JSON.parse(value) as { exitCode: number };
    return [id, { kind: "ended", exitCode }];
  } catch {
    return [id, { kind: "ended", exitCode: undefined }];
  }
}
