import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** Header of a Jupyter message; the field names are the protocol's. */
export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly version: string;
}

/** A message as it came in. */
export interface Message {
  /** Routing frames before the delimiter; there may be several. */
  readonly identities: readonly Uint8Array[];
  readonly header: Header;
  readonly parentHeader: Partial<Header>;
  readonly metadata: Record<string, unknown>;
  readonly content: Record<string, unknown>;
  readonly buffers: readonly Uint8Array[];
}

/** A message to be sent; `contentJson` is already serialized, so that it is made once, by its sender. */
export interface OutgoingMessage {
  readonly identities?: readonly Uint8Array[];
  readonly type: string;
  readonly contentJson: string;
  readonly parentHeader?: Partial<Header>;
  readonly metadataJson?: string;
  readonly buffers?: readonly Uint8Array[];
}

/** Why a message was refused. */
export type Refusal = "no delimiter" | "too few frames" | "bad signature" | "not JSON" | "no message type";

export const PROTOCOL_VERSION = "5.4";

const DELIMITER = Buffer.from("<IDS|MSG>");

/** Signs, writes and reads messages of one session. */
export class MessageCodec {
  readonly #key: string;
  readonly #hash: string;
  readonly session = randomUUID();
  readonly #username: string;

  /** @param key empty for a connection without signatures */
  constructor(options: { key: string; hash: string; username?: string }) {
    this.#key = options.key;
    this.#hash = options.hash;
    this.#username = options.username ?? "kernel";
  }

  /** A fresh header. */
  header(type: string): Header {
    return {
      msg_id: randomUUID(),
      msg_type: type,
      session: this.session,
      username: this.#username,
      date: new Date().toISOString(),
      version: PROTOCOL_VERSION,
    };
  }

  /** The frames of a message, signed. */
  encode(message: OutgoingMessage, header: Header = this.header(message.type)): Uint8Array[] {
    const parts = [
      Buffer.from(JSON.stringify(header)),
      Buffer.from(JSON.stringify(message.parentHeader ?? {})),
      Buffer.from(message.metadataJson ?? "{}"),
      Buffer.from(message.contentJson),
    ];
    const signature = Buffer.from(this.#sign(parts));
    return [...(message.identities ?? []), DELIMITER, signature, ...parts, ...(message.buffers ?? [])];
  }

  /** Read frames; a message that is malformed or not signed with our key is refused, never thrown. */
  decode(frames: readonly Uint8Array[]): Message | { refused: Refusal } {
    const delimiter = frames.findIndex((frame) => DELIMITER.equals(frame));
    if (delimiter < 0) return { refused: "no delimiter" };
    const [signature, ...rest] = frames.slice(delimiter + 1);
    if (signature === undefined || rest.length < 4) return { refused: "too few frames" };
    // Any local process can reach a kernel's TCP ports: without this check it could run code here.
    if (!this.#isSigned(signature, rest.slice(0, 4))) return { refused: "bad signature" };
    let fields: unknown[];
    try {
      fields = rest.slice(0, 4).map((frame) => JSON.parse(Buffer.from(frame).toString("utf8")) as unknown);
    } catch {
      return { refused: "not JSON" };
    }
    const [header, parentHeader, metadata, content] = fields.map(asRecord);
    if (typeof header?.["msg_type"] !== "string") return { refused: "no message type" };
    return {
      identities: frames.slice(0, delimiter),
      header: header as unknown as Header,
      parentHeader: parentHeader as Partial<Header>,
      metadata: metadata ?? {},
      content: content ?? {},
      buffers: rest.slice(4),
    };
  }

  #sign(parts: readonly Uint8Array[]): string {
    if (this.#key === "") return "";
    const hmac = createHmac(this.#hash, this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  #isSigned(signature: Uint8Array, parts: readonly Uint8Array[]): boolean {
    const expected = Buffer.from(this.#sign(parts));
    return expected.length === signature.length && timingSafeEqual(expected, signature);
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
