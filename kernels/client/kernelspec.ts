import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** How a kernel is started. */
export interface Kernelspec {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly interruptMode: "signal" | "message";
}

/**
 * Read the `kernel.json` of a kernelspec folder.
 *
 * @param directory the folder, which `{resource_dir}` stands for
 * @throws Error that names the file, when it has no `argv`
 */
export function readKernelspec(directory: string): Kernelspec {
  const path = join(resolve(directory), "kernel.json");
  const fields = JSON.parse(readFileSync(path, "utf8")) as {
    argv?: string[];
    env?: Record<string, string>;
    interrupt_mode?: string;
  };
  if (!Array.isArray(fields.argv) || fields.argv.length === 0) throw new Error(`${path}: "argv" is missing`);
  return {
    argv: fields.argv.map((argument) => argument.replaceAll("{resource_dir}", resolve(directory))),
    environment: fields.env ?? {},
    interruptMode: fields.interrupt_mode === "message" ? "message" : "signal",
  };
}
