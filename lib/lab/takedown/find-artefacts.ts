import { createReadStream, existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { createInterface } from "node:readline";

import { formatOfName } from "../../table/file-format.ts";

/** What can be told of a file or folder by looking at it. */
export type ArtefactKind =
  | "documents"
  | "removed"
  | "samples"
  | "results"
  | "table"
  | "shards"
  | "run"
  | "model";

export interface Artefact {
  readonly kind: ArtefactKind;
  readonly path: string;
}

/** Something that nobody can say what it holds. */
export interface Unknown {
  readonly path: string;
  readonly reason: string;
}

/** Folders of programs. */
const passedOver = new Set(["node_modules", ".git", ".venv", "__pycache__"]);

/**
 * All below some paths that Rounds writes and can look into: a folder of token shards, a run or an exported model is one
 * thing, files are one each.
 *
 * @returns what else lies there, counted by folder; links are not followed
 */
export async function findArtefacts(
  paths: Iterable<string>,
): Promise<{ readonly artefacts: Artefact[]; readonly unknown: Unknown[] }> {
  const artefacts = new Map<string, Artefact>();
  const unknown = new Map<string, Unknown>();
  const seen = new Set<string>();
  const visit = async (path: string): Promise<void> => {
    if (seen.has(path)) return;
    seen.add(path);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) return void unknown.set(path, { path, reason: "it is not there any more" });
    if (found.isFile()) {
      if (isBookkeeping.test(basename(path))) return;
      const kind = await kindOfFile(path);
      if (kind === undefined) unknown.set(path, { path, reason: "no kind of file that is known here" });
      else artefacts.set(path, { kind, path });
      return;
    }
    const kind = await kindOfFolder(path);
    if (kind !== undefined) artefacts.set(path, { kind, path });
    if (kind === "shards" || kind === "model") return;
    let entries;
    try {
      entries = await readdir(path, { withFileTypes: true });
    } catch (error) {
      unknown.set(path, { path, reason: (error as Error).message });
      return;
    }
    const others = new Map<string, number>();
    for (const entry of entries) {
      const below = join(path, entry.name);
      if (entry.isDirectory() && !passedOver.has(entry.name)) await visit(below);
      if (!entry.isFile() || seen.has(below)) continue;
      if (isOfRun.test(entry.name) && kind === "run") continue;
      const own = await kindOfFile(below);
      seen.add(below);
      if (own !== undefined) artefacts.set(below, { kind: own, path: below });
      else if (!isBookkeeping.test(entry.name)) {
        const extension = extname(entry.name) || "without an extension";
        others.set(extension, (others.get(extension) ?? 0) + 1);
      }
    }
    if (others.size > 0 && kind !== "run" && !isInRun.test(path)) {
      const held = [...others].map(([extension, count]) => `${count} ${extension}`).join(", ");
      unknown.set(path, { path, reason: `files of kinds that are not looked into: ${held}` });
    }
  };
  for (const path of paths) await visit(path);
  // The register names the files of token shards and models too.
  const isPart = ({ path }: Artefact): boolean => {
    const around = artefacts.get(dirname(path))?.kind;
    return around === "shards" || around === "model";
  };
  return {
    artefacts: [...artefacts.values()].filter((each) => !isPart(each)),
    unknown: [...unknown.values()],
  };
}

/** Of a run, which is followed as a whole. */
const isOfRun = /^(?:(?:spec|train\.config|job|stopped|lock)\.json|metrics\.jsonl|log\.txt)$/u;
const isInRun = /[/\\](?:checkpoints|code)(?:[/\\]|$)/u;
/** Records of what was made, without its text. */
const isBookkeeping =
  /^(?:step\.json|stage\.json|begun\.txt|retracted\.json|mixture\.json|pairs\.jsonl|clusters\.jsonl|tokenizer(?:_config)?\.(?:json|model)|vocab\.json|merges\.txt|special_tokens_map\.json|\.gitignore)$/u;

async function kindOfFolder(path: string): Promise<ArtefactKind | undefined> {
  if (await hasFormat(join(path, "manifest.json"), "rounds-token-shards")) return "shards";
  if (await hasFormat(join(path, "provenance.json"), "rounds-export")) return "model";
  if (existsSync(join(path, "spec.json")) && existsSync(join(path, "job.json"))) return "run";
  if (existsSync(join(path, "train.config.json"))) return "run";
  return undefined;
}

async function hasFormat(path: string, format: string): Promise<boolean> {
  const text = await readFile(path, "utf8").catch(() => "{}");
  try {
    return (JSON.parse(text) as { format?: string } | null)?.format === format;
  } catch {
    return false;
  }
}

async function kindOfFile(path: string): Promise<ArtefactKind | undefined> {
  if (path.endsWith(".jsonl")) return kindOfLines(await firstLine(path));
  const format = formatOfName(path);
  return format === undefined || format === "json" ? undefined : "table";
}

/** By the fields of the first line; what has no id cannot be asked for. */
function kindOfLines(line: string): ArtefactKind | undefined {
  let row: Record<string, unknown> | null;
  try {
    row = JSON.parse(line) as Record<string, unknown> | null;
  } catch {
    return undefined;
  }
  if (typeof row !== "object" || row === null || !("id" in row)) return undefined;
  if ("modelFingerprint" in row) return "results";
  if ("kept" in row && "jaccard" in row) return "removed";
  if ("assistant" in row) return "samples";
  return "text" in row ? "documents" : "table";
}

async function firstLine(path: string): Promise<string> {
  const stream = createReadStream(path, { encoding: "utf8" });
  try {
    for await (const line of createInterface({ input: stream })) return line;
    return "";
  } catch (error) {
    // Another process has just removed it.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  } finally {
    stream.destroy();
  }
}
