import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { readFileSync, statSync } from "node:fs";

import { ArgumentError } from "../core/errors.ts";

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * The key of the cache of restricted requests: 64 hexadecimal digits in ROUNDS_CACHE_KEY, or in the file that
 * ROUNDS_CACHE_KEY_FILE names, which its owner alone may read; undefined where neither is set.
 *
 * @throws {ArgumentError} no such key, or a file that others may read
 */
export function cacheKey(): Buffer | undefined {
  const path = process.env["ROUNDS_CACHE_KEY_FILE"];
  const name = path ? "ROUNDS_CACHE_KEY_FILE" : "ROUNDS_CACHE_KEY";
  if (path && (statSync(path).mode & 0o077) !== 0)
    throw new ArgumentError(name, "a file that its owner alone may read (chmod 600)", path);
  const text = (path ? readFileSync(path, "utf8") : process.env["ROUNDS_CACHE_KEY"])?.trim();
  if (!text) return undefined;
  // What came is not told: it may be most of a key.
  if (!/^[0-9a-f]{64}$/iu.test(text))
    throw new ArgumentError(name, "64 hexadecimal digits (openssl rand -hex 32)", undefined);
  return Buffer.from(text, "hex");
}

/** Answers as AES-256-GCM, under names that tell nothing of the requests to who has no key. */
export class SealedAnswers {
  readonly #answers: Buffer;
  readonly #names: Buffer;

  constructor(key: Buffer) {
    const derived = (use: string): Buffer =>
      Buffer.from(hkdfSync("sha256", key, "", `rounds cache ${use}`, keyBytes));
    this.#answers = derived("answers");
    this.#names = derived("names");
  }

  name(key: string): string {
    return createHmac("sha256", this.#names).update(key).digest("hex");
  }

  /** Bound to its name: an answer that was moved under another is none. */
  seal(name: string, answer: unknown): string {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv("aes-256-gcm", this.#answers, nonce).setAAD(Buffer.from(name));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(answer), "utf8"), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64");
  }

  /** @throws {Error} of another key, or changed */
  open(name: string, sealed: unknown): unknown {
    const bytes = Buffer.from(String(sealed), "base64");
    const tag = bytes.subarray(nonceBytes, nonceBytes + tagBytes);
    const decipher = createDecipheriv("aes-256-gcm", this.#answers, bytes.subarray(0, nonceBytes))
      .setAAD(Buffer.from(name))
      .setAuthTag(tag);
    const text = Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]);
    return JSON.parse(text.toString("utf8")) as unknown;
  }
}
