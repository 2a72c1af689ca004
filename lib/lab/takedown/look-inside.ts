import { join } from "node:path";

import { readManifest } from "../../corpus/tokens/manifest.ts";
import { open } from "../../table/open.ts";
import { readLines } from "../../table/text-lines.ts";
import type { Artefact } from "./find-artefacts.ts";
import type { Wanted } from "./wanted.ts";

/** Where a document was seen. */
export interface Sighting {
  /** What was asked. */
  readonly asked: string;
  readonly documentId: string;
  /** "line 12", "row 3", "shard 0, document 17 (812 tokens)". */
  readonly place: string;
  /** In a list of removed duplicates: the one that stayed. */
  readonly twin?: string;
}

/**
 * Look for documents in one file or folder.
 *
 * @throws {Error} it cannot be read
 */
export async function lookInside({ kind, path }: Artefact, wanted: Wanted): Promise<Sighting[]> {
  switch (kind) {
    case "shards":
      return lookIntoShards(path, wanted);
    case "table":
      return lookIntoTable(path, wanted);
    case "run":
    case "model":
      return [];
    default:
      return lookIntoLines(path, wanted);
  }
}

async function lookIntoLines(path: string, wanted: Wanted): Promise<Sighting[]> {
  const sightings: Sighting[] = [];
  for await (const { line, lineNumber } of readLines(path, "uncompressed")) {
    if (line.length === 0) continue;
    const row = rowOf(line, lineNumber);
    const id = textOf(row["id"]);
    const metadata = row["metadata"];
    const asked =
      wanted.match(id, row) ??
      (typeof metadata === "object" && metadata !== null
        ? wanted.match(undefined, metadata as Readonly<Record<string, unknown>>)
        : undefined);
    if (asked === undefined) continue;
    const kept = "jaccard" in row ? textOf(row["kept"]) : undefined;
    sightings.push({
      asked,
      documentId: id ?? asked,
      place: `line ${lineNumber}`,
      ...(kept !== undefined && { twin: kept }),
    });
  }
  return sightings;
}

/** The cause would quote the line, which may be restricted. */
function rowOf(line: Buffer, lineNumber: number): Readonly<Record<string, unknown>> {
  let row: unknown;
  try {
    row = JSON.parse(line.toString("utf8"));
  } catch {
    // As below.
  }
  if (typeof row !== "object" || row === null) throw new Error(`line ${lineNumber} is no JSON object`);
  return row as Readonly<Record<string, unknown>>;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

const identifierColumns = ["id", "pmid", "pmcid", "doi"] as const;

/** @throws {Error} it has no column of identifiers, so nobody can say what is in it */
async function lookIntoTable(path: string, wanted: Wanted): Promise<Sighting[]> {
  const table = await open(path);
  const names = (await table.columns()).map(({ name }) => name);
  const held = identifierColumns.flatMap((column) => {
    const name = names.find((each) => each.toLowerCase() === column);
    return name === undefined ? [] : [{ column, name }];
  });
  if (held.length === 0) throw new Error(`it has none of the columns ${identifierColumns.join(", ")}`);
  const columns = held.map(
    ({ column, name }) => `CAST("${name.replaceAll('"', '""')}" AS VARCHAR) AS ${column}`,
  );
  const sightings: Sighting[] = [];
  let row = 0;
  const query = `SELECT ${columns.join(", ")} FROM this`;
  for await (const values of table.sql<Record<string, string | null>>(query)) {
    row++;
    const { id, ...identifiers } = values;
    const asked = wanted.match(id ?? undefined, identifiers);
    if (asked !== undefined)
      sightings.push({
        asked,
        documentId: id ?? Object.values(identifiers).find(Boolean) ?? asked,
        place: `row ${row}`,
      });
  }
  return sightings;
}

async function lookIntoShards(folder: string, wanted: Wanted): Promise<Sighting[]> {
  const sightings: Sighting[] = [];
  const { shards } = await readManifest(folder);
  for (const [shard, { documents }] of shards.entries()) {
    const rows = await open<{ id: string; tokenCount: bigint }>(join(folder, documents.file));
    let position = 0;
    for await (const { id, tokenCount } of rows.select("id", "tokenCount")) {
      const asked = wanted.match(id);
      if (asked !== undefined)
        sightings.push({
          asked,
          documentId: id,
          place: `shard ${shard}, document ${position} (${tokenCount} tokens)`,
        });
      position++;
    }
  }
  return sightings;
}
