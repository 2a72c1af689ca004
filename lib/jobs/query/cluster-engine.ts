import { randomBytes } from "node:crypto";
import { createWriteStream, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createInflate } from "node:zlib";

import { ArgumentError, JobError, QueryError } from "../../core/errors.ts";
import { runQuery, type RunOptions } from "../../table/engine.ts";
import type { HeldAnswer, RemoteEngine } from "../../table/relation.ts";
import { makeSpillFolder } from "../../table/spill-folder.ts";
import { identifier, literal, sql, type Sql } from "../../table/sql.ts";
import { translateError } from "../../table/translate-error.ts";
import type { ClusterShell } from "../cluster/cluster-shell.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { inEnvironment } from "../cluster/in-environment.ts";
import { remoteText } from "../cluster/remote-text.ts";
import { answerPieces, RefusedAnswer, type QueryRefusal } from "./answer-frames.ts";
import { writeValue } from "./write-value.ts";

const answerProgram = readFileSync(new URL("answer_query.py", import.meta.url), "utf8");

/** A login node is shared: what one query may take of it. */
export interface QueryLimits {
  readonly threads: number;
  readonly memoryBytes: number;
  readonly seconds: number;
  /** Of the file that holds the rows, before it is compressed. */
  readonly answerBytes: number;
}

const defaultLimits: QueryLimits = {
  threads: 4,
  memoryBytes: 8 * 2 ** 30,
  seconds: 600,
  answerBytes: 2 * 2 ** 30,
};

let answers = 0;

/** DuckDB on a cluster's login node, in the environment of the cluster's jobs. */
export class ClusterEngine implements RemoteEngine {
  readonly name: string;
  readonly #cluster: Cluster;
  readonly #shell: ClusterShell;
  readonly #limits: QueryLimits;

  constructor(cluster: Cluster, shell: ClusterShell, limits: Partial<QueryLimits> = {}) {
    this.name = cluster.name;
    this.#cluster = cluster;
    this.#shell = shell;
    this.#limits = { ...defaultLimits, ...limits };
  }

  /**
   * Run a query there; its rows alone come here, as a DuckDB file, which keeps every type as it is.
   *
   * @throws {QueryError} refused, stopped by a limit, or no DuckDB in the cluster's environment
   * @throws {JobError} the connection was lost
   */
  async answer(query: Sql, { signal }: RunOptions = {}): Promise<HeldAnswer> {
    const written = query.writtenOut(writeValue);
    const statement = sql`CREATE TABLE answer.result AS SELECT * FROM (${written}\n)`;
    const folder = makeSpillFolder(tmpdir());
    const release = (): Promise<void> => rm(folder, { recursive: true, force: true });
    try {
      const path = join(folder, "answer.duckdb");
      const pieces = await this.#ask(statement.render().text, signal);
      await pipeline(pieces, createInflate(), createWriteStream(path, { mode: 0o600 }));
      const database = identifier(`rounds_answer_${++answers}`);
      await runQuery(sql`ATTACH ${literal(path)} AS ${database} (READ_ONLY)`);
      const detach = async (): Promise<void> => {
        // Without the cell's signal: what was interrupted is tidied up too.
        await runQuery(sql`DETACH ${database}`, { signal: new AbortController().signal });
        await release();
      };
      return { query: sql`SELECT * FROM ${database}.result`, release: detach };
    } catch (error) {
      await release();
      throw error instanceof RefusedAnswer ? this.#refused(error.refusal, statement) : error;
    }
  }

  async #ask(statement: string, signal: AbortSignal | undefined): Promise<AsyncIterable<Uint8Array>> {
    const folder = `${this.#cluster.root}/queries`;
    const text = JSON.stringify({ statement, folder, limits: this.#limits });
    const request = Buffer.from(text).toString("base64");
    // As a file: everyone on a login node sees its command lines, and a query may hold what it looks for.
    const path = `${folder}/request-${randomBytes(8).toString("hex")}`;
    const line = this.#line(path);
    await this.#store(request, folder, path, signal);
    return this.#orForget(
      path,
      answerPieces(this.#shell.stream("bash", line, signal && { signal }), this.name),
    );
  }

  /** The program removes the request as it reads it; where it may never have begun, we do. */
  async *#orForget(path: string, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let isRead = false;
    try {
      for await (const piece of pieces) {
        isRead = true;
        yield piece;
      }
    } catch (error) {
      isRead ||= error instanceof RefusedAnswer;
      throw error;
    } finally {
      // Nobody waits for it: the connection may be gone. A later query removes what is a day old.
      if (!isRead) this.#shell.run("rm", ["-f", path]).catch(() => {});
    }
  }

  async #store(
    request: string,
    folder: string,
    path: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const script = 'umask 077 && mkdir -p "$1" && cat > "$2"';
    const { exitCode, stderr } = await this.#shell.run("bash", ["-c", script, "rounds", folder, path], {
      input: request,
      ...(signal && { signal }),
    });
    if (exitCode === 0) return;
    const reason = exitCode === undefined ? "the connection was lost" : remoteText(stderr);
    throw new JobError(`The query cannot be sent to ${this.name}: ${reason}`, {
      jobId: this.name,
      state: "UNKNOWN",
    });
  }

  /** In the environment of the cluster's jobs, and with less right to the processor than others have. */
  #line(argument: string): readonly string[] {
    const program = ["python3", "-c", answerProgram, argument];
    const { stepOptions, words } = inEnvironment(this.#cluster, program, ["nice", "-n", "10"]);
    if (stepOptions.length === 0) return words;
    const expected = "one whose environment a login node has (venv, modules, apptainer), not Pyxis";
    throw new ArgumentError("cluster", expected, this.name);
  }

  #refused({ kind, message, python }: QueryRefusal, statement: Sql): Error {
    const text = statement.userQuery ?? statement.render().text;
    if (kind === "missing") {
      const remedy = `its ${remoteText(python)} has no DuckDB; install it there: python -m pip install duckdb`;
      return new QueryError(`${this.name} cannot be asked: ${remedy}`, text);
    }
    if (kind === "stopped")
      return new QueryError(`The query on ${this.name} was stopped: ${remoteText(message)}`, text);
    const error = translateError(new Error(message), statement);
    error.message += `\n(on ${this.name})`;
    return error;
  }
}
