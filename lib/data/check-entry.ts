import { describeValue, DataError } from "../core/errors.ts";
import { nearestName } from "../core/nearest-name.ts";
import type { DatasetEntry } from "./catalogue.ts";

/** What a field must be, in words that follow "must be", and the check itself. */
interface FieldRule {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
  readonly optional?: true;
}

type FieldRules = Readonly<Record<string, FieldRule>>;

const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";
const text: FieldRule = { expected: "a text that is not empty", accepts: isText };
const count: FieldRule = {
  expected: "a whole number >= 1",
  accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
};

function matching(pattern: RegExp, expected: string): FieldRule {
  return { expected, accepts: (value) => typeof value === "string" && pattern.test(value) };
}

function oneOf(...choices: string[]): FieldRule {
  return { expected: `one of ${choices.join(", ")}`, accepts: (value) => choices.includes(value as string) };
}

const sourceRules: FieldRules = {
  repository: matching(/^[\w.-]+\/[\w.-]+$/u, "owner/name"),
  path: text,
  commit: matching(/^[0-9a-f]{40}$/u, "a full commit of 40 hexadecimal digits"),
};

const columnRules: FieldRules = { name: text, type: text, description: text };

/** A path below a folder that cannot lead out of it. */
const innerPath = matching(/^(?!.*(?:^|\/)\.\.?(?:\/|$))[^/\\][^\\]*$/u, "a relative path without . or ..");

const entryRules: FieldRules = {
  name: matching(/^[a-z0-9]+(?:-[a-z0-9]+)*$/u, "lower-case words joined by hyphens"),
  title: text,
  sources: { expected: "a list of at least one source", accepts: isFilledList },
  url: {
    expected: "an http(s) address, or null for what only a mirror serves",
    accepts: (value) => value === null || (isText(value) && /^https?:\/\//u.test(value)),
  },
  mirrorPath: innerPath,
  bytes: count,
  sha256: matching(/^[0-9a-f]{64}$/u, "64 hexadecimal digits"),
  rows: count,
  licence: text,
  licenceNote: { ...text, optional: true },
  tier: oneOf("A", "B"),
  format: oneOf("jsonl", "json", "json-by-key", "csv", "zip"),
  keyColumn: { ...text, optional: true },
  questionFormat: { ...oneOf("medqa", "medmcqa", "mmlu", "pubmedqa"), optional: true },
  instructFormat: {
    ...oneOf("question-answer", "instruction", "mts-dialog", "aci-bench", "opengpt"),
    optional: true,
  },
  sensitivity: oneOf("public", "restricted"),
  schema: { expected: "a list of at least one column", accepts: isFilledList },
  traps: { expected: "a list of texts", accepts: (value) => Array.isArray(value) && value.every(isText) },
  attribution: text,
  sample: {
    expected: "a file name, or null",
    accepts: (value) => value === null || (isText(value) && innerPath.accepts(value) && !value.includes("/")),
  },
};

function isFilledList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** Check one entry of a catalogue file, every field of it, and give it its type. */
export function checkEntry(value: unknown, index: number, path: string): DatasetEntry {
  const name = (value as { name?: unknown } | null)?.name;
  const place = isText(name) ? name : `datasets[${index}]`;
  checkFields(value, entryRules, place, path);
  const entry = value as DatasetEntry;
  for (const [at, source] of entry.sources.entries()) {
    checkFields(source, sourceRules, `${place}.sources[${at}]`, path);
  }
  for (const [at, column] of entry.schema.entries()) {
    checkFields(column, columnRules, `${place}.schema[${at}]`, path);
  }
  const needsKey = entry.format === "json-by-key";
  if (needsKey !== (entry.keyColumn !== undefined)) {
    throw new DataError(`${path}: ${place}.keyColumn must be given for json-by-key, and for it alone`, {
      path,
    });
  }
  if (entry.url !== null && !entry.sources.some((source) => entry.url!.includes(source.commit))) {
    throw new DataError(`${path}: ${place}.url must hold the full commit of its source`, { path });
  }
  return entry;
}

function checkFields(value: unknown, rules: FieldRules, place: string, path: string): void {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new DataError(`${path}: ${place} must be an object, got ${describeValue(value)}`, { path });
  }
  const fields = value as Record<string, unknown>;
  for (const field of Object.keys(fields)) {
    if (Object.hasOwn(rules, field)) continue;
    const nearest = nearestName(field, Object.keys(rules));
    const suggestion = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
    const known = Object.keys(rules).join(", ");
    throw new DataError(`${path}: ${place} has no field ${field}${suggestion}; fields are ${known}`, {
      path,
    });
  }
  for (const [field, rule] of Object.entries(rules)) {
    const missing = fields[field] === undefined;
    if (missing && rule.optional) continue;
    if (missing || !rule.accepts(fields[field])) {
      const received = describeValue(fields[field]);
      throw new DataError(`${path}: ${place}.${field} must be ${rule.expected}, got ${received}`, { path });
    }
  }
}
