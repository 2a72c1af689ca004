import { readFile } from "node:fs/promises";

import { checkPath } from "../../core/check-path.ts";
import { DataError } from "../../core/errors.ts";
import { findDocument, TakedownReport, type FindDocumentOptions } from "./find-document.ts";

/**
 * Which runs and models were trained on articles that have been retracted since, and what holds those articles.
 *
 * @param retractedFile JSON list of "pmid:…", "pmcid:…" or "doi:…", as a pipeline leaves it in `retracted.json`, or one of
 *   them a line
 * @throws {DataError} the file cannot be read or names nothing
 *
 * @example
 * const { found } = await reportRetracted("corpora/2026-11/01-read/retracted.json");
 * found.filter(({ relation }) => relation === "trained on it");
 */
export async function reportRetracted(
  retractedFile: string,
  options: FindDocumentOptions = {},
): Promise<TakedownReport> {
  checkPath("retractedFile", retractedFile);
  const text = await readFile(retractedFile, "utf8").catch((cause: Error) => {
    throw new DataError(`${retractedFile} cannot be read`, { path: retractedFile }, { cause });
  });
  const identifiers = identifiersOf(text)
    .map((each) => each.trim())
    .filter((each) => each !== "");
  if (identifiers.length === 0)
    return new TakedownReport({ asked: [], found: [], lookedInto: 0, notLookedInto: [] });
  return findDocument(identifiers, options);
}

function identifiersOf(text: string): string[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list.map(String);
  } catch {
    // One a line.
  }
  return text.split(/\r?\n/u);
}
