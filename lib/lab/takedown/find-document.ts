import { existsSync } from "node:fs";
import { sep, resolve } from "node:path";

import { checkTextList } from "../../core/arguments.ts";
import { recordAudit } from "../../core/audit-log.ts";
import { notedSensitivity, readLineage, type LineageRecord } from "../../core/lineage.ts";
import { checkOptions, objectOption, textOption } from "../../core/options.ts";
import { DISPLAY_SYMBOL, type Bundle } from "../../display/bundle.ts";
import { formatValue } from "../../display/show.ts";
import { runsFolder } from "../../jobs/run-folder.ts";
import { findArtefacts, type Artefact, type Unknown } from "./find-artefacts.ts";
import { fingerprintsOf, followModels, type ModelRelation } from "./follow-models.ts";
import { lookInside, type Sighting } from "./look-inside.ts";
import { Wanted } from "./wanted.ts";

export interface FindDocumentOptions {
  /** Folders and files to look into besides what the register of lineage and the folder of runs name. @default none */
  readonly folders?: readonly string[];
  /** Folder of run folders. @default ROUNDS_RUNS, else `runs/` of the project */
  readonly runs?: string;
  readonly signal?: AbortSignal;
}

/** Something that a document is in, or that came of it. */
export interface TakedownFinding {
  /** What was asked. */
  readonly document: string;
  /** "documents", "shards", "run", "checkpoint", "model", "results", ... */
  readonly kind: string;
  readonly path: string;
  /**
   * "holds it": it was seen there. "lists it as a removed duplicate": its text may be in through the one that stayed.
   * "holds its near-duplicate": that one was seen there. "made from it": from something that holds it; nobody looked inside.
   */
  readonly relation:
    | "holds it"
    | "holds its near-duplicate"
    | "lists it as a removed duplicate"
    | "made from it"
    | ModelRelation;
  /** Where inside. */
  readonly place: string | null;
  /** Id under which it is there; of a removed duplicate, the one that stayed. */
  readonly documentId: string | null;
  /** What leads there. */
  readonly through: string | null;
}

/** Where documents are; in a notebook it is shown as a table. */
export class TakedownReport {
  readonly asked: readonly string[];
  readonly found: readonly TakedownFinding[];
  /** Files and folders that were looked into. */
  readonly lookedInto: number;
  /** What nobody can say of whether a document is in it, and why. */
  readonly notLookedInto: readonly Unknown[];

  constructor(report: Pick<TakedownReport, "asked" | "found" | "lookedInto" | "notLookedInto">) {
    this.asked = report.asked;
    this.found = report.found;
    this.lookedInto = report.lookedInto;
    this.notLookedInto = report.notLookedInto;
  }

  async [DISPLAY_SYMBOL](): Promise<Bundle> {
    const { found, lookedInto, notLookedInto } = this;
    const unknown = notLookedInto.length === 0 ? "" : `, not into ${notLookedInto.length}: see notLookedInto`;
    const caption = `${found.length} found; looked into ${lookedInto}${unknown}`;
    if (found.length === 0) return { "text/plain": caption };
    return (await formatValue(found, { caption }))!;
  }
}

const rules = {
  folders: objectOption<readonly string[]>("a list of paths", (value) => Array.isArray(value)),
  runs: textOption(undefined),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/**
 * Find every corpus, folder of token shards, run, checkpoint, exported model and result that a document is in.
 *
 * The files of corpora, tables, results and token shards are looked into, wherever the register of lineage (what was
 * made and what it was made from), the folder of runs and `folders` lead; what came of those that hold it is followed
 * from there. A document that was removed as a duplicate is found too, with what holds the one that stayed. Nothing is
 * changed.
 *
 * @param document ids, PMIDs, PMCIDs or DOIs: "17", "pmid:9500320", "PMC13901", "10.1000/x"
 * @throws {ArgumentError} nothing is asked for
 *
 * @example
 * const { found, notLookedInto } = await findDocument("pmid:9500320", { folders: ["corpora"] });
 */
export async function findDocument(
  document: string | readonly string[],
  options: FindDocumentOptions = {},
): Promise<TakedownReport> {
  checkTextList("document", "an id, a PMID, a PMCID, a DOI or a list of them", document);
  const { folders = [], runs, signal } = checkOptions(options, rules);
  const wanted = new Wanted([document].flat());
  const lineage = readLineage();
  const known = lineage.filter(({ kind }) => isLookedInto(kind));
  const made = known.map(({ path }) => path);
  const places = [...folders.map((folder) => resolve(folder)), ...made, resolve(runs ?? runsFolder())];
  const { artefacts, unknown } = await findArtefacts(places);
  const present = new Set(known.flatMap(({ from }) => from).filter((source) => existsSync(source)));
  const sources = await findArtefacts(present);
  // Shards, runs and models are followed, whoever wrote them and wherever.
  const followed = sources.artefacts.filter(({ kind }) => ["shards", "run", "model"].includes(kind));
  const search = new Search(wanted, distinctPaths([...artefacts, ...followed]), signal);
  // The list of removed ones and the shards know ids alone, which the documents tell.
  await search.look(["documents", "table", "samples", "results"]);
  await search.look(["removed", "shards"]);
  await search.lookForTwins();
  await search.lookIntoSources(sources.artefacts);
  await search.followModels();
  search.followLineage(lineage);
  return new TakedownReport({
    asked: wanted.asked,
    found: search.findings,
    lookedInto: search.lookedInto,
    notLookedInto: distinct([...unknown, ...sources.unknown, ...search.unknown]),
  });
}

function distinctPaths(artefacts: readonly Artefact[]): Artefact[] {
  return [...new Map(artefacts.map((each) => [each.path, each])).values()];
}

function distinct(unknown: readonly Unknown[]): Unknown[] {
  return [...new Map(unknown.map((each) => [`${each.path} ${each.reason}`, each])).values()];
}

function isLookedInto(kind: LineageRecord["kind"]): boolean {
  return ["documents", "table", "samples", "shards", "run", "model", "results"].includes(kind);
}

class Search {
  readonly findings: TakedownFinding[] = [];
  readonly unknown: Unknown[] = [];
  readonly #wanted: Wanted;
  /** Without the ids that are learned on the way. */
  readonly #wantedAsAsked: Wanted;
  readonly #artefacts: readonly Artefact[];
  readonly #signal: AbortSignal | undefined;
  /** Looked into without fail, whatever was in them; what it says of a result is not what came before it. */
  readonly #clear = new Set<string>();
  #resultsLookedInto = 0;
  /** Ids of documents that stayed where one that was asked for was removed. */
  readonly #twins = new Map<string, string>();

  constructor(wanted: Wanted, artefacts: readonly Artefact[], signal: AbortSignal | undefined) {
    this.#wanted = wanted;
    this.#wantedAsAsked = new Wanted(wanted.asked);
    this.#artefacts = artefacts;
    this.#signal = signal;
  }

  get lookedInto(): number {
    return this.#clear.size + this.#resultsLookedInto;
  }

  async look(kinds: readonly string[]): Promise<void> {
    for (const artefact of this.#artefacts) {
      if (!kinds.includes(artefact.kind)) continue;
      for (const sighting of await this.#lookInto(artefact, this.#wanted)) {
        const { asked, documentId, place, twin } = sighting;
        this.#wanted.learn(documentId, asked);
        if (twin !== undefined) this.#twins.set(twin, asked);
        this.#add(artefact, sighting, twin === undefined ? "holds it" : "lists it as a removed duplicate", {
          place,
          documentId: twin ?? documentId,
        });
      }
    }
  }

  /** Once more through all that holds documents, for those that stayed in the place of the asked ones. */
  async lookForTwins(): Promise<void> {
    if (this.#twins.size === 0) return;
    const twins = Wanted.ofIds(this.#twins.keys());
    for (const artefact of this.#artefacts) {
      if (artefact.kind !== "documents" && artefact.kind !== "shards") continue;
      for (const { asked, documentId, place } of await this.#lookInto(artefact, twins))
        this.#add(artefact, { asked: this.#twins.get(asked)! }, "holds its near-duplicate", {
          place,
          documentId,
        });
    }
  }

  /**
   * Through the files that others were made from, which nobody may have registered.
   *
   * Their ids are not learned: two sources may use one id for two documents, which the pipeline told apart.
   */
  async lookIntoSources(sources: readonly Artefact[]): Promise<void> {
    const seen = new Set(this.#artefacts.map(({ path }) => path));
    for (const artefact of sources) {
      if (seen.has(artefact.path) || artefact.kind === "removed") continue;
      for (const { asked, documentId, place } of await this.#lookInto(artefact, this.#wantedAsAsked))
        this.#add(artefact, { asked }, "holds it", { place, documentId });
    }
  }

  async followModels(): Promise<void> {
    const pathsOf = (kind: string) =>
      this.#artefacts.filter((each) => each.kind === kind).map(({ path }) => path);
    const byDocument = Map.groupBy(
      this.findings.filter(({ kind }) => kind === "shards"),
      ({ document }) => document,
    );
    const [runs, models] = [pathsOf("run"), pathsOf("model")];
    const present = await fingerprintsOf(pathsOf("shards"));
    for (const asked of this.#wanted.asked) {
      const shards = [...new Set((byDocument.get(asked) ?? []).map(({ path }) => path))];
      const followed = await followModels(shards, present, runs, models);
      this.unknown.push(...followed.unknown);
      for (const { kind, path, relation, through } of followed.findings)
        this.#add({ kind, path }, { asked }, relation, { through });
    }
  }

  /** What was made from something that holds it, but for what was looked into and does not hold it. */
  followLineage(records: readonly LineageRecord[]): void {
    for (const asked of this.#wanted.asked) {
      const own = this.findings.filter(
        ({ document, relation }) => document === asked && relation !== "lists it as a removed duplicate",
      );
      const tainted = new Set(own.map(({ path }) => path));
      const places = [...tainted];
      for (const place of places) {
        for (const { kind, path, from } of records) {
          if (tainted.has(path) || this.#isClear(path) || kind === "run" || kind === "model") continue;
          if (!from.some((source) => isWithin(source, place) || isWithin(place, source))) continue;
          // A folder of which a file was found already.
          if (places.some((held) => isWithin(held, path))) continue;
          tainted.add(path);
          places.push(path);
          this.#add({ kind, path }, { asked }, "made from it", { through: place });
        }
      }
    }
  }

  /** Looked into, as a file, or as a folder of which some were. */
  #isClear(path: string): boolean {
    return [...this.#clear].some((held) => isWithin(held, path));
  }

  async #lookInto(artefact: Artefact, wanted: Wanted): Promise<Sighting[]> {
    this.#signal?.throwIfAborted();
    const { kind, path } = artefact;
    if (notedSensitivity(path) === "restricted")
      recordAudit({ action: "open", subject: path.slice(-500), sensitivity: "restricted", detail: { kind } });
    try {
      const sightings = await lookInside(artefact, wanted);
      if (artefact.kind === "results") this.#resultsLookedInto++;
      else this.#clear.add(artefact.path);
      return sightings;
    } catch (error) {
      this.unknown.push({ path: artefact.path, reason: (error as Error).message.split("\n")[0]! });
      return [];
    }
  }

  #add(
    { kind, path }: { readonly kind: string; readonly path: string },
    { asked }: { readonly asked: string },
    relation: TakedownFinding["relation"],
    rest: Partial<Pick<TakedownFinding, "place" | "documentId" | "through">>,
  ): void {
    const { place = null, documentId = null, through = null } = rest;
    this.findings.push({ document: asked, kind, path, relation, place, documentId, through });
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}
