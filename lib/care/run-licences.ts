import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { checkFields, checkList } from "../core/arguments.ts";
import {
  bothLicences,
  joinTerms,
  licenceTerms,
  termsAgainst,
  type LicenceTerms,
  type Purpose,
} from "./licence-terms.ts";

/** What went into a model under one licence: documents of a domain, or its first weights. */
export interface LicencePart {
  /** The domain of the data, or the name of the model that the first weights are of. */
  readonly name: string;
  /** "data", or "weights"; what went into an earlier model of Rounds keeps its kind and has that model in its name. */
  readonly kind: "data" | "weights";
  readonly licence: string | null;
  /** Absent of weights. */
  readonly documentCount?: number;
  readonly tokenCount?: number;
  /** The first few public ones. */
  readonly documentIds?: readonly string[];
  /** Files that they came from, those with the most tokens. */
  readonly sources?: readonly string[];
}

/** A part that a purpose is not open to. */
export interface ConflictingPart extends LicencePart {
  /** What of its terms stands against the purpose. */
  readonly terms: LicenceTerms;
}

/** A model or a run may not serve the purpose that was declared: the licences of what went in forbid it. */
export class LicenceConflictError extends Error {
  override readonly name = "LicenceConflictError";
  readonly purpose: Purpose;
  readonly conflicts: readonly ConflictingPart[];

  constructor(what: string, purpose: Purpose, conflicts: readonly ConflictingPart[], options?: ErrorOptions) {
    const lines = conflicts.slice(0, conflictsShown).map((conflict) => `  ${describeConflict(conflict)}`);
    const more = conflicts.length - lines.length;
    if (more > 0) lines.push(`  and ${more} more`);
    super(
      `${what} is not open to the purpose "${purpose}", because of\n${lines.join("\n")}\nDeclare another purpose, or train without them: the filter's "licence" leaves documents out by theirs`,
      options,
    );
    this.purpose = purpose;
    this.conflicts = conflicts;
  }
}

const conflictsShown = 20;

interface Ingredients {
  readonly data: { readonly train: readonly { readonly domain: string; readonly path: string }[] };
  readonly model: {
    readonly initializeFrom:
      | { readonly kind: "safetensors"; readonly path: string; readonly licence?: string }
      | { readonly kind: "random" };
  };
}

/**
 * The licences of all that goes into a training run: by domain of its token shards, and of its first weights.
 *
 * An export of Rounds tells all that went into it. Of another model the licence is the one at the head of its README.md
 * and the one that the configuration states, both where there are both; null where there is neither.
 * trainer/licences.py does the same.
 *
 * @throws {Error} a folder of token shards without its manifest
 */
export async function gatherLicences(ingredients: Ingredients): Promise<LicencePart[]> {
  checkFields("ingredients", "the data and the model of a training", ingredients, ["data"]);
  const { data, model } = ingredients;
  const parts: LicencePart[] = [];
  for (const { domain, path } of data.train) {
    const manifest = JSON.parse(await readFile(join(path, "manifest.json"), "utf8")) as ShardCounts;
    parts.push(...shardLicences(domain, manifest));
  }
  const { initializeFrom } = model;
  if (initializeFrom.kind === "safetensors") {
    parts.push(...(await weightParts(initializeFrom.path, initializeFrom.licence)));
  }
  return parts;
}

interface ShardCounts {
  readonly documentCount: number;
  readonly tokenCount: number;
  readonly sources: readonly { readonly source: string }[];
  readonly licences?: readonly {
    readonly licence: string | null;
    readonly documentCount: number;
    readonly tokenCount: number;
    readonly documentIds: readonly string[];
    readonly sources: readonly { readonly source: string }[];
  }[];
}

const sourcesShown = 10;

/** Of one folder of token shards, by its manifest; those of an earlier version say no licences: none is known. */
export function shardLicences(
  domain: string,
  { documentCount, tokenCount, sources, licences }: ShardCounts,
): LicencePart[] {
  const held = licences ?? [
    { licence: null, documentCount, tokenCount, documentIds: [], sources: sources.slice(0, sourcesShown) },
  ];
  return held
    .filter((each) => each.documentCount > 0)
    .map((each) => ({
      name: domain,
      kind: "data" as const,
      ...each,
      sources: each.sources.map(({ source }) => source),
    }));
}

async function weightParts(folder: string, stated: string | undefined): Promise<LicencePart[]> {
  const name = basename(folder);
  const earlier = await licencesOfExport(folder);
  const weights = (licence: string | null): LicencePart => ({ name, kind: "weights", licence });
  if (earlier === undefined) {
    const told = await licenceOfReadme(folder);
    // Of a name that nobody understands the user has read the text; what is understood holds beside what is stated.
    const isKnown = told !== null && !licenceTerms(told).includes("unknown");
    return [weights(stated === undefined || !isKnown ? (stated ?? told) : bothLicences(told, stated))];
  }
  const through = earlier.map((part) => ({ ...part, name: `${name}: ${part.name}` }));
  return stated === undefined ? through : [...through, weights(stated)];
}

/** What went into an export of Rounds; undefined of another folder. */
export async function licencesOfExport(folder: string): Promise<readonly LicencePart[] | undefined> {
  const text = await readFile(join(folder, "provenance.json"), "utf8").catch(() => "{}");
  const { format, licences } = JSON.parse(text) as { format?: string; licences: readonly LicencePart[] };
  return format === "rounds-export" ? licences : undefined;
}

/** `license: ...` in the block of YAML at the head of a model card; "other" says nothing. */
async function licenceOfReadme(folder: string): Promise<string | null> {
  const text = await readFile(join(folder, "README.md"), "utf8").catch(() => "");
  const head = /^---\r?\n([\s\S]*?)\r?\n---/u.exec(text)?.[1] ?? "";
  const licence = /^license:[ \t]*["']?([\w.+-]+)["']?[ \t]*$/mu.exec(head)?.[1];
  return licence === undefined || licence === "other" ? null : licence;
}

/** The strictest terms of all that went in. */
export function strictestTerms(parts: readonly LicencePart[]): LicenceTerms {
  checkList("parts", "a list of parts, as gatherLicences gives", parts);
  return joinTerms(parts.map(({ licence }) => licenceTerms(licence)));
}

/**
 * The parts that a purpose is not open to, for themselves or beside the others; none where all of them allow it.
 *
 * @throws {ArgumentError} an unknown purpose
 */
export function conflictingParts(parts: readonly LicencePart[], purpose: Purpose): ConflictingPart[] {
  checkList("parts", "a list of parts, as gatherLicences gives", parts);
  const terms = termsAgainst(
    parts.map(({ licence }) => licence),
    purpose,
  );
  return parts.flatMap((part, index) =>
    terms[index]!.length === 0 ? [] : [{ ...part, terms: terms[index]! }],
  );
}

/** @throws {LicenceConflictError} a part that the purpose is not open to; nothing where none is declared */
export function requireOpenTo(
  what: string,
  parts: readonly LicencePart[],
  purpose: Purpose | undefined,
): void {
  if (purpose === undefined) return;
  const conflicts = conflictingParts(parts, purpose);
  if (conflicts.length > 0) throw new LicenceConflictError(what, purpose, conflicts);
}

function describeConflict(conflict: ConflictingPart): string {
  const {
    name,
    kind,
    licence,
    terms,
    documentCount = 0,
    tokenCount = 0,
    documentIds = [],
    sources = [],
  } = conflict;
  const reason = `${licence ?? "no known licence"} (${terms.join(", ")})`;
  if (kind === "weights") return `first weights ${name}: ${reason}`;
  const plural = documentCount === 1 ? "document" : "documents";
  const counts = `${documentCount} ${plural} with ${tokenCount} tokens in ${name}: ${reason}`;
  const places = sources.length === 0 ? "" : `; from ${sources.join(", ")}`;
  const more = documentCount - documentIds.length;
  const ids =
    documentIds.length === 0 ? "" : `; ${documentIds.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  return `${counts}${places}${ids}`;
}
