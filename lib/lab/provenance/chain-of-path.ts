import { existsSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { madeFrom, readLineage, type LineageRecord } from "../../core/lineage.ts";
import type { ChainBox } from "../../plots/chain-figure.ts";
import { describeMade, readRunSpec } from "./describe-made.ts";

/** The boxes of a file or folder and of all that it came from, as the register of lineage knows it. */
export async function chainOfPath(path: string): Promise<ChainBox[]> {
  const target = resolve(path);
  const records = await recordsOf(target, readLineage());
  const byPath = new Map(records.map((record) => [record.path, record]));
  if (byPath.size === 0) return existsSync(target) ? [await boxOf(target, "file", [])] : [];
  const boxes: ChainBox[] = [];
  const sources = new Map<string, ChainBox>();
  for (const record of byPath.values()) {
    const from: string[] = [];
    for (const source of record.from) {
      const makers = makersOf(
        source,
        [...byPath.values()].filter((each) => each !== record),
      );
      from.push(...makers.map((each) => each.path));
      if (makers.length > 0) continue;
      if (!sources.has(source)) sources.set(source, await boxOf(source, kindOf(source), []));
      from.push(source);
    }
    boxes.push(await boxOf(record.path, record.kind, from));
  }
  return withoutCircles([...sources.values(), ...boxes.toReversed()]);
}

async function boxOf(path: string, kind: string, from: readonly string[]): Promise<ChainBox> {
  const lines = [kind, ...(await describeMade(path))];
  return { id: path, title: basename(path), kind, lines, from };
}

/** Of what nothing was noted. */
function kindOf(path: string): string {
  if (existsSync(join(path, "manifest.json"))) return "shards";
  return existsSync(join(path, "config.json")) ? "model" : "file";
}

/** What was noted, and what runs tell themselves, whoever wrote them and wherever. */
async function recordsOf(target: string, known: readonly LineageRecord[]): Promise<LineageRecord[]> {
  let records = madeFrom(target, known);
  for (const source of new Set([target, ...records.flatMap(({ from }) => from)])) {
    const told = await toldByRun(source, records);
    if (told.length === 0) continue;
    // Sources of these are looked at too.
    records = await recordsOf(target, [...known, ...told]);
    break;
  }
  return records;
}

/** What a run folder says of itself, or of a model in its `export/`; nothing where that was noted. */
async function toldByRun(path: string, noted: readonly LineageRecord[]): Promise<LineageRecord[]> {
  const isNoted = (place: string): boolean => noted.some((record) => record.path === place);
  const isModel = basename(dirname(path)) === "export";
  const run = isModel ? dirname(dirname(path)) : path;
  const spec = await readRunSpec(run);
  if (spec === undefined) return [];
  const { data = [], config, createdAt = "" } = spec;
  const begin = config?.model.initializeFrom;
  const from = [...data.map((each) => each.path), ...(begin?.kind === "safetensors" ? [begin.path] : [])];
  const common = { version: 1, sensitivity: "public", step: "spec.json", madeAt: createdAt } as const;
  return [
    { ...common, kind: "run" as const, path: run, from: [...new Set(from)] },
    ...(isModel ? [{ ...common, kind: "model" as const, path, from: [run] }] : []),
  ].filter((record) => !isNoted(record.path));
}

/** The nearest that the source lies in; else all that lie in the source. */
function makersOf(source: string, records: readonly LineageRecord[]): LineageRecord[] {
  const around = records.filter(({ path }) => path === source || source.startsWith(path + sep));
  const nearest = Math.max(...around.map(({ path }) => path.length));
  if (around.length > 0) return around.filter(({ path }) => path.length === nearest);
  return records.filter(({ path }) => path.startsWith(source + sep));
}

/** A path that was written again from what was once made of it leads back to itself; the way back is left out. */
function withoutCircles(boxes: readonly ChainBox[]): ChainBox[] {
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean => {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return (byId.get(from)?.from ?? []).some((each) => reaches(each, to, seen));
  };
  for (const box of boxes) {
    const from = box.from.filter((each) => !reaches(each, box.id));
    byId.set(box.id, { ...box, from });
  }
  return [...byId.values()];
}
