import { TextShingles } from "../../minhash/text-shingles.ts";
import { clustersOf } from "../clusters.ts";
import type { DocumentGroup } from "../document-list.ts";
import { parseLine, readBytes } from "../../line-files/lines.ts";
import { joinBytes, similarityJoin } from "../similarity-join.ts";
import type { ThreadSetting } from "./worker.ts";

export interface ClusterSummary {
  /** Identifier of the document that stays. */
  readonly kept: string | number;
  readonly size: number;
  readonly lowestJaccard: number;
}

export interface VerifiedGroups {
  /** Documents of all groups. */
  compared: number;
  removed: number[];
  removedLines: string;
  pairLines: string;
  clusterLines: string;
  pairs: number;
  clusters: ClusterSummary[];
}

/** Compares the documents of groups. */
export class GroupVerifier {
  readonly #setting: ThreadSetting;
  readonly #shingles = new TextShingles();

  constructor(setting: ThreadSetting) {
    this.#setting = setting;
  }

  /** The lines of all results, in the order of the groups. */
  verify(groups: readonly DocumentGroup[]): VerifiedGroups {
    const result: VerifiedGroups = {
      compared: 0,
      removed: [],
      removedLines: "",
      pairLines: "",
      clusterLines: "",
      pairs: 0,
      clusters: [],
    };
    for (const group of groups) this.#verifyGroup(group, result);
    return result;
  }

  #verifyGroup(group: DocumentGroup, result: VerifiedGroups): void {
    const { threshold, allPairs } = this.#setting;
    const documents = new GroupDocuments(group, this.#setting, this.#shingles);
    result.compared += group.documents.length;
    const load = (place: number) => documents.shingles(place);
    const pairs = similarityJoin(group.sizes, load, { threshold, allPairs, memoryBytes: joinBytes });
    for (const cluster of clustersOf(group.documents.length, pairs, load, threshold)) {
      const kept = documents.id(cluster.kept);
      for (const { removed, partner, jaccard } of cluster.removals) {
        result.removed.push(group.documents[removed]!);
        result.removedLines += `{"id":${documents.id(removed)},"kept":${documents.id(partner)},"jaccard":${jaccard},"cluster":${kept}}\n`;
      }
      const { lowestJaccard } = cluster;
      const size = cluster.removals.length + 1;
      result.clusterLines += `{"cluster":${kept},"size":${size},"lowestJaccard":${lowestJaccard}}\n`;
      result.clusters.push({ kept: JSON.parse(kept) as string | number, size, lowestJaccard });
    }
    if (!allPairs) return;
    result.pairs += pairs.length;
    pairs.sort((one, other) => one.left - other.left || one.right - other.right);
    for (const { left, right, jaccard } of pairs) {
      result.pairLines += `{"left":${documents.id(left)},"right":${documents.id(right)},"jaccard":${jaccard}}\n`;
    }
  }
}

/** The documents of a group, read again from the input; as many as there is room for are kept. */
class GroupDocuments {
  readonly #group: DocumentGroup;
  readonly #setting: ThreadSetting;
  readonly #ids: (string | undefined)[] = [];
  readonly #sets: (Float64Array | undefined)[] = [];
  readonly #shingles: TextShingles;
  #room: number;

  constructor(group: DocumentGroup, setting: ThreadSetting, shingles: TextShingles) {
    this.#group = group;
    this.#shingles = shingles;
    this.#setting = setting;
    this.#room = setting.cacheBytes;
  }

  /** Sorted. */
  shingles(place: number): Float64Array {
    const known = this.#sets[place];
    if (known !== undefined) return known;
    const { text, id } = this.#read(place);
    this.#ids[place] = id;
    const set = this.#shingles.of(text).slice().sort();
    this.#room -= 8 * set.length + 100;
    if (this.#room > 0) this.#sets[place] = set;
    return set;
  }

  id(place: number): string {
    return (this.#ids[place] ??= this.#read(place).id);
  }

  #read(place: number): { text: string; id: string } {
    const { files, offsets, lengths } = this.#group;
    const descriptor = this.#setting.descriptors[files[place]!]!;
    return parseLine(readBytes(descriptor, offsets[place]!, lengths[place]!), this.#setting.fields);
  }
}
