import assert from "node:assert/strict";
import type { ExecuteOutcome, KernelClient } from "../../kernels/client/kernel-client.ts";
import { startKernel } from "./start-kernel.ts";

export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly evaluateName: string;
  readonly variablesReference: number;
}

export interface StackFrame {
  readonly id: number;
  readonly name: string;
  readonly line: number;
  readonly column: number;
  readonly source: { readonly name: string; readonly path: string };
}

interface Response {
  readonly success: boolean;
  readonly message?: string;
  readonly body: Record<string, unknown>;
}

interface DebugEvent {
  readonly event: string;
  readonly body: Record<string, unknown>;
}

const TIMEOUT = { timeoutMilliseconds: 20_000 };
const EVENT_MILLISECONDS = 30_000;

/** Drives the kernel's debugger with the messages that JupyterLab sends. */
export class DebugClient {
  readonly kernel: KernelClient;
  readonly #events: DebugEvent[] = [];
  #wake: (() => void) | undefined;
  #seq = 0;

  private constructor(kernel: KernelClient) {
    this.kernel = kernel;
    kernel.onBroadcast(({ header, content }) => {
      if (header.msg_type !== "debug_event") return;
      this.#events.push(content as unknown as DebugEvent);
      this.#wake?.();
    });
  }

  static async start(options: Parameters<typeof startKernel>[0] = {}): Promise<DebugClient> {
    return new DebugClient(await startKernel(options));
  }

  /** As JupyterLab does when its debugger is turned on. */
  async attach(): Promise<void> {
    await this.ask("initialize", {
      clientID: "test",
      adapterID: "",
      pathFormat: "path",
      linesStartAt1: true,
    });
    await this.ask("attach", {});
    await this.event("initialized");
  }

  async send(command: string, parameters: object = {}): Promise<Response> {
    const content = { type: "request", seq: ++this.#seq, command, arguments: parameters };
    const reply = await this.kernel.request("control", "debug_request", content, TIMEOUT);
    assert.equal(reply.header.msg_type, "debug_reply");
    assert.equal(reply.content["request_seq"], this.#seq);
    assert.equal(reply.content["command"], command);
    return reply.content as unknown as Response;
  }

  /** Send a request that must succeed; gives the body of its answer. */
  async ask(command: string, parameters: object = {}): Promise<Record<string, any>> {
    const { success, message, body } = await this.send(command, parameters);
    assert.ok(success, `${command}: ${message}`);
    return body;
  }

  /** The body of the next event of this name; those before it are dropped. */
  async event(name: string): Promise<Record<string, unknown>> {
    const deadline = performance.now() + EVENT_MILLISECONDS;
    for (;;) {
      const index = this.#events.findIndex(({ event }) => event === name);
      if (index >= 0) return this.#events.splice(0, index + 1).at(-1)!.body;
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`no event "${name}" within ${EVENT_MILLISECONDS} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Set the breakpoints of a cell, by its text; gives the lines that they got. */
  async breakAt(code: string, ...lines: (number | { line: number; condition: string })[]): Promise<number[]> {
    const { sourcePath } = await this.ask("dumpCell", { code });
    return await this.breakInFile(sourcePath as string, ...lines);
  }

  async breakInFile(
    path: string,
    ...lines: (number | { line: number; condition: string })[]
  ): Promise<number[]> {
    const breakpoints = lines.map((line) => (typeof line === "number" ? { line } : line));
    const body = await this.ask("setBreakpoints", { source: { path }, breakpoints, sourceModified: false });
    const set = body["breakpoints"] as { verified: boolean; line: number }[];
    assert.ok(set.every(({ verified }) => verified));
    return set.map(({ line }) => line);
  }

  run(code: string): Promise<ExecuteOutcome> {
    return this.kernel.execute(code, TIMEOUT);
  }

  /** Wait for a stop; gives the calls as `name:line`, the innermost first. */
  async stopped(reason: string): Promise<string[]> {
    assert.equal((await this.event("stopped"))["reason"], reason);
    return (await this.frames()).map(({ name, line }) => `${name}:${line}`);
  }

  /** Make a step; gives where it leads to. */
  async step(command: "next" | "stepIn" | "stepOut"): Promise<string[]> {
    await this.ask(command, { threadId: 1 });
    return await this.stopped("step");
  }

  async continue(): Promise<void> {
    await this.ask("continue", { threadId: 1 });
    await this.event("continued");
  }

  async frames(): Promise<StackFrame[]> {
    return (await this.ask("stackTrace", { threadId: 1 }))["stackFrames"] as StackFrame[];
  }

  async variables(variablesReference: number): Promise<Variable[]> {
    return (await this.ask("variables", { variablesReference }))["variables"] as Variable[];
  }

  /** Names and values of a frame's variables, by scope. */
  async scopes(frameIndex = 0): Promise<Record<string, Record<string, string>>> {
    const frame = (await this.frames())[frameIndex]!;
    const { scopes } = await this.ask("scopes", { frameId: frame.id });
    const found: Record<string, Record<string, string>> = {};
    for (const { name, variablesReference } of scopes as { name: string; variablesReference: number }[]) {
      const variables = await this.variables(variablesReference);
      found[name] = Object.fromEntries(variables.map((variable) => [variable.name, variable.value]));
    }
    return found;
  }

  /** The text of an expression's value at a frame. */
  async evaluate(expression: string, frameIndex = 0): Promise<string> {
    const frameId = (await this.frames())[frameIndex]!.id;
    return (await this.ask("evaluate", { expression, frameId, context: "repl" }))["result"] as string;
  }
}

/** Go on to the end of the cell. */
export async function finish(client: DebugClient, cell: Promise<ExecuteOutcome>): Promise<ExecuteOutcome> {
  await client.continue();
  return await cell;
}

/** Let a cell end that a test has left stopped. */
export async function letGo(client: DebugClient): Promise<void> {
  const stopped = (await client.ask("debugInfo"))["stoppedThreads"] as number[];
  if (stopped.length > 0) await client.kernel.interrupt();
}
