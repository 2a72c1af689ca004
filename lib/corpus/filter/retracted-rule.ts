import { checkIterable } from "../../core/arguments.ts";
import { ArgumentError } from "../../core/errors.ts";
import { normalisedDoi, normalisedPmcid, normalisedPmid, workIdentifiers } from "../identifiers.ts";
import type { FilterRule } from "./filter-rule.ts";

/**
 * Drop retracted articles: those that say so themselves, and those whose identifiers are given.
 *
 * A notice may come after the article that it retracts; read the notices first, or filter in a second pass with
 * the reading report's `retracted`.
 *
 * @param identifiers "pmid:…", "pmcid:…" or "doi:…"
 * @throws {ArgumentError} an identifier that is none of these
 *
 * @example
 * retractedRule(["pmid:9500320", "doi:10.1016/S0140-6736(97)11096-0"]).reasons //=> ["retracted"]
 */
export function retractedRule(identifiers: Iterable<string> = []): FilterRule {
  checkIterable("identifiers", "identifiers", identifiers);
  const retracted = new Set([...identifiers].map(normalised));
  return {
    name: "retracted",
    reasons: ["retracted"],
    judge({ metadata }) {
      const isRetracted =
        metadata["retracted"] === true || workIdentifiers(metadata).some((id) => retracted.has(id));
      return isRetracted ? { drop: "retracted" } : undefined;
    },
  };
}

const forms = { pmid: normalisedPmid, pmcid: normalisedPmcid, doi: normalisedDoi };

function normalised(identifier: string): string {
  const kind = (["pmid", "pmcid", "doi"] as const).find((name) => String(identifier).startsWith(`${name}:`));
  const value = kind === undefined ? undefined : forms[kind](identifier.slice(kind.length + 1));
  if (value === undefined)
    throw new ArgumentError("identifiers", 'each "pmid:…", "pmcid:…" or "doi:…"', identifier);
  return `${kind}:${value}`;
}
