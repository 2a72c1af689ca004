import { rmSync } from "node:fs";
import { availableParallelism, tmpdir, totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult, DuckDBType } from "@duckdb/node-api";
import { ArgumentError } from "../core/errors.ts";
import { checkOptions, integerOption, textOption } from "../core/options.ts";
import { bindValue } from "./bind-value.ts";
import { makeSpillFolder } from "./spill-folder.ts";
import { translateError } from "./translate-error.ts";
import type { Sql } from "./sql.ts";

/** Limits of the one DuckDB database that all tables of this process share. */
export interface EngineOptions {
  /** Memory that queries may take before they spill to disk. @default half of the machine's memory */
  readonly memoryLimitBytes?: number;
  /** Worker threads. @default the cores this process may use */
  readonly threads?: number;
  /** Folder under which queries spill; what they leave is removed at exit. @default the system's temporary folder */
  readonly temporaryDirectory?: string;
}

/** How one query is run. */
export interface RunOptions {
  /** Stops the query when it aborts. @default the running cell's interrupt, in a notebook */
  readonly signal?: AbortSignal | undefined;
}

/** One column of a result. */
export interface ResultColumn {
  readonly name: string;
  readonly type: DuckDBType;
}

let settings: Required<EngineOptions> = {
  memoryLimitBytes: Math.floor(totalmem() / 2),
  threads: availableParallelism(),
  temporaryDirectory: tmpdir(),
};
let instance: Promise<DuckDBInstance> | undefined;
let spillFolder: string | undefined;
const idleConnections: DuckDBConnection[] = [];

/**
 * Set the memory, threads and temporary folder that queries may use; what is left out stays.
 *
 * @throws {@link ArgumentError} a limit below 64 MiB, threads that are no whole number >= 1, or another folder once
 *   a query has spilled
 */
export async function configureEngine(options: EngineOptions): Promise<void> {
  settings = checkOptions(options, {
    memoryLimitBytes: {
      expected: "at least 67108864 (64 MiB)",
      default: settings.memoryLimitBytes,
      accepts: (value) => Number.isFinite(value) && (value as number) >= 2 ** 26,
    },
    threads: integerOption(settings.threads, { minimum: 1 }),
    temporaryDirectory: textOption(settings.temporaryDirectory),
  });
  if (instance !== undefined) await applySettings(await instance);
}

/** Run a query and keep its whole result; for results known to be small. */
export async function runQuery(query: Sql, options: RunOptions = {}): Promise<QueryResult> {
  const connection = idleConnections.pop() ?? (await connect());
  try {
    const { text, values, types } = boundQuery(query);
    const result = await guard(connection, query, options, async () => {
      // A statement prepared for its values is bound twice, and binding may mean reading a whole file for its types.
      const answer = await (values.length === 0
        ? connection.run(text)
        : connection.stream(text, values, types));
      return { columns: columnsOf(answer), chunks: await answer.fetchAllChunks() };
    });
    idleConnections.push(connection);
    return result;
  } catch (error) {
    connection.disconnectSync();
    throw error;
  }
}

/** The number of statements in a text, as DuckDB's parser reads it; nothing is run. */
export async function parseStatements(query: Sql): Promise<number> {
  const connection = idleConnections.pop() ?? (await connect());
  try {
    return (await connection.extractStatements(query.render().text)).count;
  } catch (error) {
    throw translateError(error, query);
  } finally {
    idleConnections.push(connection);
  }
}

/** A whole result, in chunks of at most 2,048 rows. */
export interface QueryResult {
  readonly columns: readonly ResultColumn[];
  readonly chunks: readonly DuckDBDataChunk[];
}

/** Run a query and give its chunks as they come; leaving the loop early stops the query. */
export async function* streamQuery(
  query: Sql,
  options: RunOptions = {},
): AsyncGenerator<{ columns: readonly ResultColumn[]; chunk: DuckDBDataChunk }, void, void> {
  // A connection of its own: closing it is what frees a result that was left half read.
  const connection = await connect();
  try {
    const { text, values, types } = boundQuery(query);
    const stream = await guard(connection, query, options, () => connection.stream(text, values, types));
    const columns = columnsOf(stream);
    for (;;) {
      const chunk = await guard(connection, query, options, () => stream.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      yield { columns, chunk };
    }
  } finally {
    connection.interrupt();
    connection.disconnectSync();
  }
}

function columnsOf(result: DuckDBResult): ResultColumn[] {
  const names = result.deduplicatedColumnNames();
  return result.columnTypes().map((type, index) => ({ name: names[index]!, type }));
}

function boundQuery(query: Sql) {
  const { text, values } = query.render();
  const bound = values.map((value, index) => bindValue(value, `parameters[${index}]`));
  return { text, values: bound.map(({ value }) => value), types: bound.map(({ type }) => type) };
}

/** Do one step of a query so that an abort stops it, and a refusal comes as an error of ours. */
async function guard<T>(
  connection: DuckDBConnection,
  query: Sql,
  { signal = cellInterrupt() }: RunOptions,
  step: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const interrupt = () => connection.interrupt();
  signal?.addEventListener("abort", interrupt);
  try {
    return await step();
  } catch (error) {
    signal?.throwIfAborted();
    throw translateError(error, query);
  } finally {
    signal?.removeEventListener("abort", interrupt);
  }
}

/** The interrupt of the notebook cell that is running, where there is one. */
export function cellInterrupt(): AbortSignal | undefined {
  const host: unknown = Reflect.get(globalThis, Symbol.for("Jupyter.display"));
  const signal: unknown = typeof host === "object" && host !== null && Reflect.get(host, "interruptSignal");
  return signal instanceof AbortSignal ? signal : undefined;
}

/** Open a connection to the shared database, which is started by the first one. */
export async function connect(): Promise<DuckDBConnection> {
  instance ??= startInstance();
  return (await instance).connect();
}

async function startInstance(): Promise<DuckDBInstance> {
  const started = await DuckDBInstance.create(":memory:", {
    // Nothing is ever fetched from the network, whatever a query names.
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
    // Gives the place of an error in the query.
    errors_as_json: "true",
  });
  await applySettings(started);
  return started;
}

async function applySettings(started: DuckDBInstance): Promise<void> {
  const { memoryLimitBytes, threads, temporaryDirectory } = settings;
  const connection = await started.connect();
  if (spillFolder === undefined || dirname(spillFolder) !== resolve(temporaryDirectory)) {
    const folder = makeSpillFolder(resolve(temporaryDirectory));
    try {
      await connection.run(`SET GLOBAL temp_directory = '${folder.replaceAll("'", "''")}'`);
    } catch (error) {
      // DuckDB refuses it once a query has spilled.
      const used = spillFolder ?? folder;
      settings = { ...settings, temporaryDirectory: dirname(used) };
      const expected = `chosen before a query has spilled to the one in use, ${dirname(used)}`;
      throw new ArgumentError("temporaryDirectory", expected, temporaryDirectory, { cause: error });
    }
    spillFolder = folder;
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  }
  await connection.run(`SET GLOBAL TimeZone = 'UTC'`);
  await connection.run(`SET GLOBAL memory_limit = '${Math.floor(memoryLimitBytes)}B'`);
  await connection.run(`SET GLOBAL threads = ${threads}`);
  connection.disconnectSync();
}
