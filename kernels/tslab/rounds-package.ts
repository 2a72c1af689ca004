import { randomUUID } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { projectDeclarations } from "../typescript/language/project-declarations.ts";

/** The library itself, not a copy: Node 24 loads TypeScript and ES modules by `require`. */
const ENTRY = 'module.exports = require("../../lib/index.ts");\n';

/**
 * Write `node_modules/rounds`, by which tslab finds the library in every folder of the project.
 *
 * tslab's TypeScript 5.0 cannot read the sources, nor all that newer declarations say, and resolves modules by
 * rules that know no `exports`. Nothing is done where the package is up to date.
 *
 * @throws Error when declarations could not be made
 */
export async function writeRoundsPackage(projectRoot: string): Promise<void> {
  const { rounds } = await projectDeclarations(projectRoot);
  if (!rounds.endsWith(".d.ts")) throw new Error("there are no declarations of its library");
  const declarations = path.join(rounds, "..", "..");
  const stamp = readFileSync(path.join(declarations, "stamp.txt"), "utf8");
  const folder = path.join(projectRoot, "node_modules", "rounds");
  const isCurrent = (): boolean => {
    const stampPath = path.join(folder, "stamp.txt");
    return existsSync(stampPath) && readFileSync(stampPath, "utf8") === stamp;
  };
  if (isCurrent()) return;
  const temporary = `${folder}.${randomUUID()}`;
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(temporary, file)), { recursive: true });
    writeFileSync(path.join(temporary, file), text);
  };
  try {
    for (const file of globSync("lib/**/*.d.ts", { cwd: declarations })) {
      write(file, forTypeScript50(readFileSync(path.join(declarations, file), "utf8")));
    }
    write("package.json", JSON.stringify({ name: "rounds", main: "index.cjs", types: "lib/index.d.ts" }));
    write("index.cjs", ENTRY);
    write("stamp.txt", stamp);
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
  } catch (error) {
    // Another kernel that started at the same time may have written it.
    if (!isCurrent()) throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/**
 * Declarations as TypeScript 5.0 reads them: relative imports without an ending, and arrays of bytes that are
 * not generic.
 *
 * @example
 * forTypeScript50('import { a } from "./a.ts"; declare const bytes: Uint8Array<ArrayBuffer>;')
 * //=> 'import { a } from "./a"; declare const bytes: Uint8Array;'
 */
export function forTypeScript50(declarations: string): string {
  return declarations
    .replaceAll(/((?:from|import)\s*\(?\s*["']\.{1,2}\/[^"'\n]*)\.ts(?=["'])/g, "$1")
    .replaceAll(/\b((?:Big)?(?:Uint|Int|Float)\d+(?:Clamped)?Array)<ArrayBuffer(?:Like)?>/g, "$1");
}
