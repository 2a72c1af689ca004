import { UsageError, type CliCommand } from "./cli/command.ts";
import { corpus } from "./cli/corpus.ts";
import { dedup } from "./cli/dedup.ts";
import { dedupPlan } from "./cli/dedup-plan.ts";
import { dedupTask } from "./cli/dedup-task.ts";
import { plan } from "./cli/plan.ts";
import { spans } from "./cli/spans.ts";
import { serve } from "./cli/serve.ts";
import { train } from "./cli/train.ts";
import { unknownName } from "./core/nearest-name.ts";

const commands: Readonly<Record<string, CliCommand>> = {
  corpus,
  dedup,
  "dedup-plan": dedupPlan,
  "dedup-task": dedupTask,
  plan,
  serve,
  spans,
  train,
};

const usage = `npm run -s rounds -- COMMAND ...

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}  ${summary}`)
  .join("\n")}

Each prints one JSON report on stdout and its progress on stderr; COMMAND --help lists its options.`;

/**
 * Run one command as a user types it.
 *
 * @param folder where the user is; paths are relative to it
 * @returns exit code: 0, 1 for an error, 2 for a wrong command line, 130 after Ctrl-C
 */
export async function runCommandLine(parameters: readonly string[], folder: string): Promise<number> {
  const [name, ...rest] = parameters;
  if (name === undefined || name === "--help" || name === "-h") {
    process.stdout.write(`${usage}\n`);
    return name === undefined ? 2 : 0;
  }
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort(new Error("interrupted"));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  try {
    const command = commands[name];
    if (command === undefined)
      throw new UsageError(unknownName("command", name, Object.keys(commands)).message);
    if (rest.includes("--help") || rest.includes("-h")) {
      process.stdout.write(`${command.usage}\n`);
      return 0;
    }
    const report = await command.run(rest, { folder, signal: interrupt.signal });
    if (report === undefined) return 0;
    process.stdout.write(`${JSON.stringify(report)}\n`);
    // A command that still has a report to give has brought its work to an orderly end.
    return interrupt.signal.aborted ? 130 : 0;
  } catch (error) {
    if (interrupt.signal.aborted) {
      process.stderr.write("\n✖ Interrupted; nothing was written.\n");
      return 130;
    }
    process.stderr.write(`\n✖ ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, stop);
  }
}
