import { isSmall } from "./characters.ts";
import type { IdentifierKind } from "./identifier.ts";
import { WordTable } from "./word-table.ts";

/** How far back the words before a number say what it is. */
const wordsBefore = 56;

export interface NumberLabel {
  readonly kind: IdentifierKind;
  /** Sticky: of what stands right before a number. */
  readonly pattern: RegExp;
}

/** The words that say what a number is, as they end right before it: the first of a head that fits counts. */
const labelsOfHead = new Map<string, NumberLabel[]>();
const allLabels: readonly (readonly [kind: IdentifierKind, heads: string, pattern: RegExp])[] = [
  ["fax", "fax facsimile f", /(?<=\b(?:fax|facsimile|f)(?: ?(?:no|number|line))?[.:#\s]*)/iuy],
  [
    "phone",
    "phone telephone tel mobile cell pager beeper ph call contact reached home work extension ext",
    /(?<=\b(?:phone|telephone|tel|mobile|cell|pager|beeper|ph|call|contact|reached at|home|work|extension|ext)(?: ?(?:no|number|phone))?(?: (?:at|is|on))?[.:#\s(]*)/iuy,
  ],
  [
    "social-security",
    "ssn security ss",
    /(?<=\b(?:ssn|social security(?: (?:no|number|#))?|ss ?#)[.:#\s]*(?:is )?)/iuy,
  ],
  [
    "medical-record",
    "mrn mr rec record patient hospital chart unit case encounter visit accession specimen nhs pt",
    /(?<=\b(?:mrn|mr ?(?:no|#)|med(?:ical)? ?rec(?:ord)?(?: ?(?:no|number|#))?|(?:patient|hospital|chart|unit|case|encounter|visit|record|accession|specimen|nhs) ?(?:id|no|number|#)|pt ?(?:id|#))[.:#\s]*(?:is )?)/iuy,
  ],
  [
    "health-plan",
    "healthplan plan insurance member subscriber policy beneficiary medicare medicaid group hicn mbi card",
    /(?<=\b(?:(?:health ?plan|insurance|member|subscriber|policy|beneficiary|medicare|medicaid|hicn|mbi)(?: ?(?:id|no|number|#|card|beneficiary|identifier))*|(?:group|plan)(?: ?(?:id|no|number|#))+)[.:#\s]*(?:is )?)/iuy,
  ],
  [
    "account",
    "acct account billing invoice guarantor bank iban card",
    /(?<=\b(?:(?:acc(?:oun)?t|billing|invoice|guarantor|bank|iban|card|credit card)(?: ?(?:id|no|number|#))*)[.:#\s]*(?:is )?)/iuy,
  ],
  [
    "licence",
    "license licence lic certificate cert dea npi upin passport dl registration",
    /(?<=\b(?:(?:licen[cs]e|lic|certificate|cert|dea|npi|upin|driver'?s licen[cs]e|passport|dl|registration)(?: ?(?:id|no|number|#))*)[.:#\s]*(?:is )?)/iuy,
  ],
  [
    "vehicle",
    "vin vehicle identification plate",
    /(?<=\b(?:vin|vehicle(?: identification)?|licen[cs]e plate|plate|number plate)(?: ?(?:id|no|number|#))*[.:#\s]*(?:is )?)/iuy,
  ],
  [
    "device",
    "s/n sn serial device implant pacemaker icd generator lead model lot udi",
    /(?<=\b(?:s\/n|sn|serial|device|implant|pacemaker|icd|generator|lead|model|lot|udi)(?: ?(?:id|identifier|serial|no|number|#))+[.:#\s]*(?:is )?|\b(?:s\/n|serial)[.:#\s]*)/iuy,
  ],
  [
    "biometric",
    "fingerprint print retina retinal iris voiceprint palm biometric profile",
    /(?<=\b(?:fingerprint|finger print|retina(?:l)?|iris|voice ?print|palm|biometric|dna profile)(?: ?(?:scan|id|template|no|number|code|#))*[.:#\s]*(?:is )?)/iuy,
  ],
  [
    "other-number",
    "study subject participant trial research employee student badge confirmation tracking reference ref barcode name username login",
    /(?<=\b(?:study|subject|participant|trial|research|employee|student|badge|confirmation|tracking|reference|ref|barcode|user ?name|login)(?: ?(?:id|no|number|code|#))+[.:#\s]*(?:is )?)/iuy,
  ],
];

for (const [kind, heads, pattern] of allLabels)
  for (const head of heads.split(" "))
    labelsOfHead.set(head, [...(labelsOfHead.get(head) ?? []), { kind, pattern }]);

/** Words that a label may have after its head: "Medicare number", "member ID is". */
const fillers = "no number line id identifier is at on code template scan".split(" ");
const filler = 1;
/** By the number that a table has for their head. */
const labels: (readonly NumberLabel[] | undefined)[] = [undefined, undefined];
const heads = new WordTable(256, { foldsCase: true });
for (const word of fillers) heads.add(word, filler);
for (const [head, listed] of labelsOfHead)
  if (!fillers.includes(head)) heads.add(head, labels.push(listed) - 1);

/** No head or filler is longer. */
const longestWord = 14;

/** The labels that the words before a number may be: by the last of them that is no filler. */
export function labelsBefore(codes: Uint16Array, start: number): readonly NumberLabel[] | undefined {
  const least = Math.max(0, start - wordsBefore);
  let end = start;
  for (;;) {
    while (end > least && isGap(codes[end - 1]!)) end--;
    let first = end;
    while (first > least && isLabelLetter(codes[first - 1]!)) first--;
    if (first === end || end - first > longestWord) return undefined;
    const head = heads.get(codes, first, end);
    if (head !== filler) return labels[head];
    end = first;
  }
}

function isLabelLetter(code: number): boolean {
  return isSmall(code | 32) || code === 47 || code === 39;
}

/** White space and the marks that may stand between a label and its number: ". : # (". */
function isGap(code: number): boolean {
  return code <= 32 || code === 46 || code === 58 || code === 35 || code === 40 || code === 0xa0;
}
