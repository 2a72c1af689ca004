import { createReadStream, existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, matchesGlob } from "node:path";
import { createInterface } from "node:readline";
import { canonicalJson, fingerprint, sha256 } from "../../core/hash.ts";
import type { OutputFile } from "./recorded-folder.ts";
import type { StageValue } from "./stage.ts";

/** An output and what of it is content: another hash where not every byte is, null where none is. */
export interface StageOutput extends OutputFile {
  readonly content?: string | null;
}

/** Say of each output of a stage what of it later stages depend on. */
export async function withContent(
  folder: string,
  outputs: readonly OutputFile[],
  notContent: readonly string[] = [],
): Promise<StageOutput[]> {
  const described: StageOutput[] = [];
  for (const output of outputs) {
    const { file } = output;
    const content = notContent.some((glob) => matchesGlob(file, glob)) ? null : await contentOf(folder, file);
    described.push(content === undefined ? output : { ...output, content });
  }
  return described;
}

/** Fingerprint of what a stage made, whenever, wherever and by whichever code. */
export function contentFingerprint(
  outputs: readonly StageOutput[],
  values: Readonly<Record<string, StageValue>>,
): string {
  const files = outputs
    .filter(({ content }) => content !== null)
    .map(({ file, sha256: bytes, content }) => [file, content ?? bytes]);
  return fingerprint({ files, values });
}

/** What an exported model says of itself. */
const cardFiles = new Set(["README.md", "card.html", "provenance.json"]);

/** Undefined where every byte is content. */
async function contentOf(folder: string, file: string): Promise<string | null | undefined> {
  const path = join(folder, file);
  const name = basename(file);
  if (name === "step.json") return null;
  // The card of an exported model names its run, which bears a date.
  if (cardFiles.has(name) && existsSync(join(dirname(path), "provenance.json"))) return null;
  if (name === "figure.json") return figureContent(path);
  const runFolder = isRunFolder(dirname(path)) ? dirname(path) : dirname(dirname(dirname(path)));
  if (!isRunFolder(runFolder)) return undefined;
  if (name === "metrics.jsonl") return metricsContent(path);
  if (path.startsWith(join(runFolder, "checkpoints"))) return name.endsWith(".distcp") ? undefined : null;
  return dirname(path) === runFolder ? null : undefined;
}

function isRunFolder(path: string): boolean {
  return existsSync(join(path, "train.config.json")) && existsSync(join(path, "metrics.jsonl"));
}

/** A figure's own numbers, not the key of the stage that drew it. */
async function figureContent(path: string): Promise<string> {
  const { data, layout } = JSON.parse(await readFile(path, "utf8")) as {
    data: unknown;
    layout: { meta?: Record<string, unknown> };
  };
  const { provenance: _, ...meta } = layout.meta ?? {};
  return fingerprint({ data, layout: { ...layout, meta } });
}

/** What was learned at each step; a step that was repeated after a restart counts once, as in the end. */
async function metricsContent(path: string): Promise<string> {
  const rows = new Map<string, string>();
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const row = parseLine(line);
    if (row?.["kind"] !== "train" && row?.["kind"] !== "eval") continue;
    const { kind, step, tokens_seen, loss, loss_by_domain, lr } = row;
    rows.set(`${kind} ${step}`, canonicalJson({ kind, step, tokens_seen, loss, loss_by_domain, lr }));
  }
  return sha256([...rows.values()].join("\n"));
}

/** The last line may be torn. */
function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
