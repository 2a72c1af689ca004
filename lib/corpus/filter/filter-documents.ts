import { ArgumentError } from "../../core/errors.ts";
import { callbackOption, checkOptions, objectOption } from "../../core/options.ts";
import type { Document, DocumentStream } from "../document.ts";
import type { FilterRule } from "./filter-rule.ts";
import { TextUnits } from "./text-units.ts";

/** What `filterDocuments` did; counts add up: `in = kept + dropped`, `dropped` = the sum of `droppedBy`. */
export interface FilterReport {
  in: number;
  kept: number;
  dropped: number;
  /** Documents by the reason they were dropped for: the first rule that drops one counts. */
  readonly droppedBy: Record<string, number>;
  /** Ids of the first ten documents dropped for each reason. */
  readonly examples: Record<string, string[]>;
  /** What rules counted in kept documents, as "personal-data:email". */
  readonly counts: Record<string, number>;
  /** UTF-8 bytes of text, before and after. */
  bytesIn: number;
  bytesKept: number;
  isComplete: boolean;
}

export interface FilterDocumentsOptions {
  /** Called for each dropped document with the reason. */
  readonly onDropped?: (document: Document, reason: string) => void;
  /** Stops the filtering with the signal's reason. */
  readonly signal?: AbortSignal;
}

const optionRules = {
  onDropped: callbackOption<(document: Document, reason: string) => void>(),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

const maximumExamples = 10;

/**
 * Keep the documents that every rule lets pass, in order; the rules are asked in the order given.
 *
 * A rule may change a document (masked personal data); the rules after it see the changed one.
 *
 * @throws {ArgumentError} no list of rules, or a wrong option
 *
 * @example
 * const kept = filterDocuments(readDocuments("articles.zip"), [
 *   lengthRule({ unit: "words", minimum: 100 }),
 *   licenceRule("commercial-use"),
 *   ...filterPreset("gopher-quality"),
 * ]);
 * await writeDocuments("kept.jsonl", kept);
 * kept.report.droppedBy //=> { "too-few-words": 2, "licence-unknown": 1, … }
 */
export function filterDocuments(
  documents: AsyncIterable<Document> | Iterable<Document>,
  rules: readonly FilterRule[],
  options: FilterDocumentsOptions = {},
): DocumentStream<FilterReport> {
  const { onDropped, signal } = checkOptions(options, optionRules);
  checkRules(rules);
  const report: FilterReport = {
    in: 0,
    kept: 0,
    dropped: 0,
    droppedBy: Object.fromEntries(rules.flatMap(({ reasons }) => reasons).map((reason) => [reason, 0])),
    examples: {},
    counts: {},
    bytesIn: 0,
    bytesKept: 0,
    isComplete: false,
  };
  let hasBegun = false;
  async function* kept(): AsyncGenerator<Document, void, void> {
    if (hasBegun)
      throw new ArgumentError("documents", "read once; call filterDocuments again", "a second reading");
    hasBegun = true;
    for await (const document of documents) {
      signal?.throwIfAborted();
      report.in++;
      report.bytesIn += Buffer.byteLength(document.text);
      const { reason, document: judged, counts } = judge(document, rules);
      if (reason !== undefined) {
        report.dropped++;
        report.droppedBy[reason] = (report.droppedBy[reason] ?? 0) + 1;
        const examples = (report.examples[reason] ??= []);
        if (examples.length < maximumExamples) examples.push(document.id);
        onDropped?.(document, reason);
        continue;
      }
      report.kept++;
      report.bytesKept += Buffer.byteLength(judged.text);
      for (const [name, count] of counts) report.counts[name] = (report.counts[name] ?? 0) + count;
      yield judged;
    }
    report.isComplete = true;
  }
  return { report, [Symbol.asyncIterator]: kept };
}

function checkRules(rules: unknown): void {
  const isRule = (rule: unknown) =>
    typeof rule === "object" && rule !== null && typeof Reflect.get(rule, "judge") === "function";
  if (!Array.isArray(rules)) throw new ArgumentError("rules", "a list of rules", rules);
  const wrong = rules.findIndex((rule) => !isRule(rule));
  if (wrong >= 0) {
    const expected = "a rule, as lengthRule(…) gives; a preset is a list of rules: ...filterPreset(…)";
    throw new ArgumentError(`rules[${wrong}]`, expected, rules[wrong]);
  }
}

function judge(document: Document, rules: readonly FilterRule[]) {
  let judged = document;
  let units = new TextUnits(document.text);
  const counts: [string, number][] = [];
  for (const rule of rules) {
    const verdict = rule.judge(judged, units);
    if (verdict === undefined) continue;
    if ("drop" in verdict) return { reason: verdict.drop, document: judged, counts };
    counts.push(...Object.entries(verdict.counts ?? {}));
    if (verdict.document === undefined) continue;
    if (verdict.document.text !== judged.text) units = new TextUnits(verdict.document.text);
    judged = verdict.document;
  }
  return { reason: undefined, document: judged, counts };
}
