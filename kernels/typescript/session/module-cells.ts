import path from "node:path";

/** Sources of the cells that are modules, by the path of the file that each stands for. */
const sources = new Map<string, string>();

/**
 * The name of the module that a cell is, by the tag in a comment before its code.
 *
 * @example
 * moduleNameOf("/** @module units *\/ export const mile = 1609.344") //=> "units"
 */
export function moduleNameOf(source: string): string | undefined {
  const next = /\s+|\/\/.*|\/\*[^]*?\*\//y;
  for (let found = next.exec(source); found !== null; found = next.exec(source)) {
    const [comment] = found;
    if (!comment.startsWith("/**")) continue;
    const name = /^[\s*/]*@module[ \t]+(\w+)[ \t]*(?:\*\/)?$/m.exec(comment)?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
}

/** Let the notebook in `directory` import the source as `./name`, anew where it did so before. */
export function setModuleCell(directory: string, name: string, source: string): void {
  sources.set(path.join(directory, `${name}.ts`), source);
}

/** The source of the cell that stands for a file. */
export function moduleCellSource(filePath: string): string | undefined {
  return sources.get(filePath);
}

/** The path of the cell that an import without ending, or with one, means. */
export function findModuleCell(filePath: string): string | undefined {
  return [filePath, `${filePath}.ts`, filePath.replace(/\.js$/, ".ts")].find((candidate) =>
    sources.has(candidate),
  );
}
