import { parseArgs, type ParseArgsConfig } from "node:util";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { ArgumentError } from "../core/errors.ts";
import { nearestName } from "../core/nearest-name.ts";

/** A command of `npm run -s rounds`. */
export interface CliCommand {
  /** One line for the list of commands. */
  readonly summary: string;
  readonly usage: string;
  /** @returns the report that is printed as JSON; undefined of a command that says everything while it runs */
  run(parameters: readonly string[], context: CliContext): Promise<object | undefined>;
}

export interface CliContext {
  /** Where the user is. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** The command line cannot be understood; the reader types another. */
export class UsageError extends Error {}

/**
 * Read options of a command; those named in `lists` take one value or more (`--input a b c`), those in `flags` none.
 *
 * @throws {UsageError} an unknown option, a missing value, or a word that belongs to no option
 *
 * @example
 * readOptions(["--input", "a", "b", "--id", "doi"], ["input", "id"], ["input"])
 * //=> { values: { id: "doi" }, lists: { input: ["a", "b"] }, flags: [] }
 */
export function readOptions<Name extends string>(
  parameters: readonly string[],
  names: readonly Name[],
  lists: readonly Name[],
  flags: readonly Name[] = [],
): { values: Partial<Record<Name, string>>; lists: Partial<Record<Name, string[]>>; flags: Name[] } {
  const options: NonNullable<ParseArgsConfig["options"]> = {};
  for (const name of names) options[name] = { type: "string", multiple: true };
  for (const name of flags) options[name] = { type: "boolean" };
  let tokens;
  try {
    ({ tokens } = parseArgs({ args: [...parameters], options, allowPositionals: true, tokens: true }));
  } catch (error) {
    throw new UsageError(commandLineFault(error, [...names, ...flags]), { cause: error });
  }
  const values: Partial<Record<Name, string>> = {};
  const found: Partial<Record<Name, string[]>> = {};
  const set: Name[] = [];
  let open: string[] | undefined;
  for (const token of tokens) {
    if (token.kind === "option") {
      const name = token.name as Name;
      open = lists.includes(name) ? (found[name] ??= []) : undefined;
      if (flags.includes(name)) set.push(name);
      else if (open !== undefined) open.push(token.value!);
      else if (values[name] !== undefined) throw new UsageError(`--${name} is given twice`);
      else values[name] = token.value!;
    } else if (token.kind === "positional") {
      if (open === undefined) throw new UsageError(`"${token.value}" belongs to no option`);
      open.push(token.value);
    }
  }
  return { values, lists: found, flags: set };
}

/** What `parseArgs` cannot understand, in words; an option that is none is answered with the nearest and all. */
export function commandLineFault(error: unknown, names: readonly string[]): string {
  const { message } = error as Error;
  const unknown = /^Unknown option '(-[^']+)'/u.exec(message)?.[1];
  if (unknown === undefined) return message;
  const nearest = nearestName(unknown.replace(/^-+/u, ""), names);
  const suggestion = nearest === undefined ? "" : ` (did you mean --${nearest}?)`;
  const all = [...new Set([...names, "help"])].map((name) => `--${name}`).join(", ");
  return `${unknown} is no option${suggestion}; ${all === "--help" ? "the only one is" : "options are"} ${all}`;
}

/** Options of functions that a command line calls by another name. */
const typedNames: Readonly<Record<string, string>> = { memoryBytes: "memory", minimumBytes: "min-bytes" };

/** What an error says, with the option that the user typed in place of the function's. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const typed = error instanceof ArgumentError ? typedNames[error.parameter] : undefined;
  if (typed === undefined) return error.message;
  return error.message.replace(`"${(error as ArgumentError).parameter}"`, `--${typed}`);
}

/** @throws {UsageError} not a number */
export function numberOf(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number)) {
    throw new UsageError(`--${name} must be a number, got "${value}"`);
  }
  return number;
}

const unitBytes = {
  "": 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * Bytes of a size as people write it: `2GB`, `512MiB`, `1.5 GB`, `300000000`.
 *
 * @throws {UsageError} not such a size
 */
export function bytesOf(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?) ?([kmgt]i?b|)$/iu.exec(value);
  if (match === null) throw new UsageError(`--${name} must be a size such as 2GB or 512MiB, got "${value}"`);
  return Math.round(Number(match[1]) * unitBytes[match[2]!.toLowerCase() as keyof typeof unitBytes]);
}

export function pathOf(folder: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : resolve(folder, value);
}

/** After an interrupt, say where the finished parts of a work are, if there are any. */
export function tellOfWork(signal: AbortSignal, folder: string, work: string): void {
  const path = resolve(folder, work);
  if (!signal.aborted || !existsSync(path)) return;
  process.stderr.write(`\n  What is done is kept in ${path}; the same command goes on from there.\n`);
}
