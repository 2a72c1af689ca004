import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Document } from "../../lib/corpus/document.ts";
import { readDocuments } from "../../lib/corpus/read/read-documents.ts";
import type { ReadDocumentsOptions } from "../../lib/corpus/read/read-documents.ts";
import type { ReadReport } from "../../lib/corpus/read/read-report.ts";

/** Work in a folder that holds these files and is removed afterwards. */
export async function inFolder<Result>(
  files: Readonly<Record<string, string | Uint8Array>>,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "rounds-read-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** All documents and the report, with the counts checked. */
export async function readAll(
  paths: string | readonly string[],
  options: ReadDocumentsOptions = {},
): Promise<{ documents: Document[]; report: ReadReport }> {
  const stream = readDocuments(paths, options);
  const documents = await Array.fromAsync(stream);
  const { report } = stream;
  if (report.in !== report.read + report.failed || report.read !== documents.length || !report.isComplete) {
    throw new Error(`counts do not add up: ${JSON.stringify(report)}`);
  }
  return { documents, report };
}
