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
/** Of frames that are not acknowledged: then the sockets wait. */
const maximumHeldBytes = 8 * 2 ** 20;
const frame = /^(?<kind>[A-Z]) (?<sequence>\d+) (?<channel>\d+) (?<payload>[A-Za-z0-9+/=]*)$/u;

/**
 * A port of 127.0.0.1 whose connections end at the server of a session, all carried by one connection of the shell.
 *
 * When that breaks it is made again, and what the other side had not acknowledged is sent again: what it carries loses
 * nothing and notices nothing. The other end, and the form of the frames, is `remote/carrier.py`.
 */
export class Tunnel {
  readonly #options: TunnelOptions;
  readonly #server: Server;
  readonly #sockets = new Map<number, Socket>();
  readonly #ended = Promise.withResolvers<string>();
  readonly #changed = new Set<() => void>();
  readonly #held: { readonly sequence: number; readonly line: string }[] = [];
  #heldBytes = 0;
  #sent = 0;
  #received = 0;
  #channels = 0;
  #connection: ShellConnection | undefined;
  #state: SessionState = { state: "starting" };
  /** The first acknowledgement on a connection says what has to go to the other side again. */
  #sendsAgain = false;
  #isClosed = false;

  private constructor(options: TunnelOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (socket) => this.#carry(socket));
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
    this.#write("Q", 0, 0, "");
    this.#server.close();
    // The relay ends with its session; a lost connection is one of the ways.
    await Promise.race([this.#connection?.ended, this.ended, sleep(10_000, undefined, { ref: false })]);
    this.#over("it was closed");
  }

  async #stayConnected(): Promise<void> {
    let lastSeen = Date.now();
    for (let delay = 500; !this.#isClosed; delay = Math.min(5000, 2 * delay)) {
      const connection = this.#options.connect();
      const lines = new LineCutter();
      this.#connection = connection;
      this.#sendsAgain = true;
      this.#write("H", this.#received, 0, "");
      const sign = (): unknown => this.#write("P", 0, 0, "");
      const signs = setInterval(sign, this.#options.signOfLifeMs);
      sign();
      connection.output.on("data", (bytes: Buffer) => {
        lastSeen = Date.now();
        delay = 500;
        // What is no frame is a greeting of the login, or chatter of the scheduler.
        for (const line of lines.take(bytes)) this.#take(frame.exec(line)?.groups ?? {});
        this.#write("A", this.#received, 0, "");
      });
      const { stderr } = await connection.ended;
      clearInterval(signs);
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
    for (const socket of this.#sockets.values()) socket.destroy();
    this.#ended.resolve(reason);
  }

  #carry(socket: Socket): void {
    const channel = ++this.#channels;
    this.#sockets.set(channel, socket);
    this.#send("O", channel);
    socket.on("data", (bytes: Buffer) => {
      for (let from = 0; from < bytes.length; from += pieceBytes)
        this.#send("D", channel, bytes.subarray(from, from + pieceBytes).toString("base64"));
      if (this.#heldBytes > maximumHeldBytes) for (const each of this.#sockets.values()) each.pause();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#sockets.delete(channel)) this.#send("C", channel);
    });
  }

  /** A numbered frame, kept until the other side says that it has it. */
  #send(kind: "O" | "D" | "C", channel: number, payload = ""): void {
    const sequence = ++this.#sent;
    const line = `${kind} ${sequence} ${channel} ${payload}\n`;
    this.#held.push({ sequence, line });
    this.#heldBytes += line.length;
    this.#connection?.input.write(line);
  }

  #write(kind: "A" | "H" | "P" | "Q", sequence: number, channel: number, payload: string): void {
    this.#connection?.input.write(`${kind} ${sequence} ${channel} ${payload}\n`);
  }

  #take({ kind, sequence: number, channel: place, payload = "" }: Record<string, string | undefined>): void {
    const [sequence, channel, bytes] = [Number(number), Number(place), Buffer.from(payload, "base64")];
    if (kind === "S") this.#told(JSON.parse(bytes.toString("utf8")) as SessionState);
    else if (kind === "A") this.#acknowledged(sequence);
    else if (sequence !== this.#received + 1) return;
    else {
      this.#received = sequence;
      const socket = this.#sockets.get(channel);
      if (kind === "D" && socket !== undefined) this.#give(socket, bytes);
      if (kind !== "C") return;
      this.#sockets.delete(channel);
      socket?.end();
    }
  }

  #acknowledged(sequence: number): void {
    while (this.#held[0] !== undefined && this.#held[0].sequence <= sequence)
      this.#heldBytes -= this.#held.shift()!.line.length;
    if (this.#sendsAgain) for (const { line } of this.#held) this.#connection?.input.write(line);
    this.#sendsAgain = false;
    if (this.#heldBytes <= maximumHeldBytes) for (const socket of this.#sockets.values()) socket.resume();
  }

  /** A reader that is slower than the tunnel slows it down. */
  #give(socket: Socket, bytes: Buffer): void {
    const { output } = this.#connection!;
    if (socket.write(bytes)) return;
    output.pause();
    const resume = (): void => void output.resume();
    socket.once("drain", resume).once("close", resume);
  }

  #told(state: SessionState): void {
    this.#state = state;
    for (const change of this.#changed) change();
  }

  #lost(reason: string): JobError {
    const { name } = this.#options;
    return new JobError(`The session ${name} is over: ${reason}`, { jobId: name, state: "UNKNOWN" });
  }
}
