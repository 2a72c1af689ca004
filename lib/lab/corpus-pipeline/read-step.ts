import { join, resolve } from "node:path";
import { DataError } from "../../core/errors.ts";
import { choiceOption, objectOption, textOption } from "../../core/options.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import { writeDocuments } from "../../corpus/document.ts";
import type { Document } from "../../corpus/document.ts";
import { KeyTable } from "../../corpus/key-table.ts";
import { documentFormats } from "../../corpus/read/document-format.ts";
import type { DocumentFormat } from "../../corpus/read/document-format.ts";
import { findDocumentFiles } from "../../corpus/read/find-document-files.ts";
import { readDocuments } from "../../corpus/read/read-documents.ts";
import type { ReadFailure } from "../../corpus/read/read-report.ts";
import { resolveDataset } from "../../data/resolve-dataset.ts";
import type { Sensitivity } from "../../table/sensitivity.ts";
import { checkSettings, isTextList } from "./check-settings.ts";
import { documentsFile, retractedFileName, type PipelineStep } from "./pipeline-step.ts";

const sourceRules = {
  domain: textOption(undefined),
  paths: objectOption<readonly string[]>("a list of paths or globs", isTextList),
  dataset: textOption(undefined),
  format: choiceOption<DocumentFormat, undefined>(undefined, documentFormats),
  tables: choiceOption<"keep" | "drop">("keep", ["keep", "drop"]),
  leaveOutSections: objectOption<readonly string[]>("a list of titles", isTextList),
  textField: textOption("text"),
  idField: textOption("id"),
  licence: textOption(undefined),
  sensitivity: choiceOption<Sensitivity>("public", ["public", "restricted"]),
};

type Source = ReturnType<typeof checkSettings<typeof sourceRules>> & { readonly domain: string };

const failuresShown = 20;

/**
 * The first step: the documents of all sources, in order, each with its source's domain in its metadata.
 *
 * An id that an earlier source has gets the domain before it.
 *
 * @throws {DataError} a source without a domain, with neither or both of "paths" and "dataset", or whose files are
 *   not there
 */
export async function readStep(sources: readonly unknown[], folder: string): Promise<PipelineStep> {
  const checked = sources.map((source, index) => checkSource(source, `sources[${index}]`));
  const found = await Promise.all(checked.map((source) => findSource(source, folder)));
  const total = found.flatMap(({ files }) => files).reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    name: "read",
    settings: { sources: checked.map(({ paths: _paths, dataset: _dataset, ...source }) => source) },
    files: found.flatMap(({ files }) => files.map(({ path }) => path)),
    takes: "nothing",
    gives: "documents",
    async run(_input, { stepFolder, signal, tell }) {
      const ids = new KeyTable();
      const failures: ReadFailure[] = [];
      const domains: Record<string, { documents: number; bytes: number }> = {};
      const skippedFiles: Record<string, number> = {};
      const retracted = new Set<string>();
      let [unreadable, repaired] = [0, 0];
      let bytesBefore = 0;
      async function* documents(): AsyncGenerator<Document> {
        for (const { source, paths } of found) {
          const stream = readDocuments(paths, {
            ...readOptions(source),
            ...(signal && { signal }),
            onProgress: ({ bytesRead }) => tell(bytesBefore + bytesRead, total, "bytes"),
          });
          for await (const document of stream) {
            const { domain } = source;
            const counts = (domains[domain] ??= { documents: 0, bytes: 0 });
            counts.documents++;
            counts.bytes += Buffer.byteLength(document.text);
            const id = uniqueId(document.id, domain, ids);
            yield { ...document, id, metadata: { ...document.metadata, domain } };
          }
          bytesBefore += stream.report.bytesTotal;
          unreadable += stream.report.failed;
          repaired += stream.report.repaired;
          for (const identifier of stream.report.retracted) retracted.add(identifier);
          for (const [extension, count] of Object.entries(stream.report.skippedFiles)) {
            skippedFiles[extension] = (skippedFiles[extension] ?? 0) + count;
          }
          failures.push(...stream.report.failures.slice(0, failuresShown - failures.length));
        }
      }
      const kept = await writeDocuments(join(stepFolder, documentsFile), documents());
      await writeFileAtomically(join(stepFolder, retractedFileName), JSON.stringify([...retracted]));
      const warnings = found.flatMap(({ notice }) => (notice === undefined ? [] : [notice]));
      const [first] = failures;
      if (first !== undefined) {
        warnings.push(`${unreadable} documents cannot be read, the first: ${first.source}: ${first.reason}`);
      }
      if (kept === 0) warnings.push("the sources hold no document");
      return {
        in: kept + unreadable,
        kept,
        dropped: unreadable,
        droppedBy: { unreadable },
        warnings,
        details: { domains, failures, skippedFiles, repaired, retracted: retracted.size },
      };
    },
  };
}

function checkSource(source: unknown, place: string): Source {
  const settings = checkSettings(source, sourceRules, place);
  const { domain, paths, dataset } = settings;
  if (domain === undefined) {
    const message = `${place}.domain is missing: what the texts are to the mixture, as in "clinical"`;
    throw new DataError(message, { path: place });
  }
  if (!/^[\w-]+$/u.test(domain)) {
    const message = `${place}.domain must be of letters, digits, _ and -, since folders bear it, got "${domain}"`;
    throw new DataError(message, { path: place });
  }
  if ((paths === undefined) === (dataset === undefined)) {
    throw new DataError(`${place} must have one of "paths" and "dataset"`, { path: place });
  }
  return { ...settings, domain };
}

async function findSource(source: Source, folder: string) {
  const { paths = [], dataset } = source;
  if (dataset === undefined) {
    const absolute = paths.map((path) => resolve(folder, path));
    return { source, paths: absolute, files: await findDocumentFiles(absolute), notice: undefined };
  }
  const { path, notice } = await resolveDataset(dataset);
  return { source, paths: [path], files: await findDocumentFiles([path]), notice };
}

function readOptions({ domain: _domain, paths: _paths, dataset: _dataset, ...options }: Source) {
  const { format, leaveOutSections, licence, sensitivity, ...rest } = options;
  return {
    ...rest,
    // "public" is the default here; by hand it would contradict a folder that is declared.
    ...(sensitivity === "restricted" && { sensitivity }),
    ...(format && { format }),
    ...(leaveOutSections && { leaveOutSections }),
    ...(licence !== undefined && { licence }),
  };
}

function uniqueId(id: string, domain: string, ids: KeyTable): string {
  if (ids.add(id)) return id;
  for (let copy = 1; ; copy++) {
    const candidate = copy === 1 ? `${domain}:${id}` : `${domain}:${id}#${copy}`;
    if (ids.add(candidate)) return candidate;
  }
}
