import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { sha256OfFile } from "../../core/hash.ts";
import { makeFolder } from "../../core/make-folder.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";

/** The key of what began last; parts that it finished are of use to the same key alone. */
const begunFile = "begun.txt";
/** What a killed `writeFileAtomically` leaves. */
const temporaryFile = /\.\d+-[0-9a-f]{8}\.tmp$/;

export interface OutputFile {
  /** Relative to the folder, with slashes. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a finished piece of work leaves; written last, so a folder that has none is not finished. */
export type FolderRecord<Body> = Body & {
  readonly version: 1;
  /** Of everything that the work depends on. */
  readonly key: string;
  readonly outputs: readonly OutputFile[];
};

/** A folder of outputs, and the record that they are whole. */
export class RecordedFolder<Body extends object> {
  readonly path: string;
  readonly #recordFile: string;

  constructor(path: string, recordFile: string) {
    this.path = path;
    this.#recordFile = recordFile;
  }

  /** The record, whatever its key; undefined where nothing has finished. */
  async record(): Promise<FolderRecord<Body> | undefined> {
    try {
      const record = JSON.parse(await readFile(join(this.path, this.#recordFile), "utf8"));
      return record.version === 1 ? (record as FolderRecord<Body>) : undefined;
    } catch {
      return undefined;
    }
  }

  /** The first output that is not what was written, in words. */
  async problem(record: FolderRecord<Body>): Promise<string | undefined> {
    for (const { file, bytes, sha256 } of record.outputs) {
      const path = join(this.path, file);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) return `${path} is missing`;
      if (found.size !== bytes || (await sha256OfFile(path)) !== sha256) return `${path} has changed`;
    }
    return undefined;
  }

  /**
   * The record of finished work of this key.
   *
   * @returns undefined when it has not finished, or was made from something else; `problem` says which output is
   *   not what was written
   */
  async finished(key: string): Promise<{ record?: FolderRecord<Body>; problem?: string }> {
    const record = await this.record();
    if (record?.key !== key) return {};
    const problem = await this.problem(record);
    return problem === undefined ? { record } : { problem };
  }

  /** Remove what was there; but for what interrupted work of the same key did. */
  async begin(key: string): Promise<void> {
    const begunPath = join(this.path, begunFile);
    const begun = await readFile(begunPath, "utf8").catch(() => undefined);
    const isInterrupted = begun === key && (await this.record()) === undefined;
    if (isInterrupted) return;
    // Without it nothing that a kill leaves of this removal is taken for a part.
    await rm(begunPath, { force: true });
    await rm(join(this.path, this.#recordFile), { force: true });
    await rm(this.path, { recursive: true, force: true });
    makeFolder(this.path);
    await writeFileAtomically(begunPath, key);
  }

  /** Record that the outputs are whole. */
  async finish(
    key: string,
    describe: (outputs: readonly OutputFile[]) => Body | Promise<Body>,
  ): Promise<FolderRecord<Body>> {
    const outputs: OutputFile[] = [];
    for (const file of await this.#files()) {
      const path = join(this.path, file);
      if (temporaryFile.test(file)) await rm(path);
      else outputs.push({ file, bytes: (await stat(path)).size, sha256: await sha256OfFile(path) });
    }
    // What describes them may say more of each.
    const record = { version: 1, key, outputs, ...(await describe(outputs)) } as FolderRecord<Body>;
    await writeFileAtomically(join(this.path, this.#recordFile), `${JSON.stringify(record, null, 1)}\n`);
    return record;
  }

  async #files(): Promise<string[]> {
    const entries = await readdir(this.path, { recursive: true, withFileTypes: true });
    const own = new Set([begunFile, this.#recordFile]);
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(this.path, join(entry.parentPath, entry.name)))
      .filter((file) => !own.has(file))
      .toSorted();
  }
}
