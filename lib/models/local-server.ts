import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { sensitivityOfFolder } from "../care/folder-sensitivity.ts";
import { checkPathList } from "../core/arguments.ts";
import { ArgumentError, ModelError } from "../core/errors.ts";
import {
  callbackOption,
  checkOptions,
  choiceOption,
  integerOption,
  objectOption,
  textOption,
} from "../core/options.ts";
import type { Sensitivity } from "../table/sensitivity.ts";

const projectRoot = fileURLToPath(new URL("../..", import.meta.url));
/** The project's own Python; on a cluster, where the project is code alone, the one that ROUNDS_PYTHON names. */
const python = process.env["ROUNDS_PYTHON"] ?? join(projectRoot, ".venv", "bin", "python");

export interface LocalServerOptions {
  /** Of 127.0.0.1; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** What requests call a single model. @default the folder's name, of several always */
  readonly name?: string;
  /** @default a GPU where there is one */
  readonly device?: "auto" | "cpu" | "cuda";
  /** What the model computes in. @default bfloat16 on a GPU, else float32 */
  readonly dtype?: "float32" | "bfloat16";
  /** How long requests that run may take when the server is stopped. @default 30 */
  readonly graceSeconds?: number;
  /** Told each line that the server writes for people. */
  readonly onLine?: (line: string) => void;
  /** Gives up the start; a server that has started is stopped by {@link LocalServer.stop}. */
  readonly signal?: AbortSignal;
}

/** What the server says of its model at `GET /v1/models`. */
export interface ServedModel {
  readonly id: string;
  /** Tokens of prompt and answer together. */
  readonly max_model_len: number;
  readonly vocabulary_size: number;
  /** SHA-256 of configuration, weights and tokenizer. */
  readonly fingerprint: string;
  /** Of what it writes: that of what it was trained on. */
  readonly sensitivity: Sensitivity;
  readonly device: string;
  readonly dtype: string;
  /** False for an encoder, which answers embeddings alone. */
  readonly generates: boolean;
  /** Whether beginnings that the prompts of a batch share are computed once; checked when the model is loaded. */
  readonly shares_prefixes: boolean;
  /** Whether a request may say from which token on it wants log-probabilities; those before are not computed. */
  readonly logprob_start_len: boolean;
  /** How hidden states become an embedding: "mean", "cls, normalized". */
  readonly pooling: string;
}

const rules = {
  port: integerOption(0, { minimum: 0, maximum: 65_535 }),
  name: textOption(undefined),
  device: choiceOption("auto", ["auto", "cpu", "cuda"]),
  dtype: choiceOption(undefined, ["float32", "bfloat16"]),
  graceSeconds: integerOption(30, { minimum: 0 }),
  onLine: callbackOption<(line: string) => void>(),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/** @throws {ArgumentError} what {@link startLocalServer} would refuse, before anything is installed for it */
export function checkServerOptions(options: LocalServerOptions): void {
  checkOptions(options, rules);
}

/** Models of folders behind the OpenAI protocol, in a process of its own that ends with this one. */
export class LocalServer {
  /** `http://127.0.0.1:PORT/v1` */
  readonly url: string;
  /** File with the token, readable by this user alone. */
  readonly tokenFile: string;
  /** Sent as `Authorization: Bearer TOKEN`. */
  readonly token: string;
  /** Of several the first. */
  readonly model: ServedModel;
  readonly models: readonly ServedModel[];
  /** Resolves with the exit code when the server has ended, for whatever reason. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, ended: Promise<number | null>, ready: Ready, token: string) {
    this.#child = child;
    this.ended = ended;
    this.url = ready.url;
    this.tokenFile = ready.tokenFile;
    this.token = token;
    this.model = ready.model;
    this.models = ready.models;
  }

  /** Let running requests finish, then end; further ones are refused with status 503 meanwhile. */
  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

interface Ready {
  readonly url: string;
  readonly tokenFile: string;
  readonly model: ServedModel;
  readonly models: readonly ServedModel[];
}

/**
 * Serve the model of a local folder in Hugging Face format: an export of the trainer, a downloaded model, or a
 * sentence-transformer. Of several folders one process serves all; each is called by its folder's name.
 *
 * Resolves when requests are answered. Listens on 127.0.0.1 and asks for a token; nothing is downloaded.
 *
 * @throws {ModelError} PyTorch is not installed, a folder holds no model that can be served, or two have one name
 *
 * @example
 * await using server = await startLocalServer("runs/20260301-clinical/export");
 * const reply = await fetch(`${server.url}/completions`, { ... });
 */
export async function startLocalServer(
  modelFolders: string | readonly string[],
  options: LocalServerOptions = {},
): Promise<LocalServer> {
  const { port, name, device, dtype, graceSeconds, onLine, signal } = checkOptions(options, rules);
  checkPathList("modelFolders", modelFolders);
  const folders = [modelFolders].flat().map((folder) => resolve(folder));
  if (folders.length === 0) throw new ArgumentError("modelFolders", "one folder or more", modelFolders);
  const folder = folders.join(", ");
  signal?.throwIfAborted();
  if (python.includes("/") && !existsSync(python)) throw notInstalled(folder);
  const missing = folders.find((each) => !existsSync(each));
  if (missing !== undefined)
    throw new ModelError(`${missing} cannot be served: it is not there`, { endpoint: missing });
  const parameters = [
    folders.flatMap((each) => ["--model", each]),
    ["--port", String(port)],
    ["--device", device],
    ["--grace-seconds", String(graceSeconds)],
    name === undefined ? [] : ["--name", name],
    dtype === undefined ? [] : ["--dtype", dtype],
    folders.some((each) => sensitivityOfFolder(each) === "restricted") ? ["--restricted"] : [],
    ["--until-stdin-closes"],
  ];
  const child = spawn(python, ["-m", "trainer", "serve", ...parameters.flat()], {
    cwd: projectRoot,
    // A session of its own: the interrupt of a cell stops the cell, not the server.
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, PYTHONPATH: projectRoot, HF_HUB_OFFLINE: "1" },
  });
  const ended = new Promise<number | null>((done) => child.on("close", done).on("error", () => done(null)));
  let tail = "";
  createInterface({ input: child.stderr }).on("line", (line) => {
    tail = `${tail}\n${line}`.slice(-8000);
    onLine?.(line);
  });
  const abandon = (): void => void child.kill("SIGKILL");
  signal?.addEventListener("abort", abandon, { once: true });
  try {
    const line = await firstLine(child, ended);
    signal?.throwIfAborted();
    if (line === undefined) throw startFailure(folder, tail);
    const ready = JSON.parse(line) as Ready;
    return new LocalServer(child, ended, ready, (await readFile(ready.tokenFile, "utf8")).trim());
  } finally {
    signal?.removeEventListener("abort", abandon);
  }
}

/** The line that says where the server listens; undefined when it ends without. */
async function firstLine(child: ChildProcess, ended: Promise<unknown>): Promise<string | undefined> {
  const lines = createInterface({ input: child.stdout! });
  const first = new Promise<string>((found) => lines.once("line", found));
  return Promise.race([first, ended.then(() => undefined)]);
}

function startFailure(folder: string, tail: string): ModelError {
  const missing = /No module named '(?:torch|transformers|starlette|uvicorn|jsonschema)/u.test(tail);
  if (missing) return notInstalled(folder);
  const last = tail.trimEnd().split("\n").at(-1) ?? "";
  let reason = last;
  try {
    reason = (JSON.parse(last) as { error: { message: string } }).error.message;
  } catch {
    // It was killed before it could say why.
  }
  return new ModelError(`${folder} cannot be served: ${reason || "the server ended at once"}`, {
    endpoint: folder,
  });
}

function notInstalled(folder: string): ModelError {
  return new ModelError(
    "PyTorch and the trainer's packages are not installed: npm run setup -- train installs them",
    { endpoint: folder },
  );
}
