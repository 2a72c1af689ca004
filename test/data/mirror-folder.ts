import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** Where the real data lies on a machine that has it. */
export const mirrorFolder = resolve(
  process.env["ROUNDS_DATA_MIRROR"] ?? join(import.meta.dirname, "..", "..", "..", "shared", "data"),
);

/** The reason to skip a test of the real data, or false. */
export const noMirror: string | false = existsSync(join(mirrorFolder, "qa"))
  ? false
  : "no mirror of the real data: set ROUNDS_DATA_MIRROR";
