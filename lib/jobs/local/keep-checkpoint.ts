import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { link, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../../core/make-folder.ts";

/**
 * Keep a checkpoint, whatever the trainer's policy removes: a folder `pinned/<step>` of hard links, whole or not there.
 *
 * @returns undefined where the checkpoint is gone already
 */
export async function keepCheckpoint(run: string, step: number): Promise<string | undefined> {
  const kept = join(run, "pinned", String(step));
  if (existsSync(kept)) return kept;
  const source = join(run, "checkpoints", String(step));
  const draft = `${kept}.${process.pid}-${randomBytes(3).toString("hex")}`;
  makeFolder(draft);
  try {
    for (const name of await readdir(source)) await link(join(source, name), join(draft, name));
    // The trainer takes COMPLETE away first: while it is there, everything was.
    if (!existsSync(join(source, "COMPLETE")) || !existsSync(join(draft, "COMPLETE"))) return undefined;
    await rename(draft, kept).catch((error: unknown) => {
      if (!existsSync(kept)) throw error;
    });
    return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
