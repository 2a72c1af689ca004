import { isUtf8 } from "node:buffer";
import { writeSync } from "node:fs";
import type { Banding } from "../minhash/banding.ts";
import { TextShingles } from "../minhash/text-shingles.ts";
import { MinHash } from "../minhash/minhash.ts";
import { clustersOf } from "./clusters.ts";
import { similarityJoin } from "./similarity-join.ts";
import {
  isBlank,
  LineProblem,
  linesOfRange,
  parseLine,
  readBytes,
  type FileRange,
  type LineFields,
} from "./lines.ts";

/** What every task of one run needs. */
export interface TaskSetting {
  /** Open files of the inputs; threads of a process share them. */
  readonly descriptors: readonly number[];
  readonly fields: LineFields;
  readonly banding: Banding;
  readonly threshold: number;
  readonly allPairs: boolean;
  readonly memoryBytes: number;
  readonly spill: number;
  /** One number: where the next block of the spill file goes. Threads take places in it in turn. */
  readonly spillEnd: BigInt64Array;
}

/** Keys of some documents, one list a band, in the spill file: list after list, eight bytes a key. */
export interface KeyBlock {
  readonly position: number;
  readonly documents: number;
}

/** What a range of an input holds; documents in order. */
export interface SignedRange {
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;
  readonly sizes: Uint32Array;
  readonly blocks: readonly KeyBlock[];
  readonly lines: number;
  readonly blankLines: number;
  /** Lines whose bytes are not UTF-8, and the first of them within the range. */
  readonly linesNotUtf8: number;
  readonly firstNotUtf8: number | undefined;
  /** The first line that is no document; nothing after it was read. */
  readonly problem: { readonly place: number; readonly reason: string } | undefined;
}

/** Documents whose keys are in memory at a time. */
const documentsPerBlock = 1024;

/** Signs documents and verifies groups of them; each thread has one. */
export class NearDuplicateTasks {
  readonly #setting: TaskSetting;
  readonly #minHash: MinHash;
  readonly #shingles = new TextShingles();

  constructor(setting: TaskSetting) {
    this.#setting = setting;
    this.#minHash = new MinHash(setting.banding);
  }

  /** Band keys of all documents of a range go to the spill file, and one more key from each identifier. */
  sign(range: FileRange): SignedRange {
    const { descriptors, fields, banding } = this.#setting;
    const offsets: number[] = [];
    const lengths: number[] = [];
    const sizes: number[] = [];
    const blocks: KeyBlock[] = [];
    const pending: Uint32Array[] = [];
    let [lines, blankLines, linesNotUtf8] = [0, 0, 0];
    let firstNotUtf8: number | undefined;
    let problem: SignedRange["problem"];
    for (const { offset, bytes, place } of linesOfRange(descriptors[range.file]!, range)) {
      lines++;
      if (isBlank(bytes)) {
        blankLines++;
        continue;
      }
      if (!isUtf8(bytes)) {
        linesNotUtf8++;
        firstNotUtf8 ??= place;
      }
      try {
        const { text, id } = parseLine(bytes, fields);
        const shingles = this.#shingles.of(text);
        offsets.push(offset);
        lengths.push(bytes.length);
        sizes.push(shingles.length);
        const keys = new Uint32Array(2 * banding.bands + 2);
        keys.set(this.#minHash.bandKeys(shingles));
        keys.set(hashOfIdentifier(id), 2 * banding.bands);
        pending.push(keys);
      } catch (error) {
        if (!(error instanceof LineProblem)) throw error;
        problem = { place, reason: error.message };
        break;
      }
      if (pending.length === documentsPerBlock) blocks.push(this.#spill(pending));
    }
    if (pending.length > 0) blocks.push(this.#spill(pending));
    return {
      offsets: Float64Array.from(offsets),
      lengths: Uint32Array.from(lengths),
      sizes: Uint32Array.from(sizes),
      blocks,
      lines,
      blankLines,
      linesNotUtf8,
      firstNotUtf8,
      problem,
    };
  }

  /** Write the keys band by band and forget them. */
  #spill(pending: Uint32Array[]): KeyBlock {
    const documents = pending.length;
    const bands = pending[0]!.length / 2;
    const columns = new Uint32Array(2 * bands * documents);
    for (const [document, keys] of pending.entries()) {
      for (let band = 0; band < bands; band++) {
        columns[2 * (band * documents + document)] = keys[2 * band]!;
        columns[2 * (band * documents + document) + 1] = keys[2 * band + 1]!;
      }
    }
    pending.length = 0;
    const position = Number(Atomics.add(this.#setting.spillEnd, 0, BigInt(columns.byteLength)));
    const bytes = Buffer.from(columns.buffer);
    let written = 0;
    while (written < bytes.length) {
      written += writeSync(this.#setting.spill, bytes, written, bytes.length - written, position + written);
    }
    return { position, documents };
  }

  /** Compare the documents of each group; the lines of all results, in the order of the groups. */
  verify({ groups }: VerifyTask): VerifiedGroups {
    const result: VerifiedGroups = {
      compared: 0,
      removed: [],
      removedLines: "",
      pairLines: "",
      pairs: 0,
      clusters: [],
    };
    for (const group of groups) this.#verifyGroup(group, result);
    return result;
  }

  #verifyGroup(group: DocumentGroup, result: VerifiedGroups): void {
    const { threshold, allPairs, memoryBytes } = this.#setting;
    const documents = new GroupDocuments(group, this.#setting, this.#shingles);
    result.compared += group.documents.length;
    const load = (place: number) => documents.shingles(place);
    const pairs = similarityJoin(group.sizes, load, { threshold, allPairs, memoryBytes: memoryBytes / 2 });
    if (allPairs) {
      pairs.sort((one, other) => one.left - other.left || one.right - other.right);
    }
    for (const cluster of clustersOf(group.documents.length, pairs, load, threshold)) {
      const kept = documents.id(cluster.kept);
      for (const { removed, partner, jaccard } of cluster.removals) {
        result.removed.push(group.documents[removed]!);
        result.removedLines += `{"id":${documents.id(removed)},"kept":${documents.id(partner)},"jaccard":${jaccard},"cluster":${kept}}\n`;
      }
      const size = cluster.removals.length + 1;
      result.clusters.push({
        kept: JSON.parse(kept) as string | number,
        size,
        lowestJaccard: cluster.lowestJaccard,
      });
    }
    if (!allPairs) return;
    result.pairs += pairs.length;
    for (const { left, right, jaccard } of pairs) {
      result.pairLines += `{"left":${documents.id(left)},"right":${documents.id(right)},"jaccard":${jaccard}}\n`;
    }
  }
}

/** Documents of which each may be similar to some other of the group; arrays side by side, in input order. */
export interface DocumentGroup {
  /** Numbers of the documents in the whole input. */
  readonly documents: Uint32Array;
  readonly files: Uint32Array;
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;
  readonly sizes: Uint32Array;
}

export interface VerifyTask {
  readonly groups: readonly DocumentGroup[];
}

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
  pairs: number;
  clusters: ClusterSummary[];
}

/** The documents of a group, read again from the input; as many as there is room for are kept. */
class GroupDocuments {
  readonly #group: DocumentGroup;
  readonly #setting: TaskSetting;
  readonly #ids: (string | undefined)[] = [];
  readonly #sets: (Float64Array | undefined)[] = [];
  readonly #shingles: TextShingles;
  #room: number;

  constructor(group: DocumentGroup, setting: TaskSetting, shingles: TextShingles) {
    this.#group = group;
    this.#shingles = shingles;
    this.#setting = setting;
    this.#room = setting.memoryBytes / 2;
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

/** 64 bits of an identifier, low half first: two lanes of FNV-1a with different factors, mixed. */
function hashOfIdentifier(id: string): [number, number] {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let index = 0; index < id.length; index++) {
    const unit = id.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x5bd1e995) ^ (high >>> 15);
  }
  return [low ^ (high >>> 13), high ^ (low >>> 16)];
}
