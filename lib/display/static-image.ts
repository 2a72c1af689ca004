import { Worker } from "node:worker_threads";

import { ArgumentError } from "../core/errors.ts";
import type { Figure } from "../plots/index.ts";
import type { ImageForm } from "./image-form.ts";
import { jupyterHost } from "./jupyter-host.ts";
import type { ImageReply, ImageRequest } from "./static-image-worker.ts";

export interface StaticImageOptions {
  /** CSS pixels; the PNG has up to twice as many. @default 700 */
  readonly width?: number;
  /** CSS pixels. @default 420 */
  readonly height?: number;
  /** A larger picture is drawn with fewer pixels per CSS pixel. @default 100_000 */
  readonly maximumBytes?: number;
}

export const DEFAULT_WIDTH = 700;
export const DEFAULT_HEIGHT = 420;

const MAXIMUM_PIXELS = 4_000;
const MAXIMUM_MEMORY_MEGABYTES = 700;

let worker: Worker | undefined;
let lastId = 0;
const waiting = new Map<number, { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void }>();

/**
 * Draw a figure as PNG, without a browser and with a font of its own.
 *
 * The drawing worker is started by the first figure (about 0.7 s) and kept; it never keeps Node alive.
 * The same figure gives the same bytes on every machine.
 *
 * @throws {ArgumentError} a side below 10 or above 4,000 pixels
 * @throws {Error} plotly or the rasterizer refused the figure, or the cell was interrupted
 */
export async function staticImage(figure: Figure, options: StaticImageOptions = {}): Promise<Uint8Array> {
  const { width = DEFAULT_WIDTH, height = DEFAULT_HEIGHT, maximumBytes = 100_000 } = options;
  return drawFigure(figure, { width, height }, { kind: "preview", maximumBytes });
}

/**
 * Draw a figure in the worker.
 *
 * @param size CSS pixels
 * @throws {ArgumentError} a side below 10 or above 4,000 pixels
 */
export async function drawFigure(
  figure: Figure,
  { width, height }: { readonly width: number; readonly height: number },
  form: ImageForm,
): Promise<Uint8Array> {
  for (const [name, pixels] of Object.entries({ width, height })) {
    if (!(pixels >= 10 && pixels <= MAXIMUM_PIXELS))
      throw new ArgumentError(name, `from 10 to ${MAXIMUM_PIXELS} pixels`, pixels);
  }
  const id = ++lastId;
  worker ??= startWorker();
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  waiting.set(id, { resolve, reject });
  worker.ref();
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
  worker.postMessage({ id, figure, width, height, form } satisfies ImageRequest);
  const drawing = worker;
  const stop = (): void => void drawing.terminate();
  const signal = jupyterHost()?.interruptSignal;
  signal?.addEventListener("abort", stop);
  try {
    return await promise;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

function startWorker(): Worker {
  // The kernel's own flags and hooks are none of the worker's business.
  const started = new Worker(new URL("static-image-worker.ts", import.meta.url), {
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MAXIMUM_MEMORY_MEGABYTES },
  });
  started.on("message", (reply: ImageReply) => {
    const request = waiting.get(reply.id);
    waiting.delete(reply.id);
    if (waiting.size === 0) started.unref();
    if ("bytes" in reply) request?.resolve(reply.bytes);
    else request?.reject(new Error(`the figure could not be drawn: ${reply.problem}`));
  });
  const end = (error: Error): void => {
    // What another worker draws meanwhile goes on.
    if (worker === started) fail(error);
  };
  started.on("error", (error) => end(error instanceof Error ? error : new Error(String(error))));
  started.on("exit", (code) => end(new Error(`the drawing worker ended with code ${code}`)));
  return started;
}

function fail(error: Error): void {
  worker = undefined;
  for (const { reject } of waiting.values()) reject(error);
  waiting.clear();
}
