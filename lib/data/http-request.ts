import { DownloadFailure } from "./download-failure.ts";

const maximumRedirects = 5;

export interface RequestOptions {
  /** Byte to go on from; 0 asks for the whole file. */
  readonly offset: number;
  /** ETag of the bytes already held; empty where unknown. */
  readonly validator: string;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMilliseconds: number;
}

export interface Reply {
  /** Where the body begins in the file: the offset asked for, or 0 where the server sends the whole. */
  readonly offset: number;
  /** The file's strong ETag, or empty. */
  readonly validator: string;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Ask a server for a file from a byte on, following redirects.
 *
 * @throws {DownloadFailure} any answer but the file, silence for longer than the timeout, or no connection
 */
export async function requestFrom(url: string, options: RequestOptions): Promise<Reply> {
  const silence = new SilenceTimer(options.timeoutMilliseconds, options.signal);
  try {
    const response = await followRedirects(url, requestHeaders(options), silence);
    const offset = acceptedOffset(response, options.offset);
    const etag = response.headers.get("etag") ?? "";
    const body = readBody(response, silence);
    return { offset, validator: etag.startsWith('"') ? etag : "", body };
  } catch (error) {
    silence.stop();
    throw silence.explain(error);
  }
}

function requestHeaders({ offset, validator }: RequestOptions): Record<string, string> {
  // A compressed transfer could not be resumed at a byte of the file.
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (offset > 0) headers["range"] = `bytes=${offset}-`;
  if (offset > 0 && validator !== "") headers["if-range"] = validator;
  return headers;
}

async function followRedirects(
  url: string,
  headers: Record<string, string>,
  silence: SilenceTimer,
): Promise<Response> {
  let current = url;
  for (let redirects = 0; redirects <= maximumRedirects; redirects++) {
    silence.restart();
    const response = await fetch(current, { headers, redirect: "manual", signal: silence.signal });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || location === null)
      return checkStatus(response, current);
    await response.body?.cancel();
    if (!URL.canParse(location, current)) {
      throw new DownloadFailure("wrong address", `${current} redirects to ${JSON.stringify(location)}`);
    }
    current = new URL(location, current).href;
  }
  const message = `more than ${maximumRedirects} redirects, the last one to ${current}`;
  throw new DownloadFailure("wrong address", message);
}

async function checkStatus(response: Response, url: string): Promise<Response> {
  if (response.status === 200 || response.status === 206) return response;
  await response.body?.cancel();
  const answer = `${url} answers ${response.status} ${response.statusText}`.trim();
  const { status } = response;
  // The part does not fit the file on the server.
  if (status === 416) throw new DownloadFailure("wrong file", answer);
  if (status === 429 || status === 503) {
    const seconds = Number(response.headers.get("retry-after") ?? NaN);
    const kind = status === 429 ? "too many requests" : "server error";
    const retryAfterMilliseconds = Number.isFinite(seconds) ? seconds * 1000 : undefined;
    throw new DownloadFailure(kind, answer, { passing: true, retryAfterMilliseconds });
  }
  if (status >= 500) throw new DownloadFailure("server error", answer, { passing: true });
  throw new DownloadFailure("wrong address", answer);
}

/** Where the body begins; a 206 that begins elsewhere than asked cannot be used. */
function acceptedOffset(response: Response, asked: number): number {
  if (response.status === 200) return 0;
  const range = response.headers.get("content-range") ?? "";
  const start = Number(/^bytes (\d+)-\d+\/(?:\d+|\*)$/u.exec(range)?.[1] ?? NaN);
  if (start === asked) return asked;
  throw new DownloadFailure(
    "wrong file",
    `asked for bytes from ${asked}, the server sends ${range || "no range"}`,
  );
}

async function* readBody(response: Response, silence: SilenceTimer): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) {
      silence.restart();
      yield chunk as Uint8Array;
    }
  } catch (error) {
    throw silence.explain(error);
  } finally {
    silence.stop();
  }
}

/** Aborts a request when nothing was heard for a while, or when the caller gives up. */
class SilenceTimer {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #milliseconds: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number, outer: AbortSignal | undefined) {
    this.#milliseconds = milliseconds;
    this.signal = outer ? AbortSignal.any([outer, this.#controller.signal]) : this.#controller.signal;
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const message = `nothing was heard for ${this.#milliseconds / 1000} s`;
      this.#controller.abort(new DownloadFailure("silence", message, { passing: true }));
    }, this.#milliseconds);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** The failure behind an error of `fetch`, which wraps it more than once. */
  explain(error: unknown): unknown {
    if (this.#controller.signal.aborted) return this.#controller.signal.reason;
    if (error instanceof DownloadFailure || this.signal.aborted) return error;
    const cause = deepestCause(error);
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    const said = (cause as Error).message;
    const message = said.includes(code) ? said : [code, said].filter((part) => part !== "").join(": ");
    const offline = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH"].includes(code);
    if (offline) return new DownloadFailure("no network", message, { cause: error });
    return new DownloadFailure("broken connection", message, { passing: true, cause: error });
  }
}

function deepestCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  return cause instanceof AggregateError ? (cause.errors[0] ?? cause) : cause;
}
