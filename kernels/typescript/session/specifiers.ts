import { readdirSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";

/** Folders from which imports of a notebook are resolved. */
export interface SpecifierFolders {
  readonly directory: string;
  readonly projectRoot: string;
}

/** Import specifiers that begin with `prefix`: files, Node's modules, installed packages. */
export function completeSpecifier(prefix: string, folders: SpecifierFolders): string[] {
  if (/^\.{0,2}\//.test(prefix)) return completeFile(prefix, folders.directory);
  const builtins = builtinModules
    .filter((name) => !name.startsWith("_"))
    .map((name) => name.replace(/^(?!node:)/, "node:"));
  const packages = packageFolders(folders).flatMap(packagesIn);
  const names = new Set(["rounds", "tslab", ...packages.sort(), ...builtins]);
  return [...names].filter((name) => name.startsWith(prefix));
}

function completeFile(prefix: string, directory: string): string[] {
  const written = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  const matches: string[] = [];
  for (const entry of entriesOf(path.resolve(directory, written))) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const text = written + entry.name + (entry.isDirectory() ? "/" : "");
    if (text.startsWith(prefix) && (entry.isDirectory() || /\.([mc]?[jt]s|json)$/.test(entry.name)))
      matches.push(text);
  }
  return matches.sort();
}

function packageFolders({ directory, projectRoot }: SpecifierFolders): string[] {
  const folders = [path.join(projectRoot, "node_modules")];
  for (let folder = directory; ; folder = path.dirname(folder)) {
    folders.push(path.join(folder, "node_modules"));
    if (folder === path.dirname(folder)) return [...new Set(folders)];
  }
}

function packagesIn(folder: string): string[] {
  return entriesOf(folder).flatMap(({ name }) => {
    if (name.startsWith(".")) return [];
    if (!name.startsWith("@")) return [name];
    return entriesOf(path.join(folder, name)).map((entry) => `${name}/${entry.name}`);
  });
}

function entriesOf(folder: string): { name: string; isDirectory(): boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // There is none, or it may not be read: nothing to offer.
  }
}
