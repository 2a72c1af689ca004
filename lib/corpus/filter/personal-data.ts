import { checkOptions, choiceOption } from "../../core/options.ts";
import type { FilterRule } from "./filter-rule.ts";

export type PersonalDataKind = "email" | "phone" | "date-of-birth" | "record-number";

/** A place in a text that looks like personal data, in UTF-16 code units. */
export interface PersonalDataSpan {
  readonly kind: PersonalDataKind;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

const date = String.raw`(?:\d{1,2}[-./ ]\d{1,2}[-./ ]\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}(?:st|nd|rd|th)? \p{L}{3,9},? \d{4}|\p{L}{3,9} \d{1,2},? \d{4})`;

/**
 * Bare digits are measurements, doses and page numbers; a number counts when its form or the words before it say
 * what it is. A group "value" is the part that is personal.
 */
const patterns: readonly (readonly [kind: PersonalDataKind, pattern: RegExp])[] = [
  ["email", /(?<value>(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}\p{L}{2,24}(?![\w-]))/gu],
  [
    "date-of-birth",
    new RegExp(String.raw`\b(?:date of birth|d\.?o\.?b\.?|born(?: on)?)[\s:]{1,3}(?<value>${date})`, "giu"),
  ],
  [
    "record-number",
    /\b(?:MRN|medical record (?:number|no\.?)|(?:patient|hospital|case record|NHS|insurance|social security) (?:number|no\.?|ID)|SSN)[\s:#]{1,3}(?<value>[A-Z]{0,4}\d[\d -]{2,14}\d)/giu,
  ],
  ["record-number", /(?<value>(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-]))/gu],
  ["phone", /(?<value>(?<![\w+.])\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]\d{2,4}){1,4}(?!\w))/gu],
  ["phone", /(?<value>(?<![\w.])(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}(?![\w-]))/gu],
  [
    "phone",
    /\b(?:tel|phone|telephone|fax|mobile)(?: ?(?:number|no))?[\s.:]{1,3}(?<value>\(?\d[\d ().-]{5,16}\d)/giu,
  ],
];

/**
 * Places that look like an e-mail address, a phone number, a date of birth or a record number, in order.
 *
 * A simple reporter: it knows forms, not names or meanings, and overlooks much. Of overlapping places the first stays.
 *
 * @example
 * findPersonalData("Write to ann@example.org.") //=> [{ kind: "email", start: 9, end: 24 }]
 */
export function findPersonalData(text: string): PersonalDataSpan[] {
  const spans = patterns.flatMap(([kind, pattern]) =>
    [...text.matchAll(pattern)].map((match) => {
      const value = match.groups!["value"]!;
      const start = match.index + match[0].lastIndexOf(value);
      return { kind, start, end: start + value.length };
    }),
  );
  spans.sort((one, other) => one.start - other.start || other.end - one.end);
  let end = 0;
  return spans.filter((span) => {
    if (span.start < end) return false;
    end = span.end;
    return true;
  });
}

/** The text with each place as "[email]", "[phone]", "[date-of-birth]" or "[record-number]". */
export function maskPersonalData(text: string, spans: readonly PersonalDataSpan[]): string {
  let masked = "";
  let end = 0;
  for (const span of spans) {
    masked += `${text.slice(end, span.start)}[${span.kind}]`;
    end = span.end;
  }
  return masked + text.slice(end);
}

export interface PersonalDataOptions {
  /**
   * Keep the document and note what was found in its metadata (`personalData`, as "email:2"), drop it, or mask
   * the places and note them. @default "report"
   */
  readonly action?: "report" | "drop" | "mask";
}

/**
 * Report, drop or mask personal data, as {@link findPersonalData} finds it; the report counts each kind.
 *
 * @throws {ArgumentError} a wrong option
 */
export function personalDataRule(options: PersonalDataOptions = {}): FilterRule {
  const { action } = checkOptions(options, {
    action: choiceOption<"report" | "drop" | "mask">("report", ["report", "drop", "mask"]),
  });
  return {
    name: `personal data: ${action}`,
    reasons: action === "drop" ? ["personal-data"] : [],
    judge(document) {
      const spans = findPersonalData(document.text);
      if (spans.length === 0) return undefined;
      if (action === "drop") return { drop: "personal-data" };
      const byKind = Object.groupBy(spans, ({ kind }) => kind);
      const found = Object.entries(byKind).map(([kind, held]) => [kind, held.length] as const);
      const personalData = found.map(([kind, count]) => `${kind}:${count}`);
      const text = action === "mask" ? maskPersonalData(document.text, spans) : document.text;
      return {
        document: { ...document, text, metadata: { ...document.metadata, personalData } },
        counts: Object.fromEntries(found.map(([kind, count]) => [`personal-data:${kind}`, count])),
      };
    },
  };
}
