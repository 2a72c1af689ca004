import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, it } from "node:test";
import { readProcessTree, withDescendants } from "../../kernels/typescript/wire/process-tree.ts";

describe("the process tree", () => {
  it("gives a process with all its descendants", () => {
    const tree = new Map([
      [1, [2, 3]],
      [3, [4, 5]],
      [5, [6]],
    ]);
    assert.deepEqual(withDescendants(tree, 3), [3, 4, 5, 6]);
    assert.deepEqual(withDescendants(tree, 2), [2]);
  });

  it("holds the children of this process, whatever their names", async () => {
    const child = spawn("sh", ["-c", "sleep 30; true"], { argv0: "odd ) 1 2 (name" });
    try {
      await new Promise((resolve) => child.once("spawn", resolve));
      assert.ok(withDescendants(readProcessTree(), process.pid).includes(child.pid!));
    } finally {
      for (const pid of withDescendants(readProcessTree(), child.pid!)) process.kill(pid, "SIGKILL");
    }
  });
});
