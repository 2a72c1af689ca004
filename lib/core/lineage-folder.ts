import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const projectFolder = fileURLToPath(new URL("../../lineage", import.meta.url));

/** Where the register is: the environment's ROUNDS_LINEAGE, else `lineage/` of the project. */
export function lineageFolder(): string {
  return resolve(process.env["ROUNDS_LINEAGE"] ?? projectFolder);
}
