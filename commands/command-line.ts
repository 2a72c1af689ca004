import { parseArgs, type ParseArgsConfig } from "node:util";
import { commandLineFault } from "../lib/cli/command.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** Print one line of what went wrong and end with exit code 1. */
export function failWith(line: string): never {
  process.stderr.write(`\n✖ ${line}\n`);
  process.exit(1);
}

/**
 * Read a command's options; `--help` prints the usage, an unknown option prints it and fails.
 *
 * @param allowPositionals whether words that belong to no option are taken
 */
export function parseCommandLine<T extends Options>(usage: string, options: T, allowPositionals = false) {
  const known = { ...options, help: { type: "boolean", short: "h" } } as const;
  try {
    const parsed = parseArgs({ options: known, strict: true, allowPositionals });
    if ((parsed.values as { help?: boolean }).help) {
      process.stdout.write(`${usage}\n`);
      process.exit(0);
    }
    return parsed;
  } catch (error) {
    failWith(`${commandLineFault(error, Object.keys(options))}\n\n${usage}`);
  }
}
