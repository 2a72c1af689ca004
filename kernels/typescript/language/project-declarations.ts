import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import { log } from "../wire/log.ts";

const require = createRequire(import.meta.url);

/** What notebooks import by name, and the source that declares it. */
const ENTRIES = {
  rounds: "lib/index.ts",
  tslab: "kernels/typescript/tslab.ts",
  kernel: "kernels/typescript/kernel-object.ts",
} as const;
const LIMIT_MILLISECONDS = 60_000;

/** The declaration file of each name, or its source where there is none. */
export type DeclarationPaths = Readonly<Record<keyof typeof ENTRIES, string>>;

/**
 * Write declarations of the project's own modules to `.rounds/types`, unless those there are up to date.
 *
 * Declarations take a tenth of the memory of the sources, which lead on to every package they use. They stay
 * as they are while the kernel runs, as the modules do.
 */
export async function projectDeclarations(projectRoot: string): Promise<DeclarationPaths> {
  const folder = path.join(projectRoot, ".rounds", "types");
  const stampPath = path.join(folder, "stamp.txt");
  const stamp = stampOf(projectRoot);
  const isCurrent = existsSync(stampPath) && readFileSync(stampPath, "utf8") === stamp;
  if (!isCurrent) {
    const temporary = `${folder}.${randomUUID()}`;
    mkdirSync(temporary, { recursive: true });
    try {
      await emitDeclarations(projectRoot, temporary);
      writeFileSync(path.join(temporary, "stamp.txt"), stamp);
      rmSync(folder, { recursive: true, force: true });
      renameSync(temporary, folder);
    } catch (error) {
      log(`declarations of the project could not be written: ${String(error)}`);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  }
  const pathOf = (entry: string): string => {
    const declarations = path.join(folder, entry.replace(/\.ts$/, ".d.ts"));
    return existsSync(declarations) ? declarations : path.join(projectRoot, entry);
  };
  return { rounds: pathOf(ENTRIES.rounds), tslab: pathOf(ENTRIES.tslab), kernel: pathOf(ENTRIES.kernel) };
}

function stampOf(projectRoot: string): string {
  const hash = createHash("sha256").update(require.resolve("typescript/package.json"));
  for (const pattern of ["lib/**/*.ts", "kernels/typescript/*.ts", "kernels/typescript/host/*.ts"]) {
    for (const file of globSync(pattern, { cwd: projectRoot }).toSorted()) {
      const { mtimeMs, size } = statSync(path.join(projectRoot, file));
      hash.update(`${file} ${mtimeMs} ${size}\n`);
    }
  }
  return hash.digest("hex");
}

/** In a process of its own: TypeScript 7 takes half a second, and its memory goes with it. */
function emitDeclarations(projectRoot: string, folder: string): Promise<void> {
  const compiler = path.join(path.dirname(require.resolve("typescript/package.json")), "bin/tsc");
  const settings =
    "--ignoreConfig --declaration --emitDeclarationOnly --noCheck --stripInternal --strict --skipLibCheck " +
    "--exactOptionalPropertyTypes --noUncheckedIndexedAccess --allowImportingTsExtensions " +
    "--target esnext --module nodenext --types node --rootDir . --outDir";
  const parameters = [compiler, ...settings.split(" "), folder, ...Object.values(ENTRIES)];
  const child = spawn(process.execPath, parameters, {
    cwd: projectRoot,
    stdio: "ignore",
    timeout: LIMIT_MILLISECONDS,
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // Its exit code speaks of errors in the sources, which are not the notebook's; a signal, of a child that was stopped.
    child.once("exit", (_code, signal) =>
      signal === null ? resolve() : reject(new Error(`the compiler was stopped by ${signal}`)),
    );
  });
}
