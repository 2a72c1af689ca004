/** The answer to Jupyter's inspect_request. */
export interface Inspection {
  readonly found: boolean;
  readonly data: Record<string, unknown>;
  /** What `data` was made of. */
  readonly description?: Description;
}

/** What there is to say of a name. */
export interface Description {
  readonly signature: string;
  /** The type of its value, in words. */
  readonly type?: string | undefined;
  readonly documentation?: string | undefined;
  /** Its value, or the source of a function. */
  readonly preview?: string | undefined;
}

/** A description as text and as Markdown. */
export function inspectionOf(description: Description): Inspection {
  return {
    found: true,
    description,
    data: { "text/plain": plainText(description), "text/markdown": markdown(description) },
  };
}

/** What types and the value say of one name, as one answer; either may know nothing. */
export function mergeInspections(typed: Inspection | undefined, live: Inspection): Inspection {
  if (typed?.description === undefined) return live;
  if (live.description === undefined) return typed;
  const { type, documentation, preview } = live.description;
  return inspectionOf({ type, documentation, preview, ...defined(typed.description) });
}

function defined(description: Description): Description {
  return Object.fromEntries(
    Object.entries(description).filter(([, text]) => text !== undefined),
  ) as unknown as Description;
}

function plainText({ signature, type, documentation, preview }: Description): string {
  const parts = [signature];
  if (type !== undefined) parts.push(`Type: ${type}`);
  if (documentation) parts.push(documentation);
  if (preview !== undefined) parts.push(preview);
  return parts.join("\n\n");
}

function markdown({ signature, type, documentation, preview }: Description): string {
  const parts = [codeBlock(signature)];
  if (type !== undefined) parts.push(`**Type:** \`${type}\``);
  if (documentation) parts.push(documentation);
  if (preview !== undefined) parts.push(codeBlock(preview));
  return parts.join("\n\n");
}

function codeBlock(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}typescript\n${text}\n${fence}`;
}
