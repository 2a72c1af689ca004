import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** The processes of the machine, by the process that started them. */
export type ProcessTree = ReadonlyMap<number, readonly number[]>;

/** Read which processes run now. */
export function readProcessTree(): ProcessTree {
  const tree = new Map<number, number[]>();
  for (const [pid, parent] of process.platform === "linux" ? fromProc() : fromPs()) {
    const siblings = tree.get(parent);
    if (siblings === undefined) tree.set(parent, [pid]);
    else siblings.push(pid);
  }
  return tree;
}

/**
 * A process and all that it started, directly or not.
 *
 * @example
 * withDescendants(new Map([[1, [2, 3]], [3, [4]]]), 3) //=> [3, 4]
 */
export function withDescendants(tree: ProcessTree, pid: number): number[] {
  return [pid, ...(tree.get(pid) ?? []).flatMap((child) => withDescendants(tree, child))];
}

function* fromProc(): Generator<[pid: number, parent: number]> {
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    let line: string;
    try {
      line = readFileSync(`/proc/${name}/stat`, "latin1");
    } catch {
      continue; // It has ended meanwhile.
    }
    // The program's name stands in brackets, and may hold any character.
    const [, parent] = line.slice(line.lastIndexOf(")") + 2).split(" ");
    yield [pid, Number(parent)];
  }
}

function* fromPs(): Generator<[pid: number, parent: number]> {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  for (const match of String(stdout).matchAll(/(\d+)\s+(\d+)/g)) yield [Number(match[1]), Number(match[2])];
}
