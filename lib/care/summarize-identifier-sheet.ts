import { checkText } from "../core/arguments.ts";
import { DataError } from "../core/errors.ts";
import { wilsonInterval, type Interval } from "../core/statistics/wilson-interval.ts";
import { readLabels } from "../display/label-sheet/read-labels.ts";
import { findingLabels, passageLabels, readIdentifierSheetKey } from "./identifier-sheet.ts";
import type { IdentifierKind } from "./identifiers/identifier.ts";

/** A share with its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly interval: Interval;
}

/** What a filled-in sheet says of the finder, with 95 % intervals. */
export interface IdentifierAudit {
  /** Judged places that identify a person, of those that were found; Wilson's interval. */
  readonly precision: Estimate;
  readonly precisionByKind: readonly ({
    readonly kind: IdentifierKind;
    readonly judged: number;
  } & Estimate)[];
  /** Passages in which a person still reads an identifier; Wilson's interval. */
  readonly passagesWithMisses: Estimate;
  /**
   * Of all identifiers in the texts, the share that was found: what was found and is right, against what the passages
   * say was missed. Its interval takes the worst ends of both others together, so it holds at least 90 % of the time.
   */
  readonly recall: Estimate;
  readonly judged: { readonly findings: number; readonly passages: number };
  readonly unlabelled: readonly string[];
}

/**
 * What a person's labels say of the finder on these texts.
 *
 * @param path the filled-in `identifiers.csv`, or the `labels.csv` that the page saves
 * @throws {DataError} as `readLabels`; no place or no passage that has a label
 *
 * @example
 * const { precision, recall } = await summarizeIdentifierSheet("audit", "audit/labels.csv");
 */
export async function summarizeIdentifierSheet(folder: string, path: string): Promise<IdentifierAudit> {
  checkText("folder", "the folder of a sheet", folder);
  checkText("path", "the path of the answers", path);
  const key = await readIdentifierSheetKey(folder);
  const kinds = new Map(key.entries.map(({ code, kind }) => [code, kind]));
  const allowed = new Map<string, readonly string[]>(
    key.entries.map(({ code, kind }) => [code, kind === "passage" ? passageLabels : findingLabels]),
  );
  const items = await readLabels(path, allowed);
  const passages = items.filter(({ code }) => kinds.get(code) === "passage");
  const findings = items.filter(({ code }) => kinds.get(code) !== "passage");
  if (findings.length === 0 || passages.length === 0)
    throw new DataError(`${path} has no label of a ${findings.length === 0 ? "place" : "passage"}`, { path });
  const isRight = ({ label }: { readonly label: string }): boolean => label === "identifier";
  const precision = share(findings.filter(isRight).length, findings.length);
  const misses = passages.map(({ label }) => Number(label));
  const withMisses = misses.filter((count) => count > 0).length;
  const passagesWithMisses = share(withMisses, passages.length);
  const total = Object.values(key.found).reduce((sum, count) => sum + count, 0);
  const perPassage = withMisses === 0 ? 1 : misses.reduce((sum, count) => sum + count, 0) / withMisses;
  const recallOf = (right: number, missed: number): number => {
    const found = right * total;
    const left = missed * perPassage * key.passages;
    return found + left === 0 ? 1 : found / (found + left);
  };
  const labelled = new Set(items.map(({ code }) => code));
  return {
    precision,
    precisionByKind: [...Map.groupBy(findings, ({ code }) => kinds.get(code) as IdentifierKind)].map(
      ([kind, held]) => ({ kind, judged: held.length, ...share(held.filter(isRight).length, held.length) }),
    ),
    passagesWithMisses,
    recall: {
      value: recallOf(precision.value, passagesWithMisses.value),
      interval: {
        low: recallOf(precision.interval.low, passagesWithMisses.interval.high),
        high: recallOf(precision.interval.high, passagesWithMisses.interval.low),
      },
    },
    judged: { findings: findings.length, passages: passages.length },
    unlabelled: key.entries.map(({ code }) => code).filter((code) => !labelled.has(code)),
  };
}

function share(part: number, whole: number): Estimate {
  return { value: part / whole, interval: wilsonInterval(part, whole) };
}
