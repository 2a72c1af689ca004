import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One answer of the server; the next request gets the next one, the last one stays. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

/** A real HTTP server on 127.0.0.1 that serves one file, well or badly. */
export class MisbehavingServer {
  readonly requests: { url: string; range: string | undefined; ifRange: string | undefined }[] = [];
  readonly #server: Server;
  readonly #behaviours: Behaviour[];

  private constructor(server: Server, behaviours: Behaviour[]) {
    this.#server = server;
    this.#behaviours = behaviours;
  }

  static async start(body: Buffer, ...behaviours: Behaviour[]): Promise<MisbehavingServer> {
    const server = createServer();
    const running = new MisbehavingServer(server, behaviours);
    server.on("request", (request, response) => running.#answer(request, response, body));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return running;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  breakConnections(): void {
    this.#server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const { range, "if-range": ifRange } = request.headers;
    this.requests.push({ url: request.url ?? "", range, ifRange: ifRange as string | undefined });
    const behaviour = this.#behaviours.length > 1 ? this.#behaviours.shift()! : this.#behaviours[0]!;
    behaviour(request, response, body);
  }
}

/** Serve as RFC 9110 asks: ranges, If-Range, 416. */
export const well: Behaviour = (request, response, body) => {
  const start = Number(/^bytes=(\d+)-$/u.exec(request.headers.range ?? "")?.[1] ?? 0);
  const etag = etagOf(body);
  const sameBytes = (request.headers["if-range"] ?? etag) === etag;
  if (start >= body.length) return void response.writeHead(416).end();
  if (start === 0 || !sameBytes) return void response.writeHead(200, { etag }).end(body);
  const range = `bytes ${start}-${body.length - 1}/${body.length}`;
  response.writeHead(206, { etag, "content-range": range }).end(body.subarray(start));
};

export function etagOf(body: Buffer): string {
  return `"${body.length}-${body[0]}"`;
}

/** Always the whole file, whatever range was asked for. */
export const ignoringRange: Behaviour = (_request, response, body) => {
  response.writeHead(200).end(body);
};

/** Part of the file, ended in good order as if it were all. */
export function truncatingAt(bytes: number): Behaviour {
  return (_request, response, body) => void response.writeHead(200).end(body.subarray(0, bytes));
}

/** Some bytes from where the client asks, then silence; the test can break the connection. */
export function hangingAfter(bytes: number): Behaviour {
  return (request, response, body) => {
    const start = Number(/^bytes=(\d+)-$/u.exec(request.headers.range ?? "")?.[1] ?? 0);
    const headers = { etag: etagOf(body), "content-length": String(body.length - start) };
    if (start === 0) response.writeHead(200, headers);
    else response.writeHead(206, { ...headers, "content-range": `bytes ${start}-${body.length - 1}/*` });
    response.write(body.subarray(start, start + bytes));
  };
}

export const neverAnswering: Behaviour = () => undefined;

export function status(code: number, headers: Record<string, string> = {}): Behaviour {
  return (_request, response) => void response.writeHead(code, headers).end("an error page");
}

export function serving(other: Buffer): Behaviour {
  return (request, response) => well(request, response, other);
}
