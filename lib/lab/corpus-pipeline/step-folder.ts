import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { sha256OfFile } from "../../core/hash.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import type { StepReport } from "./pipeline-step.ts";

const recordFile = "step.json";
/** The key of the step that began last; parts that it finished are of use to the same step alone. */
const begunFile = "begun.txt";

interface OutputFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a finished step leaves; written last, so a step that has none has not finished. */
interface StepRecord {
  readonly version: 1;
  /** Of the settings, the bytes of all inputs and the version of the code that reads them. */
  readonly key: string;
  readonly seconds: number;
  readonly report: StepReport;
  readonly outputs: readonly OutputFile[];
}

/** A step's folder: its outputs, and the record that they are whole. */
export class StepFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * The record of a finished step of this key.
   *
   * @returns undefined when it has not finished, or was made from something else; `problem` says which output is
   *   not what was written
   */
  async finished(key: string): Promise<{ record?: StepRecord; problem?: string }> {
    let record: StepRecord;
    try {
      record = JSON.parse(await readFile(join(this.path, recordFile), "utf8")) as StepRecord;
    } catch {
      return {};
    }
    if (record.version !== 1 || record.key !== key) return {};
    for (const { file, bytes, sha256 } of record.outputs) {
      const path = join(this.path, file);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) return { problem: `${path} is missing` };
      if (found.size !== bytes || (await sha256OfFile(path)) !== sha256)
        return { problem: `${path} has changed` };
    }
    return { record };
  }

  /** Remove what an earlier run left, its record first; but for what an interrupted step of the same key did. */
  async begin(key: string): Promise<void> {
    await rm(join(this.path, recordFile), { force: true });
    const begun = await readFile(join(this.path, begunFile), "utf8").catch(() => undefined);
    if (begun === key) return;
    await rm(this.path, { recursive: true, force: true });
    await mkdir(this.path, { recursive: true });
    await writeFileAtomically(join(this.path, begunFile), key);
  }

  /** Record that the outputs are whole. */
  async finish(key: string, report: StepReport, seconds: number): Promise<StepRecord> {
    const entries = await readdir(this.path, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile() && entry.name !== begunFile)
      .map((entry) => relative(this.path, join(entry.parentPath, entry.name)))
      .toSorted();
    const outputs: OutputFile[] = [];
    for (const file of paths) {
      const path = join(this.path, file);
      outputs.push({ file, bytes: (await stat(path)).size, sha256: await sha256OfFile(path) });
    }
    const record: StepRecord = { version: 1, key, seconds, report, outputs };
    await writeFileAtomically(join(this.path, recordFile), `${JSON.stringify(record, null, 1)}\n`);
    return record;
  }
}
