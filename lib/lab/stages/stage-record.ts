import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { CodeVersion } from "../../jobs/code-version.ts";
import { inOrder } from "./in-order.ts";
import { RecordedFolder, type FolderRecord } from "./recorded-folder.ts";
import type { StageOutput } from "./stage-content.ts";
import type { StageKind, StageQuestions, StageValue } from "./stage.ts";

const recordFile = "stage.json";

/** What `stage.json` says besides version, key and outputs. */
interface StageBody {
  readonly name: string;
  readonly title: string;
  readonly kind: StageKind;
  readonly questions?: StageQuestions;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly notContent?: readonly string[];
  /** Null where the project is no git checkout. */
  readonly code: CodeVersion | null;
  readonly inputs: readonly StageInput[];
  readonly files: readonly StageFile[];
  readonly values: Readonly<Record<string, StageValue>>;
  readonly runId?: string;
  /** Of the outputs' content and the values: what stages after this one depend on. */
  readonly fingerprint: string;
  readonly seconds: number;
  readonly finishedAt: string;
}

/** The chain's link to a stage before: which one, made from what, and with which content. */
export interface StageInput {
  readonly stage: string;
  readonly key: string;
  readonly fingerprint: string;
}

/** A file from outside of the study. */
export interface StageFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** `stage.json`: what a stage was made from and what it made. */
export type StageRecord = FolderRecord<StageBody> & { readonly outputs: readonly StageOutput[] };

export function stageFolder(study: string, name: string): RecordedFolder<StageBody> {
  return new RecordedFolder<StageBody>(join(study, name), recordFile);
}

/** The records of a study's finished stages by name, each after its inputs. */
export async function readStageRecords(study: string): Promise<Map<string, StageRecord>> {
  const entries = await readdir(study, { withFileTypes: true }).catch(() => []);
  const records = new Map<string, StageRecord>();
  for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    if (!entry.isDirectory()) continue;
    const record = (await stageFolder(study, entry.name).record()) as StageRecord | undefined;
    if (record !== undefined && record.name === entry.name) records.set(entry.name, record);
  }
  const names = [...records.values()].map(({ name, inputs }) => ({
    name,
    inputs: inputs.map(({ stage }) => stage),
  }));
  return new Map(inOrder(names).map(({ name }) => [name, records.get(name)!]));
}
