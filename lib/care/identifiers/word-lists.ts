import { firstNames, names } from "./known-names.ts";
import { eponymNames, notNames } from "./not-names.ts";
import { WordTable } from "./word-table.ts";

/** What a capitalised word is known as, as bits: one look-up a word answers for all lists. */
export const known = {
  /** A word that stands where a name could and is none. */
  notName: 1,
  /** A first name and no word; any name is a `name` as well. */
  firstName: 2,
  name: 4,
  eponym: 8,
  month: 16,
  /** A month's name in full. */
  wholeMonth: 32,
  /** The first word of a state, or its abbreviation. */
  state: 64,
  /** The last word of an institution that stands in one place. */
  institution: 128,
  /** After a name: then it is an organisation's or a street's. */
  organisation: 256,
  /** The first word of a holiday. */
  holiday: 512,
  /** Of a person, before the name. */
  title: 1024,
} as const;

export const stateAbbreviations =
  "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC";
export const stateNames =
  "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming";
export const wholeMonths =
  "January February March April May June July August September October November December".split(" ");
const shortMonths = "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec".split(" ");
const institutions =
  "Hospital Center Centre Clinic Home Living Hospice Infirmary Manor Elementary School".split(" ");
const organisations = (
  "Hospital Clinic Medical Center Centre University Institute Health Healthcare School College Foundation Laboratories Laboratory Labs " +
  "Pharmaceutical Pharmaceuticals Inc Corp Ltd LLC Street St Avenue Ave Road Rd Drive Dr Lane Boulevard Blvd County Hall House Home Manor " +
  "Village Nursing Rehabilitation Pharmacy Memorial General Regional Children"
).split(" ");

const titles = "Miss Nurse Doctor Mister Madam Dr Mr Mrs Ms".split(" ");
const holidays =
  "Christmas Thanksgiving Easter Halloween Hanukkah Passover Ramadan Diwali New Valentine's Valentines Valentine Memorial Labor Independence Veterans Mother's Father's Columbus Mother Father".split(
    " ",
  );

const bits = new WordTable(32_768);
const lists: readonly (readonly [bit: number, words: Iterable<string>])[] = [
  [known.notName, notNames],
  [known.firstName, firstNames],
  [known.name, names],
  [known.eponym, eponymNames],
  [known.month, [...wholeMonths, ...shortMonths]],
  [known.wholeMonth, wholeMonths],
  [
    known.state,
    [...stateAbbreviations.split("|"), ...stateNames.split("|").map((name) => name.split(" ")[0]!)],
  ],
  [known.institution, institutions],
  [known.organisation, organisations],
  [known.holiday, holidays],
  [known.title, titles],
];
for (const [bit, words] of lists) for (const word of words) bits.add(word, bit);

/** These are known as they are written, all else as a name is: "IL" is a state, "Il" is none. */
const asWritten = known.state | known.institution | known.organisation;

/** All that a word is known as that is written as a name, of the bits of {@link known}. */
export function knownIn(codes: Uint16Array, start: number, end: number): number {
  return bits.get(codes, start, end);
}

/** All that a word is known as, however it is written. */
export function knownAs(text: string, name: string): number {
  const ofName = knownExactly(name);
  return text === name ? ofName : (ofName & ~asWritten) | (knownExactly(text) & asWritten);
}

/** For a word at a time: most are short, and an array for each would take longer than to look it up. */
const letters = new Uint16Array(64);

function knownExactly(word: string): number {
  if (word.length > letters.length) return 0;
  for (let index = 0; index < word.length; index++) letters[index] = word.charCodeAt(index);
  return bits.get(letters, 0, word.length);
}
