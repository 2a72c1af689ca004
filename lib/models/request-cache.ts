import { appendFileSync, closeSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { SealedAnswers } from "./sealed-answers.ts";
import { fingerprint } from "../core/hash.ts";
import { recordMade } from "../core/lineage.ts";
import { makeFolder } from "../core/make-folder.ts";

/** Where an answer lies: memory holds no answers, which may be millions. */
interface Place {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

const keyLength = 64;
const beforeKey = Buffer.from('{"key":"');
const beforeAnswer = Buffer.from('","answer":');
const answerStart = beforeKey.length + keyLength + beforeAnswer.length;
const chunkBytes = 1 << 22;

/**
 * Answers of a model that were paid for once: append-only files of JSON lines that only this user can read.
 *
 * Each machine appends to a file of its own and reads those of all, so that notebooks may share a folder on a network's
 * file system too, where two machines that append to one file write over each other. A line is written with one call
 * and begins with a line break as well, so that one that a crash has torn spoils none after it. Errors are never
 * written.
 */
export class RequestCache {
  readonly #folder: string;
  readonly #ownFile: string;
  readonly #places = new Map<string, Place>();
  /** How far each file has been read. */
  readonly #read = new Map<string, number>();

  readonly #seal: SealedAnswers | undefined;

  /**
   * @param model fingerprint of the model; each has a folder of its own
   * @param seal encrypts what is kept; given for restricted requests
   */
  constructor(folder: string, model: string, seal?: SealedAnswers) {
    this.#seal = seal;
    this.#folder = join(folder, fingerprint(model).slice(0, 24));
    recordMade({
      kind: "cache",
      path: this.#folder,
      from: [],
      sensitivity: seal === undefined ? "public" : "restricted",
      step: "connectModel",
    });
    makeFolder(this.#folder, { mode: 0o700 });
    this.#ownFile = join(this.#folder, `${hostname().replaceAll(/[^\w.-]/gu, "_") || "machine"}.jsonl`);
    this.refresh();
  }

  /** The key of a request; equal requests have equal keys. */
  static key(request: object): string {
    return fingerprint(request);
  }

  /** The answer, as of the last `refresh`; undefined for none. */
  get(request: string): unknown {
    const key = this.#seal?.name(request) ?? request;
    const place = this.#places.get(key);
    if (place === undefined) return undefined;
    const bytes = Buffer.alloc(place.length);
    const descriptor = openSync(place.file, "r");
    try {
      readSync(descriptor, bytes, 0, place.length, place.offset);
      if (keyOf(bytes) === key) {
        const answer = JSON.parse(bytes.toString("utf8", answerStart, bytes.length - 1)) as unknown;
        return this.#seal === undefined ? answer : this.#seal.open(key, answer);
      }
    } catch {
      // As below.
    } finally {
      closeSync(descriptor);
    }
    // Overwritten since, by a machine that crashed or by hand: it is asked for again.
    this.#places.delete(key);
    return undefined;
  }

  /** Readers, this one among them, find it after their next `refresh`. */
  set(request: string, given: unknown): void {
    const key = this.#seal?.name(request) ?? request;
    const answer = this.#seal === undefined ? given : this.#seal.seal(key, given);
    appendFileSync(this.#ownFile, `\n${JSON.stringify({ key, answer })}\n`, { mode: 0o600 });
  }

  /** Find what was written since, by whichever process. */
  refresh(): void {
    for (const name of readdirSync(this.#folder))
      if (name.endsWith(".jsonl")) this.#readOn(join(this.#folder, name));
  }

  #readOn(file: string): void {
    const descriptor = openSync(file, "r");
    try {
      const { size } = fstatSync(descriptor);
      let at = this.#read.get(file) ?? 0;
      let bytes = Buffer.alloc(Math.min(chunkBytes, Math.max(0, size - at)));
      while (at < size) {
        const count = readSync(descriptor, bytes, 0, Math.min(bytes.length, size - at), at);
        const end = bytes.subarray(0, count).lastIndexOf(0x0a) + 1;
        // A line that another process is still writing is read next time; one longer than the buffer, with a larger one.
        if (end === 0 && count < bytes.length) break;
        if (end === 0) {
          if (bytes.length >= size - at) break;
          bytes = Buffer.alloc(bytes.length * 2);
          continue;
        }
        this.#index(bytes.subarray(0, end), file, at);
        at += end;
      }
      this.#read.set(file, at);
    } finally {
      closeSync(descriptor);
    }
  }

  #index(lines: Buffer, file: string, offset: number): void {
    for (let start = 0; start < lines.length;) {
      const end = lines.indexOf(0x0a, start);
      const line = lines.subarray(start, end);
      const key = keyOf(line);
      if (key !== undefined) this.#places.set(key, { file, offset: offset + start, length: line.length });
      start = end + 1;
    }
  }
}

/** Of a whole line; undefined for one that is torn or none of ours. */
function keyOf(line: Buffer): string | undefined {
  const keyEnd = beforeKey.length + keyLength;
  const isWhole =
    line.length > answerStart &&
    line.subarray(0, beforeKey.length).equals(beforeKey) &&
    line.subarray(keyEnd, answerStart).equals(beforeAnswer) &&
    line.at(-1) === 0x7d;
  return isWhole ? line.toString("latin1", beforeKey.length, keyEnd) : undefined;
}
