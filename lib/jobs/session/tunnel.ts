import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { JobError } from "../../core/errors.ts";
import { LineCutter } from "../../core/line-cutter.ts";
import type { ShellConnection } from "../cluster/cluster-shell.ts";
import { remoteText } from "../cluster/remote-text.ts";

/** What runs on the node at the other end. */
export const relayProgram = readFileSync(new URL("remote/relay.py", import.meta.url), "utf8");

/** Where a session stands, as its node tells it. */
export interface SessionState {
  readonly state: "starting" | "ready" | "ended";
  /** Of the server there; known once it is ready. */
  readonly token?: string;
}

export interface TunnelOptions {
  /** Connects to the relay anew. */
  readonly connect: () => ShellConnection;
  /** Between signs of life. */
  readonly signOfLifeMs: number;
  /** How long without a connection before the session counts as lost. */
  readonly patienceMs: number;
  readonly name: string;
}

/** Of a payload: it travels as one line, whose length the other side bounds. */
const pieceBytes = 1 << 15;
const frame = /^(?<kind>[A-Z]) (?<channel>\d+) (?<payload>[A-Za-z0-9+/=]*)$/u;

/**
 * A port of 127.0.0.1 whose connections end at the server of a session, all carried by one connection of the shell.
 *
 * When that breaks, what it carried is closed, and it is made again; the server there knows nothing of it.
 */
export class Tunnel {
  readonly #options: TunnelOptions;
  readonly #sockets = new Map<number, Socket>();
  /** Came while nothing carries them; until the tunnel does again they wait. */
  readonly #waiting = new Set<Socket>();
  #isLive = false;
  readonly #server: Server;
  readonly #ended = Promise.withResolvers<string>();
  readonly #changed = new Set<() => void>();
  #connection: ShellConnection | undefined;
  #state: SessionState = { state: "starting" };
  #channels = 0;
  #isClosed = false;
  #lines = new LineCutter();
  /** Of connections to the relay so far. */
  connections = 0;

  private constructor(options: TunnelOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => this.#accept(socket));
  }

  static async open(options: TunnelOptions): Promise<Tunnel> {
    const tunnel = new Tunnel(options);
    tunnel.#server.listen(0, "127.0.0.1");
    await once(tunnel.#server, "listening");
    void tunnel.#stayConnected();
    return tunnel;
  }

  /** Of 127.0.0.1, on this machine. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resolves with why, once the session is over. */
  get ended(): Promise<string> {
    return this.#ended.promise;
  }

  /**
   * Wait until the server answers.
   *
   * @throws {JobError} the session ended before
   */
  async ready(signal?: AbortSignal): Promise<string> {
    let reason: string | undefined;
    void this.ended.then((why) => (reason = why));
    for (;;) {
      signal?.throwIfAborted();
      if (this.#state.token !== undefined) return this.#state.token;
      if (reason !== undefined) throw this.#lost(reason);
      const change = Promise.withResolvers<void>();
      this.#changed.add(change.resolve);
      await Promise.race([change.promise, this.ended, sleep(1000, undefined, { ref: false })]);
      this.#changed.delete(change.resolve);
    }
  }

  /** Ask the session to end, and forget it. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#send("Q");
    this.#server.close();
    // The relay tells that the session has ended, when it has; a lost connection is one of the ways.
    await Promise.race([this.#connection?.ended, this.ended, sleep(10_000, undefined, { ref: false })]);
    this.#over("it was closed");
  }

  async #stayConnected(): Promise<void> {
    let lastSeen = Date.now();
    for (let delay = 500; !this.#isClosed; delay = Math.min(5000, 2 * delay)) {
      const connection = this.#options.connect();
      this.#connection = connection;
      this.#lines = new LineCutter();
      this.connections++;
      // Each connection that waits for room waits by itself.
      connection.input.setMaxListeners(0);
      const signs = setInterval(() => this.#send("P"), this.#options.signOfLifeMs);
      this.#send("P");
      connection.output.on("data", (bytes: Buffer) => {
        lastSeen = Date.now();
        delay = 500;
        this.#take(bytes);
      });
      const { stderr } = await connection.ended;
      this.#isLive = false;
      clearInterval(signs);
      for (const socket of this.#sockets.values()) socket.destroy();
      if (this.#state.state === "ended" || this.#isClosed) break;
      if (Date.now() - lastSeen > this.#options.patienceMs) {
        return this.#over(`no connection to it: ${remoteText(stderr) || "the connection was lost"}`);
      }
      await sleep(delay, undefined, { ref: false });
    }
    this.#over("it has ended");
  }

  #over(reason: string): void {
    this.#isClosed = true;
    this.#connection?.close();
    this.#server.close();
    for (const socket of [...this.#sockets.values(), ...this.#waiting]) socket.destroy();
    this.#ended.resolve(reason);
  }

  #accept(socket: Socket): void {
    socket.on("error", () => {});
    if (this.#isLive) return this.#carry(socket);
    this.#waiting.add(socket);
    socket.once("close", () => this.#waiting.delete(socket));
  }

  #carry(socket: Socket): void {
    const channel = ++this.#channels;
    this.#sockets.set(channel, socket);
    this.#send("O", channel);
    socket.on("data", (bytes: Buffer) => {
      if (this.#send("D", channel, bytes) === false) {
        socket.pause();
        this.#connection?.input.once("drain", () => socket.resume());
      }
    });
    socket.resume();
    socket.on("close", () => {
      if (this.#sockets.delete(channel)) this.#send("C", channel);
    });
  }

  #send(kind: string, channel = 0, payload: Buffer = Buffer.alloc(0)): boolean | undefined {
    let hasRoom: boolean | undefined;
    let from = 0;
    do {
      const piece = payload.subarray(from, from + pieceBytes).toString("base64");
      hasRoom = this.#connection?.input.write(`${kind} ${channel} ${piece}\n`);
      from += pieceBytes;
    } while (from < payload.length);
    return hasRoom;
  }

  /** What is no frame is a greeting of the login, or chatter of the scheduler. */
  #take(bytes: Buffer): void {
    for (const line of this.#lines.take(bytes)) {
      const { kind, channel: number, payload: text } = frame.exec(line)?.groups ?? {};
      const [channel, payload] = [Number(number), Buffer.from(text ?? "", "base64")];
      if (kind === "S") this.#told(JSON.parse(payload.toString("utf8")) as SessionState);
      else if (kind === "D") this.#give(channel, payload);
      else if (kind === "C") {
        const socket = this.#sockets.get(channel);
        this.#sockets.delete(channel);
        socket?.end();
      }
    }
  }

  /** A reader that is slower than the tunnel slows it down. */
  #give(channel: number, payload: Buffer): void {
    const socket = this.#sockets.get(channel);
    const { output } = this.#connection!;
    if (socket === undefined || socket.write(payload)) return;
    output.pause();
    const resume = (): void => void output.resume();
    socket.once("drain", resume).once("close", resume);
  }

  #told(state: SessionState): void {
    this.#state = state;
    this.#isLive = true;
    for (const socket of this.#waiting) this.#carry(socket);
    this.#waiting.clear();
    for (const change of this.#changed) change();
  }

  #lost(reason: string): JobError {
    const { name } = this.#options;
    return new JobError(`The session ${name} is over: ${reason}`, { jobId: name, state: "UNKNOWN" });
  }
}
