import { ArgumentError } from "../core/errors.ts";
import { checkOptions, objectOption, textOption } from "../core/options.ts";
import { findIdentifiers } from "./identifiers/find-identifiers.ts";
import type { Identifier, IdentifierKind } from "./identifiers/identifier.ts";
import { KeyedChoice } from "./surrogates/keyed-choice.ts";
import { shiftOf, surrogateDate } from "./surrogates/surrogate-dates.ts";
import {
  surrogateEmail,
  surrogateFile,
  surrogateInternetAddress,
  surrogateUrl,
} from "./surrogates/surrogate-links.ts";
import { surrogateName } from "./surrogates/surrogate-names.ts";
import { surrogateCode, surrogatePhone, surrogateSocialSecurity } from "./surrogates/surrogate-numbers.ts";
import { surrogatePlace } from "./surrogates/surrogate-places.ts";

/** A text or bytes of at least 16, drawn at random. Who has it can tell which name became which: keep it from the data. */
export type SurrogateKey = string | Uint8Array;

export interface SurrogateOptions {
  readonly key: SurrogateKey;
  /**
   * Whose text it is. The same name, number and place get the same surrogate in all texts of a patient, and others in
   * another's; dates move by one number of days. @default one patient for all texts
   */
  readonly patient?: string;
  /** In order, without overlap. @default those that {@link findIdentifiers} finds */
  readonly identifiers?: readonly Identifier[];
}

/** A text with made-up identifiers in place of its own. */
export interface SurrogateText {
  readonly text: string;
  /** Where the surrogates stand in it. */
  readonly identifiers: readonly Identifier[];
  /** How many of each kind were replaced; kinds without any are left out. */
  readonly counts: Readonly<Partial<Record<IdentifierKind, number>>>;
}

/**
 * The text with each identifier replaced by a made-up one of the same form: names by names, dates by dates that have
 * moved, phones by numbers that are nobody's.
 *
 * The same key, patient and value give the same surrogate, in whatever text and order; without the key nobody can tell
 * or guess which (HMAC-SHA256). Intervals between a patient's dates stay as they are, ages of 90 and more become "90+".
 *
 * @throws {ArgumentError} a key that is too short, or another wrong option
 *
 * @example
 * const { text, counts } = surrogateIdentifiers("Mrs. Okafor, MRN 00482913, was seen on 3/14/2021.", { key });
 */
export function surrogateIdentifiers(text: string, options: SurrogateOptions): SurrogateText {
  const checked = checkOptions(options, {
    key: objectOption<Uint8Array>("a text or bytes, at least 16, drawn at random", isSurrogateKey),
    patient: textOption(""),
    identifiers: objectOption<readonly Identifier[]>("a list of identifiers", Array.isArray),
  });
  const key: SurrogateKey | undefined = checked.key;
  if (key === undefined) throw new ArgumentError("key", "given: a text or bytes, at least 16", key);
  const choice = new KeyedChoice(key, checked.patient);
  const shift = shiftOf(choice);
  const counts: Partial<Record<IdentifierKind, number>> = {};
  const identifiers: Identifier[] = [];
  let made = "";
  let end = 0;
  for (const each of checked.identifiers ?? findIdentifiers(text)) {
    made += text.slice(end, each.start);
    const start = made.length;
    const value = text.slice(each.start, each.end);
    const surrogate = surrogateOf(each.kind, value, choice, shift);
    // A person may have marked what has no form that is known here: nothing of it may stay.
    made += surrogate === value ? `[${each.kind}]` : surrogate;
    identifiers.push({ kind: each.kind, start, end: made.length });
    counts[each.kind] = (counts[each.kind] ?? 0) + 1;
    end = each.end;
  }
  return { text: made + text.slice(end), identifiers, counts };
}

export function isSurrogateKey(value: unknown): boolean {
  return (typeof value === "string" || value instanceof Uint8Array) && value.length >= 16;
}

function surrogateOf(kind: IdentifierKind, value: string, choice: KeyedChoice, shift: number): string {
  switch (kind) {
    case "name":
      return surrogateName(value, choice);
    case "place":
      return surrogatePlace(value, choice);
    case "date":
      return surrogateDate(value, shift);
    case "age":
      return "90+";
    case "phone":
    case "fax":
      return surrogatePhone(value, choice);
    case "email":
      return surrogateEmail(value, choice);
    case "social-security":
      return surrogateSocialSecurity(value, choice);
    case "url":
      return surrogateUrl(value, choice);
    case "ip-address":
      return surrogateInternetAddress(value, choice);
    case "photograph":
      return surrogateFile(value, choice);
    default:
      return surrogateCode(value, choice);
  }
}
