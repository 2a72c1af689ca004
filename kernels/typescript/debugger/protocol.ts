/** A request of the Debug Adapter Protocol, as `debug_request` carries it. */
export interface DebugRequest {
  readonly seq: number;
  readonly command: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** An answer of the Debug Adapter Protocol, as `debug_reply` carries it. */
export interface DebugResponse {
  readonly type: "response";
  readonly seq: number;
  readonly request_seq: number;
  readonly success: boolean;
  readonly command: string;
  readonly message?: string;
  readonly body?: object;
}

/** An event of the Debug Adapter Protocol, as `debug_event` carries it. */
export interface DebugEvent {
  readonly type: "event";
  readonly seq: number;
  readonly event: string;
  readonly body: object;
}

/** Read what came in the content of a message, whatever that is. */
export function readRequest(content: Readonly<Record<string, unknown>>): DebugRequest {
  const { seq, command, arguments: given } = content;
  return {
    seq: typeof seq === "number" ? seq : 0,
    command: typeof command === "string" ? command : "",
    arguments: isRecord(given) ? given : {},
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws TypeError when a parameter of a request is no string */
export function textOf(parameters: Readonly<Record<string, unknown>>, name: string): string {
  const value = parameters[name];
  if (typeof value === "string") return value;
  throw new TypeError(`"${name}" must be a string, got ${JSON.stringify(value)}`);
}

/** @throws TypeError when a parameter of a request is no number */
export function numberOf(parameters: Readonly<Record<string, unknown>>, name: string): number {
  const value = parameters[name];
  if (typeof value === "number") return value;
  throw new TypeError(`"${name}" must be a number, got ${JSON.stringify(value)}`);
}
