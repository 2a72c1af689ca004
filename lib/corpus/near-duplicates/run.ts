import { DataError } from "../../core/errors.ts";
import { BandingLinks } from "./banding-links.ts";
import type { Banding } from "../minhash/banding.ts";
import { DocumentList } from "./document-list.ts";
import type { InputFiles } from "./input-files.ts";
import { lineError, lineNumberAt, parseLine, readBytes } from "./lines.ts";
import { LineCopier, PendingFiles, writeWhole } from "./output.ts";
import type { ClusterSummary, DocumentGroup, KeyBlock, TaskSetting } from "./tasks.ts";
import { TaskThreads } from "./task-threads.ts";
import type { NearDuplicatesProgress, NearDuplicatesReport } from "./remove-near-duplicates.ts";
import { UnionFind } from "../union-find.ts";

interface RunOptions {
  readonly threshold: number;
  readonly field: string;
  readonly id: string;
  readonly memoryBytes: number;
  readonly workers: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((progress: NearDuplicatesProgress) => void) | undefined;
}

interface OutputPaths {
  readonly output: string;
  readonly removed: string;
  readonly pairs: string | undefined;
}

type Outcome = Omit<NearDuplicatesReport, "setting" | "inputBytes" | "seconds">;

/** Bytes a document that the run itself holds, at most: places, links, groups. */
const bytesPerDocument = 48;
/** Documents that one task compares, unless one group alone has more. */
const documentsPerTask = 512;
const largestClustersShown = 10;

/** One removal of near-duplicates, step after step. */
export class NearDuplicatesRun {
  readonly #input: InputFiles;
  readonly #spill: number;
  readonly #options: RunOptions;
  readonly #paths: OutputPaths;
  readonly #setting: TaskSetting;
  readonly #documents = new DocumentList();
  readonly #blocks: KeyBlock[] = [];
  readonly #warnings: string[] = [];
  #blankLines = 0;

  constructor(input: InputFiles, spill: number, banding: Banding, options: RunOptions, paths: OutputPaths) {
    this.#input = input;
    this.#spill = spill;
    this.#options = options;
    this.#paths = paths;
    this.#setting = {
      descriptors: input.descriptors,
      fields: { field: options.field, id: options.id },
      banding,
      threshold: options.threshold,
      allPairs: paths.pairs !== undefined,
      memoryBytes: options.memoryBytes / 2 / options.workers,
      spill,
      spillEnd: new BigInt64Array(new SharedArrayBuffer(8)),
    };
  }

  async finish(): Promise<Outcome> {
    const threads = new TaskThreads(this.#options.workers, this.#setting, this.#options.signal);
    const files = new PendingFiles();
    try {
      await this.#sign(threads);
      const candidates = await this.#link();
      const compared = await this.#compare(threads, candidates, files);
      const kept = await this.#write(files, compared.isRemoved);
      this.#input.checkUnchanged();
      this.#options.signal?.throwIfAborted();
      await files.commit();
      const { count } = this.#documents;
      const { clusters, pairs, candidateCount } = compared;
      let withoutWords = 0;
      for (let document = 0; document < count; document++) {
        if (this.#documents.size(document) === 0) withoutWords++;
      }
      return {
        documents: count,
        kept,
        removed: count - kept,
        withoutWords,
        blankLines: this.#blankLines,
        clusters,
        pairs,
        candidates: candidateCount,
        warnings: this.#warnings,
        spillBytes: Number(this.#setting.spillEnd[0]),
      };
    } finally {
      await files.discard();
      await threads.close();
    }
  }

  async #sign(threads: TaskThreads): Promise<void> {
    const total = this.#input.bytes;
    const ranges = this.#input.ranges();
    const mirrored = this.#input.ranges();
    let [done, file, linesBefore, linesNotUtf8] = [0, 0, 0, 0];
    let firstNotUtf8: string | undefined;
    const tasks = ranges.map((range) => ({ kind: "sign", range }) as const);
    for await (const signed of threads.run<"sign">(tasks)) {
      const range = mirrored.next().value!;
      if (range.file !== file) [file, linesBefore] = [range.file, 0];
      const { path } = this.#input.files[file]!;
      if (signed.problem !== undefined) {
        throw lineError(path, linesBefore + signed.problem.place + 1, signed.problem.reason);
      }
      if (signed.firstNotUtf8 !== undefined) {
        firstNotUtf8 ??= `${path}, line ${linesBefore + signed.firstNotUtf8 + 1}`;
      }
      linesBefore += signed.lines;
      linesNotUtf8 += signed.linesNotUtf8;
      this.#blankLines += signed.blankLines;
      this.#blocks.push(...signed.blocks);
      this.#documents.append(file, signed);
      this.#checkMemory();
      this.#report("sign", (done += range.end - range.start), total, "bytes");
    }
    if (firstNotUtf8 === undefined) return;
    this.#warnings.push(
      `${linesNotUtf8} lines hold bytes that are not UTF-8, the first at ${firstNotUtf8}; such bytes count as no letters, and kept lines keep them`,
    );
  }

  #checkMemory(): void {
    const { memoryBytes } = this.#options;
    const { count } = this.#documents;
    if (count * bytesPerDocument <= memoryBytes / 2) return;
    const gigabytes = Math.ceil((2 * bytesPerDocument * count) / 1e8) / 10;
    throw new DataError(
      `${count} documents need more than the ${memoryBytes / 1e9} GB of memory allowed; ${gigabytes} GB would do for those read until now`,
      { path: this.#input.files[0]!.path },
    );
  }

  /** Documents in sets that agreement in a band, or a chain of such agreements, connects. */
  async #link(): Promise<UnionFind> {
    const { bands } = this.#setting.banding;
    const { count } = this.#documents;
    const candidates = new UnionFind(count);
    const partitions = Math.ceil((bytesPerDocument * count) / (this.#options.memoryBytes / 2));
    const links = new BandingLinks(Math.ceil((1.1 * count) / Math.max(1, partitions)));
    // The key after the last band is that of the identifier.
    for (let band = 0; band <= bands; band++) {
      for (let partition = 0; partition < partitions; partition++) {
        links.clear();
        let document = -1;
        for (const keys of this.#keysOf(band)) {
          for (let place = 0; place < keys.length; place += 2) {
            document++;
            const [low, high] = [keys[place]!, keys[place + 1]!];
            if (low % partitions !== partition) continue;
            if (band < bands && this.#documents.size(document) === 0) continue;
            const first = links.add(low, high, document);
            if (first === undefined) continue;
            if (band === bands) this.#checkIdentifiers(first, document);
            else candidates.join(first, document);
          }
        }
      }
      this.#report("link", band, bands, "bands");
      await this.#giveWay();
    }
    return candidates;
  }

  *#keysOf(band: number): Generator<Uint32Array> {
    for (const { position, documents } of this.#blocks) {
      const bytes = readBytes(this.#spill, position + 8 * band * documents, 8 * documents);
      if (bytes.length < 8 * documents) throw new Error("the temporary file of band keys is cut short");
      yield new Uint32Array(bytes.buffer, bytes.byteOffset, 2 * documents);
    }
  }

  #checkIdentifiers(first: number, second: number): void {
    const [one, other] = [this.#read(first), this.#read(second)];
    if (one.id !== other.id) return;
    throw lineError(
      other.path,
      other.lineNumber(),
      `the identifier ${one.id.slice(0, 80)} is that of ${one.path}, line ${one.lineNumber()}; what is removed must have a name of its own`,
    );
  }

  #read(document: number) {
    const { path, descriptor } = this.#input.files[this.#documents.file(document)]!;
    const offset = this.#documents.offset(document);
    const bytes = readBytes(descriptor, offset, this.#documents.length(document));
    const { id } = parseLine(bytes, this.#setting.fields);
    return { id, path, lineNumber: () => lineNumberAt(descriptor, offset) };
  }

  async #compare(threads: TaskThreads, candidates: UnionFind, files: PendingFiles) {
    const { count } = this.#documents;
    const removedFile = await files.create(this.#paths.removed);
    const pairsFile = this.#paths.pairs === undefined ? undefined : await files.create(this.#paths.pairs);
    const isRemoved = new Uint8Array(count);
    const largest: ClusterSummary[] = [];
    let [candidateCount, clusterCount, pairs, done] = [0, 0, 0, 0];
    const tasks = this.#tasksOf(candidates, (documents) => {
      candidateCount += documents;
    });
    for await (const result of threads.run<"verify">(tasks)) {
      for (const document of result.removed) isRemoved[document] = 1;
      await writeWhole(removedFile, Buffer.from(result.removedLines));
      if (pairsFile !== undefined) await writeWhole(pairsFile, Buffer.from(result.pairLines));
      pairs += result.pairs;
      clusterCount += result.clusters.length;
      for (const cluster of result.clusters) largest.push(cluster);
      largest.sort((one, other) => other.size - one.size);
      largest.length = Math.min(largest.length, largestClustersShown);
      this.#report("compare", (done += result.compared), candidateCount, "documents");
    }
    const clusters = { count: clusterCount, largest };
    return { isRemoved, clusters, pairs: pairsFile === undefined ? undefined : pairs, candidateCount };
  }

  *#tasksOf(candidates: UnionFind, onTask: (documents: number) => void) {
    let groups: DocumentGroup[] = [];
    let documents = 0;
    for (const members of candidates.groups()) {
      groups.push(this.#documents.group(members));
      documents += members.length;
      if (documents < documentsPerTask) continue;
      onTask(documents);
      yield { kind: "verify", groups } as const;
      [groups, documents] = [[], 0];
    }
    onTask(documents);
    if (documents > 0) yield { kind: "verify", groups } as const;
  }

  async #write(files: PendingFiles, isRemoved: Uint8Array): Promise<number> {
    const copier = new LineCopier(await files.create(this.#paths.output));
    const { count } = this.#documents;
    let kept = 0;
    for (let document = 0; document < count; document++) {
      if (document % 10_000 === 0) {
        this.#report("write", document, count, "documents");
        await this.#giveWay();
      }
      if (isRemoved[document] === 1) continue;
      kept++;
      const { descriptor } = this.#input.files[this.#documents.file(document)]!;
      const copied = copier.add(
        descriptor,
        this.#documents.offset(document),
        this.#documents.length(document),
      );
      if (copied !== undefined) await copied;
    }
    await copier.flush();
    return kept;
  }

  /** Let signals and timers in; stop here when that is asked for. */
  async #giveWay(): Promise<void> {
    await new Promise(setImmediate);
    this.#options.signal?.throwIfAborted();
  }

  #report(
    step: NearDuplicatesProgress["step"],
    done: number,
    total: number,
    unit: NearDuplicatesProgress["unit"],
  ): void {
    this.#options.onProgress?.({ step, done, total, unit });
  }
}
