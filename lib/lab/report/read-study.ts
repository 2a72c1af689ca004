import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { sensitivityOfFolder } from "../../care/folder-sensitivity.ts";
import { declaredSensitivity } from "../../core/declared-sensitivity.ts";
import { holdsRestricted } from "../../core/restricted.ts";
import { readStageFigure } from "../stages/stage-figure.ts";
import { readStageRecords, type StageRecord } from "../stages/stage-record.ts";
import type { ReportedStage } from "./report-content.ts";

/**
 * The finished stages of a study, each after what it was made from, with its figure and table.
 *
 * What is made from something restricted is restricted: its figure is left out, and of its table the shape is left.
 */
export async function readStudy(study: string): Promise<ReportedStage[]> {
  const records = await readStageRecords(study);
  const restricted = new Set<string>();
  const stages: ReportedStage[] = [];
  for (const record of records.values()) {
    const folder = join(study, record.name);
    // One that is gone is among what is stale.
    const has = (name: string): boolean =>
      record.outputs.some(({ file }) => file === name) && existsSync(join(folder, name));
    const figure = has("figure.json") ? await readStageFigure(folder) : undefined;
    const rows = has("table.json") ? await readTable(join(folder, "table.json")) : undefined;
    const isRestricted =
      record.inputs.some(({ stage }) => restricted.has(stage)) ||
      [record.settings, figure, rows].some(holdsRestricted) ||
      sensitivityOfFolder(folder) === "restricted" ||
      declaredSensitivity(
        record.files.map(({ path }) => path),
        undefined,
      ) === "restricted";
    if (isRestricted) restricted.add(record.name);
    stages.push({
      record,
      chain: chainOf(record, records),
      origin: record.questions ?? "not said",
      isRestricted,
      ...(figure !== undefined && !isRestricted && { figure }),
      ...(rows !== undefined && { table: { rows: isRestricted ? null : rows, count: rows.length } }),
    });
  }
  return stages;
}

async function readTable(path: string): Promise<Record<string, unknown>[]> {
  const rows = JSON.parse(await readFile(path, "utf8")) as unknown;
  return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
}

function chainOf(record: StageRecord, records: ReadonlyMap<string, StageRecord>): StageRecord[] {
  const chain = new Map<string, StageRecord>();
  const follow = ({ inputs }: StageRecord): void => {
    for (const { stage } of inputs) {
      const before = records.get(stage);
      if (before === undefined || chain.has(stage)) continue;
      follow(before);
      chain.set(stage, before);
    }
  };
  follow(record);
  return [...chain.values()];
}
