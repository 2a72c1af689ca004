import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import type { AttemptFile } from "./run-files.ts";

/** The starts of a run on a cluster, as far as they were brought here, in order; none of a run on this machine. */
export async function readAttempts(folder: string): Promise<AttemptFile[]> {
  const names = await readdir(join(folder, "attempts")).catch(() => []);
  const files = names.filter((name) => /^\d+\.json$/u.test(name));
  const attempts = await Promise.all(
    files.map(
      async (name) => JSON.parse(await readFile(join(folder, "attempts", name), "utf8")) as AttemptFile,
    ),
  );
  return attempts.toSorted((left, right) => left.attempt - right.attempt);
}
