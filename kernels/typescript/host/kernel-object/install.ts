import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import type { InstalledPackage } from "../../kernel-object.ts";
import { shownAsText } from "./shown.ts";

/** npm asks its registry for the package alone: not for advisories on all that is installed, nor for its own news. */
const sendsNothing = ["--no-audit", "--no-fund", "--no-update-notifier"];

/** A name of the registry, then a version, a range or a tag. */
const PACKAGE = /^((?:@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*)(?:@([\w.^~<>=*+-]*))?$/;
const MAXIMUM_CHARACTERS = 214;

/** Install a package with npm into the project of a folder. */
export async function installPackage(wanted: string, directory: string): Promise<InstalledPackage> {
  const [, name] =
    (typeof wanted === "string" && wanted.length <= MAXIMUM_CHARACTERS && PACKAGE.exec(wanted)) || [];
  if (name === undefined) {
    throw new TypeError(
      `"name" must be a package of the registry, as in "d3-array" or "@scope/name@1.2.3", got ${JSON.stringify(wanted)}`,
    );
  }
  const folder = projectFolder(directory);
  const code = await runNpm(
    ["install", "--save-exact", "--ignore-scripts", "--no-progress", ...sendsNothing, "--", wanted],
    folder,
  );
  if (code !== 0) throw new Error(`npm could not install ${wanted}; what it says stands above`);
  const { version } = readManifest(path.join(folder, "node_modules", name));
  return shownAsText({ name, version }, `${name} ${version} is installed`);
}

/** The nearest folder with a package.json, from here upwards; where there is none, this one. */
function projectFolder(directory: string): string {
  for (let folder = directory; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, "package.json"))) return folder;
    if (folder === path.dirname(folder)) return directory;
  }
}

/** Its words go to the cell, and an interrupt of the cell ends it. */
function runNpm(parameters: readonly string[], folder: string): Promise<number | null> {
  // The npm that started the server, on this Node; else the one that a terminal would find.
  const script = process.env["npm_execpath"];
  const [program, ...first] = script?.endsWith(".js") === true ? [process.execPath, script] : ["npm"];
  const child = spawn(program!, [...first, "--prefix", folder, ...parameters], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    shell: false,
  });
  return new Promise((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "ENOENT" ? new Error("npm is not on this machine's path", { cause: error }) : error,
      ),
    );
    child.once("close", (code) => resolve(code));
  });
}

function readManifest(folder: string): { version: string } {
  return JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as { version: string };
}
