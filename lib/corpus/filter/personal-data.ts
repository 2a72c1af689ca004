import { findIdentifiers } from "../../care/identifiers/find-identifiers.ts";
import {
  identifierKinds,
  numberingKinds,
  type Identifier,
  type IdentifierKind,
} from "../../care/identifiers/identifier.ts";
import { maskIdentifiers } from "../../care/mask-identifiers.ts";
import { isSurrogateKey, surrogateIdentifiers, type SurrogateKey } from "../../care/surrogates.ts";
import { ArgumentError } from "../../core/errors.ts";
import { callbackOption, checkOptions, choiceOption, objectOption } from "../../core/options.ts";
import type { Document } from "../document.ts";
import type { FilterRule } from "./filter-rule.ts";

export const personalDataActions = ["report", "drop", "mask", "replace"] as const;

export interface PersonalDataOptions {
  /**
   * Keep the document and note what was found in its metadata (`personalData`, as "email:2"), drop it, or note it and
   * put the kind ("[email]") or a surrogate in each place. @default "report"
   */
  readonly action?: (typeof personalDataActions)[number];
  /**
   * Kinds to look for. Left out, those that reach or number a person: names, places, dates, ages and web pages stand in
   * every published article, and in notes about patients all kinds are to be given. @default numberingKinds
   */
  readonly kinds?: readonly IdentifierKind[];
  /** Of the surrogates; needed to replace. */
  readonly key?: SurrogateKey;
  /** Whose text a document is, for surrogates that are the same in all of a patient's. @default one patient for all */
  readonly patientOf?: (document: Document) => string;
}

/**
 * Report, drop, mask or replace what identifies people, as {@link findIdentifiers} finds it; the report counts each
 * kind.
 *
 * @throws {ArgumentError} a wrong option, or no key to replace with
 *
 * @example
 * const kinds = identifierKinds;
 * const rule = personalDataRule({ action: "replace", kinds, key, patientOf: ({ metadata }) => metadata.patient });
 */
export function personalDataRule(options: PersonalDataOptions = {}): FilterRule {
  const {
    action,
    kinds = numberingKinds,
    key,
    patientOf,
  } = checkOptions(options, {
    action: choiceOption<(typeof personalDataActions)[number]>("report", personalDataActions),
    kinds: objectOption<readonly IdentifierKind[]>(`a list of ${identifierKinds.join(", ")}`, areKinds),
    key: objectOption<Uint8Array>("a text or bytes, at least 16, drawn at random", isSurrogateKey),
    patientOf: callbackOption<(document: Document) => string>(),
  });
  if (action === "replace" && key === undefined)
    throw new ArgumentError("key", "given to replace: a text or bytes, at least 16", key);
  const wanted = new Set(kinds);
  const changed = (document: Document, identifiers: readonly Identifier[]): string => {
    const { text } = document;
    if (action === "mask") return maskIdentifiers(text, identifiers);
    if (action !== "replace") return text;
    const patient = patientOf?.(document);
    return surrogateIdentifiers(text, { key: key!, identifiers, ...(patient !== undefined && { patient }) })
      .text;
  };
  return {
    name: `personal data: ${action}`,
    reasons: action === "drop" ? ["personal-data"] : [],
    judge(document) {
      const found = findIdentifiers(document.text).filter(({ kind }) => wanted.has(kind));
      if (found.length === 0) return undefined;
      if (action === "drop") return { drop: "personal-data" };
      const counts = Object.entries(Object.groupBy(found, ({ kind }) => kind)).map(
        ([kind, held]) => [kind, held.length] as const,
      );
      const personalData = counts.map(([kind, count]) => `${kind}:${count}`);
      return {
        document: {
          ...document,
          text: changed(document, found),
          metadata: { ...document.metadata, personalData },
        },
        counts: Object.fromEntries(counts.map(([kind, count]) => [`personal-data:${kind}`, count])),
      };
    },
  };
}

/** A list of one kind or more. */
export function areKinds(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((kind) => identifierKinds.includes(kind as IdentifierKind))
  );
}
