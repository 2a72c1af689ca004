/**
 * The eighteen identifiers of HIPAA's Safe Harbor, in its order; `age` is part of its dates, `place` its geographic
 * subdivisions smaller than a state. Fingerprints and photographs are found as far as a text names a file or number.
 *
 * @see 45 CFR 164.514(b)(2)(i)
 */
export const identifierKinds = [
  "name",
  "place",
  "date",
  "age",
  "phone",
  "fax",
  "email",
  "social-security",
  "medical-record",
  "health-plan",
  "account",
  "licence",
  "vehicle",
  "device",
  "url",
  "ip-address",
  "biometric",
  "photograph",
  "other-number",
] as const;

/** What an identifier is, among HIPAA's eighteen. */
export type IdentifierKind = (typeof identifierKinds)[number];

/** Those that reach or number one person; the others stand in any published article. */
export const numberingKinds: readonly IdentifierKind[] = identifierKinds.filter(
  (kind) => !["name", "place", "date", "age", "url"].includes(kind),
);

/** A place in a text that identifies a person, in UTF-16 code units. */
export interface Identifier {
  readonly kind: IdentifierKind;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Takes what a scanner finds. */
export type Found = (kind: IdentifierKind, start: number, end: number) => void;
