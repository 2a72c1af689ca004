import { ArgumentError } from "../../core/errors.ts";
import { normalisedDoi, normalisedPmcid, normalisedPmid, workIdentifiers } from "../../corpus/identifiers.ts";

/**
 * The documents that somebody asks for, each by its id or an identifier of its work, and the ids that they turn out to
 * have: token shards know ids alone.
 */
export class Wanted {
  readonly asked: readonly string[];
  /** What was asked, by all names that it goes by. */
  readonly #byName = new Map<string, string>();
  #isExact = false;

  /** Ids alone, as they stand. */
  static ofIds(ids: Iterable<string>): Wanted {
    const wanted = new Wanted([...ids]);
    wanted.#isExact = true;
    return wanted;
  }

  /** @throws {ArgumentError} nothing is asked for */
  constructor(asked: readonly string[]) {
    this.asked = [...new Set(asked.map((each) => each.trim()))];
    if (this.asked.length === 0 || this.asked.includes(""))
      throw new ArgumentError("document", "an id, a PMID, a PMCID or a DOI", asked);
    for (const each of this.asked) {
      for (const name of namesOf(each)) this.#byName.set(name, each);
    }
  }

  /** What was asked, of a document with this id and these identifiers; undefined of another. */
  match(id: string | undefined, identifiers: Readonly<Record<string, unknown>> = {}): string | undefined {
    if (this.#isExact) return this.asked.find((each) => each === id);
    const byId = id === undefined ? undefined : this.#byId(id);
    if (byId !== undefined) return byId;
    for (const name of workIdentifiers(identifiers)) {
      const found = this.#byName.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Remember an id that a document which was asked for has. */
  learn(id: string, asked: string): void {
    if (!this.#byName.has(id)) this.#byName.set(id, asked);
  }

  /** A pipeline puts the domain before an id that an earlier source has, and a number after the next ones. */
  #byId(id: string): string | undefined {
    return this.#byName.get(id) ?? this.#byName.get(withoutDomain(id));
  }
}

/** "general:17#2" is "17"; the colon of a name of a work or of a page is part of it. */
function withoutDomain(id: string): string {
  return id.replace(/^(?!(?:pmid|doi|wiki):|pmcid:)[\w-]+:(?!\/\/)/u, "").replace(/(?<=.)#\d+$/u, "");
}

function namesOf(asked: string): string[] {
  const pmid = normalisedPmid(asked);
  const pmcid = /^(?:pmcid:?\s*)?pmc/iu.test(asked) ? normalisedPmcid(asked) : undefined;
  const doi = normalisedDoi(asked);
  return [
    asked,
    ...(pmid === undefined ? [] : [`pmid:${pmid}`, pmid]),
    ...(pmcid === undefined ? [] : [`pmcid:${pmcid}`, pmcid]),
    ...(doi === undefined ? [] : [`doi:${doi}`]),
  ];
}
