import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Breakpoints } from "../../kernels/typescript/debugger/breakpoints.ts";
import type { MainThread } from "../../kernels/typescript/debugger/main-thread.ts";
import type { Script } from "../../kernels/typescript/debugger/script.ts";
import type { Scripts } from "../../kernels/typescript/debugger/scripts.ts";
import { cellPath } from "../../kernels/typescript/debugger/source-paths.ts";

const SOURCE = "for (;;) {}";
const PATH = cellPath(SOURCE);

/** A cell whose code can stop at its first line. */
function scriptOf(id: string): Script {
  const place = { location: { scriptId: id, lineNumber: 1 }, source: { line: 1, column: 1 } };
  return {
    id,
    isMapped: true,
    isCurrent: () => Promise.resolve(true),
    sourcePath: () => Promise.resolve(PATH),
    places: () => Promise.resolve([place]),
  } as unknown as Script;
}

describe("the breakpoints of a cell", () => {
  it("hold in the run that starts while they are being set", async () => {
    const compiled = Promise.withResolvers<string>();
    const asked = Promise.withResolvers<void>();
    const setInEngine: string[] = [];
    const main = {
      ask: () => (asked.resolve(), compiled.promise),
      post: (method: string, { location }: { location?: { scriptId: string } } = {}) => {
        if (method === "Debugger.setBreakpoint") setInEngine.push(location!.scriptId);
        return Promise.resolve({ breakpointId: `engine-${setInEngine.length}` });
      },
    } as unknown as MainThread;
    const scripts = {
      ofSource: () => [],
      ofFile: () => [scriptOf("not run")],
    } as unknown as Scripts;
    const breakpoints = new Breakpoints(main, scripts);
    const set = breakpoints.set(PATH, [{ line: 1 }], SOURCE);
    await asked.promise;
    const applied = breakpoints.apply(scriptOf("run"));
    compiled.resolve("file");
    const [breakpoint] = await set;
    await applied;
    assert.equal(breakpoint!.verified, true);
    assert.deepEqual(setInEngine, ["run"]);
    assert.equal(breakpoints.find("engine-1"), breakpoint);
  });
});
