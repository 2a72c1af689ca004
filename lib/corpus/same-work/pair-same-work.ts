import { checkFields, checkIterable } from "../../core/arguments.ts";
import { DataError } from "../../core/errors.ts";
import { callbackOption, checkOptions, choiceOption, objectOption } from "../../core/options.ts";
import type { Document } from "../document.ts";
import type { FilterRule } from "../filter/filter-rule.ts";
import { KeyTable } from "../key-table.ts";
import { UnionFind } from "../union-find.ts";
import { TextArena } from "./text-arena.ts";
import { isPreprint, sameWorkReasons, workKeys } from "./work-keys.ts";
import type { SameWorkReason } from "./work-keys.ts";

/** Why two records are of one work. */
export interface SameWorkLink {
  /** The earlier document's id. */
  readonly earlier: string;
  readonly later: string;
  readonly reason: SameWorkReason;
  /** What they have in common. */
  readonly evidence: string;
}

/** Records of one work. */
export interface SameWorkGroup {
  /** Id of the one that stays. */
  readonly kept: string;
  /** Ids of the others, in the order they came. */
  readonly dropped: readonly string[];
  /** Together they connect all members; of several reasons for a pair the surest. */
  readonly links: readonly SameWorkLink[];
}

/** Counts add up: `in = kept + dropped`, and `dropped` is the sum of `droppedBy`. */
export interface SameWorkReport {
  readonly in: number;
  readonly kept: number;
  readonly dropped: number;
  /** By the surest reason that joins a dropped document to its group. */
  readonly droppedBy: Readonly<Record<SameWorkReason, number>>;
  /** Documents without any identifier or usable title, which can only stay alone. */
  readonly withoutKeys: number;
}

/** Records that tell of one work, grouped. */
export interface SameWorks {
  readonly groups: readonly SameWorkGroup[];
  readonly report: SameWorkReport;
}

export interface PairSameWorkOptions {
  /**
   * Which record of a work stays. "published": of those at least half as long as the longest, a published one
   * before a preprint, then the longest. "longest": the longest text. "first": the earliest. Ties go to the
   * earliest. @default "published"
   */
  readonly keep?: "published" | "longest" | "first";
  /** Called every 10,000 documents with how many were read. */
  readonly onProgress?: (documents: number) => void;
  /** Stops the pairing with the signal's reason. */
  readonly signal?: AbortSignal;
}

const progressDocuments = 10_000;

/**
 * Group the records of one work that carry different ids: by PMID, PMCID, DOI, DOI of another version, or title
 * with an author in common (preprint and published version).
 *
 * Being of one work passes on: what links A to B and B to C puts the three together. Documents stream by; hashed
 * keys, ids and lengths stay, about 300 bytes for a document with five keys, and no text.
 *
 * @throws {ArgumentError} a wrong option
 * @throws {DataError} two documents of one id
 *
 * @example
 * const works = await pairSameWork(readDocuments(paths));
 * const kept = filterDocuments(readDocuments(paths), [sameWorkRule(works)]);
 */
export async function pairSameWork(
  documents: AsyncIterable<Document> | Iterable<Document>,
  options: PairSameWorkOptions = {},
): Promise<SameWorks> {
  checkIterable("documents", "documents", documents);
  const { keep, onProgress, signal } = checkOptions(options, {
    keep: choiceOption<"published" | "longest" | "first">("published", ["published", "longest", "first"]),
    onProgress: callbackOption<(documents: number) => void>(),
    signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
  });
  const pairing = new Pairing();
  for await (const document of documents) {
    signal?.throwIfAborted();
    pairing.add(document);
    if (pairing.count % progressDocuments === 0) onProgress?.(pairing.count);
  }
  return pairing.finish(keep);
}

/**
 * Drop the records of a work that another stands for; the reasons are "same-work-pmid" and so on.
 *
 * Documents are told by their ids, so read them the same way as for {@link pairSameWork}.
 */
export function sameWorkRule(works: SameWorks): FilterRule {
  checkFields("works", "same works, as pairSameWork gives", works, ["groups"]);
  const reasons = new Map(works.groups.flatMap(droppedReasons));
  return {
    name: "same work",
    reasons: sameWorkReasons.map((reason) => `same-work-${reason}`),
    judge({ id }) {
      const reason = reasons.get(id);
      return reason === undefined ? undefined : { drop: `same-work-${reason}` };
    },
  };
}

interface IndexLink {
  readonly earlier: number;
  readonly later: number;
  readonly reason: SameWorkReason;
  readonly evidence: string;
}

/** What is known of each document, by its number. */
class Pairing {
  readonly #keys = new KeyTable();
  readonly #ids = new TextArena();
  /** Text length, negative for a preprint. */
  #lengths = new Float64Array(1024);
  readonly #links: IndexLink[] = [];
  #withoutKeys = 0;

  get count(): number {
    return this.#ids.length;
  }

  add(document: Document): void {
    const index = this.count;
    // A dropped record is told by its id: another of that id would go with it.
    if (!this.#keys.add(`id:${document.id}`)) {
      const message = `two documents have the id ${JSON.stringify(document.id)}; ids must differ, as readDocuments makes them`;
      throw new DataError(message, { path: document.source });
    }
    this.#ids.push(document.id);
    if (index === this.#lengths.length) {
      const larger = new Float64Array(index * 2);
      larger.set(this.#lengths);
      this.#lengths = larger;
    }
    const { length } = document.text;
    this.#lengths[index] = isPreprint(document.metadata) ? -length : length;
    const keys = workKeys(document);
    if (keys.length === 0) this.#withoutKeys++;
    const partners = new Set<number>();
    for (const { reason, key } of keys) {
      const earlier = this.#keys.getOrSet(key, index);
      if (earlier === index || partners.has(earlier)) continue;
      partners.add(earlier);
      this.#links.push({ earlier, later: index, reason, evidence: key });
    }
  }

  finish(keep: "published" | "longest" | "first"): SameWorks {
    const members = this.#components();
    const droppedBy = Object.fromEntries(sameWorkReasons.map((reason) => [reason, 0])) as Record<
      SameWorkReason,
      number
    >;
    let dropped = 0;
    const groups = members.map(({ indexes, links }) => {
      const kept = this.#choose(indexes, keep);
      const others = indexes.filter((index) => index !== kept);
      const group: SameWorkGroup = {
        kept: this.#ids.at(kept),
        dropped: others.map((index) => this.#ids.at(index)),
        links: links.map(({ earlier, later, ...rest }) => ({
          earlier: this.#ids.at(earlier),
          later: this.#ids.at(later),
          ...rest,
        })),
      };
      dropped += others.length;
      for (const [, reason] of droppedReasons(group)) droppedBy[reason]++;
      return group;
    });
    const report = {
      in: this.count,
      kept: this.count - dropped,
      dropped,
      droppedBy,
      withoutKeys: this.#withoutKeys,
    };
    return { groups, report };
  }

  /** Documents that links connect, each component in order, the components by their first document. */
  #components(): { indexes: number[]; links: IndexLink[] }[] {
    const sets = new UnionFind(this.count);
    for (const { earlier, later } of this.#links) sets.join(earlier, later);
    const components = new Map<number, { indexes: number[]; links: IndexLink[] }>();
    for (const indexes of sets.groups()) components.set(indexes[0]!, { indexes: [...indexes], links: [] });
    for (const link of this.#links) components.get(sets.find(link.earlier))!.links.push(link);
    return [...components.values()];
  }

  #choose(indexes: readonly number[], keep: "published" | "longest" | "first"): number {
    if (keep === "first") return indexes[0]!;
    const length = (index: number) => Math.abs(this.#lengths[index]!);
    const longest = Math.max(...indexes.map(length));
    const candidates = keep === "longest" ? indexes : indexes.filter((index) => length(index) * 2 >= longest);
    const isPublished = (index: number) => keep === "published" && this.#lengths[index]! >= 0;
    return candidates.reduce((best, index) => {
      if (isPublished(best) !== isPublished(index)) return isPublished(index) ? index : best;
      return length(index) > length(best) ? index : best;
    });
  }
}

/** Each dropped document's surest reason. */
function droppedReasons({
  dropped,
  links,
}: SameWorkGroup): (readonly [id: string, reason: SameWorkReason])[] {
  const ranks = new Map<string, number>();
  for (const { earlier, later, reason } of links) {
    const rank = sameWorkReasons.indexOf(reason);
    for (const id of [earlier, later]) ranks.set(id, Math.min(rank, ranks.get(id) ?? rank));
  }
  return dropped.map((id) => [id, sameWorkReasons[ranks.get(id)!]!] as const);
}
