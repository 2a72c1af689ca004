/** Representations of one output by MIME type. */
export type MimeMap = Record<string, unknown>;

/** What a display method or a formatter returns. A MIME type always has a "/", so the two cannot be confused. */
export type Bundle = MimeMap | FullBundle;

export interface FullBundle {
  readonly data: MimeMap;
  readonly metadata?: Record<string, unknown>;
  /** Name under which the output can be updated later. */
  readonly displayId?: string;
}

/** Content of `display_data`, `update_display_data` and, with a count, `execute_result`. */
export interface DisplayContent {
  readonly data: MimeMap;
  readonly metadata: Record<string, unknown>;
  readonly transient: { display_id?: string };
}

/**
 * Bring a bundle into the form of the protocol; bytes become base64.
 *
 * @throws TypeError for what is no bundle, and for a text type whose value is no text
 * @example
 * displayContent({ "image/png": Uint8Array.of(137, 80) }).data //=> { "image/png": "iVA=" }
 */
export function displayContent(
  bundle: unknown,
  options: { displayId?: string | undefined } = {},
): DisplayContent {
  const full = fullBundle(bundle);
  const displayId = options.displayId ?? full.displayId;
  return {
    data: Object.fromEntries(
      Object.entries(full.data).map(([mime, value]) => [mime, wireValue(mime, value)]),
    ),
    metadata: full.metadata ?? {},
    transient: displayId === undefined ? {} : { display_id: displayId },
  };
}

function fullBundle(bundle: unknown): FullBundle {
  if (!isObject(bundle)) throw bundleError(bundle);
  if (isObject(bundle["data"]) && Object.keys(bundle).every((key) => !key.includes("/"))) {
    return bundle as unknown as FullBundle;
  }
  const wrong = Object.keys(bundle).find((key) => !key.includes("/"));
  if (wrong !== undefined) throw bundleError(bundle, wrong);
  return { data: bundle };
}

function bundleError(bundle: unknown, key?: string): TypeError {
  const received = key === undefined ? String(bundle) : `an object with the key "${key}"`;
  return new TypeError(
    `a display bundle must be { "text/html": ... } or { data, metadata, displayId }, got ${received}`,
  );
}

function wireValue(mime: string, value: unknown): unknown {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.length).toString("base64");
  if (isJson(mime) || typeof value === "string") return value;
  if (Array.isArray(value) && value.every((line) => typeof line === "string")) return value.join("");
  throw new TypeError(`display data of "${mime}" must be a string or bytes, got ${typeof value}`);
}

function isJson(mime: string): boolean {
  return mime === "application/json" || mime.endsWith("+json");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}
