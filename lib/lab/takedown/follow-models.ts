import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";

import { sha256OfFile } from "../../core/hash.ts";
import type { TrainConfig } from "../../train/train-config.ts";
import type { Unknown } from "./find-artefacts.ts";

/** What a run, a checkpoint or a model has to do with a document. */
export type ModelRelation = "trained on it" | "measured on it" | "goes on from a model trained on it";

export interface ModelFinding {
  readonly kind: "run" | "checkpoint" | "model";
  readonly path: string;
  readonly relation: ModelRelation;
  /** The shards that hold the document, or the model that it goes on from. */
  readonly through: string;
}

interface Run {
  readonly path: string;
  readonly parts: readonly {
    readonly part: "train" | "heldOut";
    readonly path: string;
    readonly fingerprint?: string;
  }[];
  /** Folder that the first weights are from. */
  readonly weights: string | undefined;
}

interface Export {
  readonly path: string;
  readonly data: readonly { readonly part: "train" | "heldOut"; readonly fingerprint: string }[];
}

/** Folders of token shards by their fingerprint, as runs and exports name it. */
export async function fingerprintsOf(folders: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of folders)
    found.set(`sha256:${await sha256OfFile(join(folder, "manifest.json"))}`, folder);
  return found;
}

/**
 * Runs, their checkpoints and exported models that came of folders of token shards, however often a model was trained
 * on further.
 *
 * Shards are known by their path, and by their fingerprint where they were moved. A checkpoint of a run that was
 * trained on them counts whenever it was saved: its rows are drawn from the whole.
 *
 * @param shards those that hold the document
 * @param present all that are there, by fingerprint
 * @returns what cannot be followed: a run whose shards or first weights are gone
 */
export async function followModels(
  shards: readonly string[],
  present: ReadonlyMap<string, string>,
  runPaths: readonly string[],
  modelPaths: readonly string[],
): Promise<{ readonly findings: ModelFinding[]; readonly unknown: Unknown[] }> {
  const fingerprints = new Map([...present].filter(([, folder]) => shards.includes(folder)));
  const runs = await readAll(runPaths, readRun);
  const exports = await readAll(modelPaths, readExport);
  const findings = new Map<string, ModelFinding>();
  const trainedModels = new Set<string>();
  const add = (finding: ModelFinding): void => {
    if (findings.has(finding.path)) return;
    findings.set(finding.path, finding);
    if (finding.relation !== "measured on it") trainedModels.add(finding.path);
  };
  for (const model of exports.read) {
    for (const part of ["train", "heldOut"] as const) {
      const held = model.data.find((each) => each.part === part && fingerprints.has(each.fingerprint));
      if (held !== undefined)
        add({
          kind: "model",
          path: model.path,
          relation: relationOf(part),
          through: fingerprints.get(held.fingerprint)!,
        });
    }
  }
  const pending = new Set(runs.read);
  for (let hasGrown = true; hasGrown;) {
    hasGrown = false;
    for (const run of pending) {
      const cause = causeOf(run, new Set(shards), fingerprints, trainedModels);
      if (cause === undefined) continue;
      pending.delete(run);
      hasGrown = true;
      add({ kind: "run", path: run.path, ...cause });
      if (cause.relation === "measured on it") continue;
      for (const path of await foldersIn(join(run.path, "checkpoints"), "COMPLETE"))
        add({ kind: "checkpoint", path, ...cause });
      for (const path of await foldersIn(join(run.path, "export"), "config.json"))
        add({ kind: "model", path, ...cause });
    }
  }
  const unknown = [...runs.unknown, ...exports.unknown];
  for (const { path, parts, weights } of pending) {
    const gone = parts.filter(
      (part) => !existsSync(part.path) && (part.fingerprint === undefined || !present.has(part.fingerprint)),
    );
    for (const part of gone) unknown.push({ path, reason: `its token shards are not here: ${part.path}` });
    if (weights !== undefined && !existsSync(weights))
      unknown.push({ path, reason: `the model that it goes on from is not here: ${weights}` });
  }
  return { findings: [...findings.values()], unknown };
}

function relationOf(part: "train" | "heldOut"): ModelRelation {
  return part === "train" ? "trained on it" : "measured on it";
}

/** The strongest: its own training, then that of its first weights, then measuring. */
function causeOf(
  { parts, weights }: Run,
  shards: ReadonlySet<string>,
  fingerprints: ReadonlyMap<string, string>,
  models: ReadonlySet<string>,
): Pick<ModelFinding, "relation" | "through"> | undefined {
  const through = (wanted: "train" | "heldOut"): string | undefined => {
    for (const { part, path, fingerprint } of parts) {
      if (part !== wanted) continue;
      if (fingerprint === undefined ? shards.has(path) : fingerprints.has(fingerprint))
        return shards.has(path) ? path : fingerprints.get(fingerprint!);
    }
    return undefined;
  };
  const trained = through("train");
  if (trained !== undefined) return { relation: "trained on it", through: trained };
  const model = [...models].find((each) => weights === each || weights?.startsWith(each + sep));
  if (model !== undefined) return { relation: "goes on from a model trained on it", through: model };
  const measured = through("heldOut");
  return measured === undefined ? undefined : { relation: "measured on it", through: measured };
}

async function foldersIn(folder: string, mark: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => join(folder, name)).filter((path) => existsSync(join(path, mark)));
}

async function readAll<Item>(
  paths: readonly string[],
  read: (path: string) => Promise<Item | undefined>,
): Promise<{ readonly read: Item[]; readonly unknown: Unknown[] }> {
  const held: Item[] = [];
  const unknown: Unknown[] = [];
  for (const path of paths) {
    try {
      const item = await read(path);
      if (item !== undefined) held.push(item);
    } catch (error) {
      unknown.push({ path, reason: (error as Error).message });
    }
  }
  return { read: held, unknown };
}

/** Undefined of a job that trains nothing. */
async function readRun(path: string): Promise<Run | undefined> {
  const spec = await readJson<{ data?: readonly { path: string; fingerprint: string }[] }>(
    join(path, "spec.json"),
  );
  const config = await readJson<TrainConfig>(join(path, "train.config.json"));
  if (config === undefined) return undefined;
  const known = new Map(spec?.data?.map((entry) => [entry.path, entry.fingerprint]));
  const parts = (["train", "heldOut"] as const).flatMap((part) =>
    config.data[part].map((entry) => {
      const fingerprint = known.get(entry.path);
      return { part, path: resolve(path, entry.path), ...(fingerprint !== undefined && { fingerprint }) };
    }),
  );
  const { initializeFrom } = config.model;
  const weights = initializeFrom.kind === "safetensors" ? resolve(path, initializeFrom.path) : undefined;
  return { path, parts, weights };
}

async function readExport(path: string): Promise<Export | undefined> {
  const made = await readJson<Pick<Export, "data">>(join(path, "provenance.json"));
  return made && { path, data: made.data };
}

async function readJson<Content>(path: string): Promise<Content | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Content;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
