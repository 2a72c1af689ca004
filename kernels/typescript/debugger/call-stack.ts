import type { Debugger, Runtime } from "node:inspector";

import type { SourcePosition } from "../session/source-position.ts";
import type { Script } from "./script.ts";
import type { Scripts } from "./scripts.ts";

/** One call of the user's code, or code that waits for such a call. */
export interface Frame {
  readonly id: number;
  readonly name: string;
  readonly script: Script;
  /** Undefined in code that stands for no line of the user's, such as a cell's imports. */
  readonly position: SourcePosition | undefined;
  /** What it can be asked for; undefined for code that waits, which has no variables until it goes on. */
  readonly call: Debugger.CallFrame | undefined;
  /** Whether it is the cell itself, not a function in it. */
  readonly isCell: boolean;
}

const MAXIMUM_FRAMES = 200;
let lastFrameId = 0;

/** The calls that lead to where the program stands, without those of the kernel and of Node; the innermost first. */
export async function callStack(
  calls: readonly Debugger.CallFrame[],
  waiting: Runtime.StackTrace | undefined,
  scripts: Scripts,
): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (const call of calls.slice(0, MAXIMUM_FRAMES)) {
    const script = scripts.get(call.location.scriptId);
    if (script === undefined || script.isHidden) continue;
    const position = await script.original(call.location);
    const isCell = await isWholeCell(script, call);
    const name = call.functionName || (isCell || isModule(call) ? await script.label() : "(anonymous)");
    frames.push({ id: ++lastFrameId, name, script, position, call, isCell });
  }
  for (let trace = waiting; trace !== undefined && frames.length < MAXIMUM_FRAMES; trace = trace.parent) {
    for (const { scriptId, lineNumber, columnNumber, functionName } of trace.callFrames) {
      const script = scripts.get(scriptId);
      if (script === undefined || script.isHidden) continue;
      const position = await script.original({ scriptId, lineNumber, columnNumber });
      const name = `${functionName || (await script.label())} (waits)`;
      frames.push({ id: ++lastFrameId, name, script, position, call: undefined, isCell: false });
    }
  }
  return frames;
}

/** A cell is one function around all of its lines; the engine counts lines from 0. */
async function isWholeCell(script: Script, call: Debugger.CallFrame): Promise<boolean> {
  const prefix = (await script.code())?.prefix;
  return prefix !== undefined && call.functionLocation?.lineNumber === 0;
}

function isModule(call: Debugger.CallFrame): boolean {
  return call.scopeChain[0]?.type === "module";
}

/** A frame as front ends are told of it. */
export async function describeFrame({ id, name, script, position }: Frame): Promise<object> {
  const path = await script.sourcePath();
  return {
    id,
    name,
    source: { name: await script.label(), path },
    line: position?.line ?? 1,
    column: position?.column ?? 1,
  };
}
