import { describeFailure, UsageError, type CliCommand } from "./cli/command.ts";
import { unknownName } from "./core/nearest-name.ts";

/** Each is loaded when it is asked for: an array of tasks starts a process for every task. */
const commands: Readonly<Record<string, () => Promise<CliCommand>>> = {
  audit: async () => (await import("./cli/audit.ts")).audit,
  card: async () => (await import("./cli/card.ts")).card,
  corpus: async () => (await import("./cli/corpus.ts")).corpus,
  dedup: async () => (await import("./cli/dedup.ts")).dedup,
  "dedup-plan": async () => (await import("./cli/dedup-plan.ts")).dedupPlan,
  "dedup-task": async () => (await import("./cli/dedup-task.ts")).dedupTask,
  evaluate: async () => (await import("./cli/evaluate.ts")).evaluate,
  jobs: async () => (await import("./cli/jobs.ts")).jobs,
  plan: async () => (await import("./cli/plan.ts")).plan,
  purge: async () => (await import("./cli/purge.ts")).purge,
  report: async () => (await import("./cli/report.ts")).report,
  serve: async () => (await import("./cli/serve.ts")).serve,
  spans: async () => (await import("./cli/spans.ts")).spans,
  takedown: async () => (await import("./cli/takedown.ts")).takedown,
  study: async () => (await import("./cli/study.ts")).study,
  train: async () => (await import("./cli/train.ts")).train,
};

async function usage(): Promise<string> {
  const lines = Object.entries(commands).map(
    async ([name, load]) => `  ${name.padEnd(10)}  ${(await load()).summary}`,
  );
  return `npm run -s rounds -- COMMAND ...

${(await Promise.all(lines)).join("\n")}

Each prints one JSON report on stdout and its progress on stderr; COMMAND --help lists its options.
`;
}

/**
 * Run one command as a user types it.
 *
 * @param folder where the user is; paths are relative to it
 * @returns exit code: 0, 1 for an error, 2 for a wrong command line, 130 after Ctrl-C
 */
export async function runCommandLine(parameters: readonly string[], folder: string): Promise<number> {
  const [name, ...rest] = parameters;
  if (name === undefined || name === "--help" || name === "-h") {
    process.stdout.write(await usage());
    return name === undefined ? 2 : 0;
  }
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort(new Error("interrupted"));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  try {
    const load = commands[name];
    if (load === undefined) throw new UsageError(unknownName("command", name, Object.keys(commands)).message);
    const command = await load();
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
      process.stderr.write("\n✖ Interrupted. The same command again finishes it.\n");
      return 130;
    }
    process.stderr.write(`\n✖ ${describeFailure(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(signal, stop);
  }
}
