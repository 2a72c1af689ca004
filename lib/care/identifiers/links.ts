import { isSmall } from "./characters.ts";
import { WordTable } from "./word-table.ts";

/** What the word right before another may be to it, as bits: without one of them the patterns need not be tried. */
export const link = {
  title: 1,
  label: 2,
  kin: 4,
  introduction: 8,
  closing: 16,
  word: 32,
  place: 64,
  voice: 128,
} as const;

const kin =
  "named called is wife husband son daughter sister mother father brother partner friend neighbor neighbour uncle aunt cousin niece nephew " +
  "grandson granddaughter grandmother grandfather girlfriend boyfriend fiance fiancee fiancé fiancée spouse roommate dear hello hi";
const lists: readonly (readonly [bit: number, words: string])[] = [
  [
    link.title,
    "dr drs mr mrs ms mx miss prof professor doctor nurse sister rev reverend father rabbi imam judge officer sgt capt hon van von de der del la da",
  ],
  [link.kin, kin],
  [link.introduction, "named is am i'm dear hello hi hey for of on with to bedside"],
  [link.closing, "thanks you regards best sincerely yours cheers love"],
  [link.word, `${kin} am i'm by with to from and caregiver patient thank thanks regards sincerely contact`],
  [
    link.voice,
    "you morning afternoon evening okay ok yes no well thanks bye sorry right alright sure yeah please welcome care",
  ],
  [link.place, "in from to of near outside downtown rural suburban"],
];
const table = new WordTable(256, { foldsCase: true });
for (const [bit, words] of lists) for (const word of words.split(" ")) table.add(word, bit);
const longest = Math.max(...lists.flatMap(([, words]) => words.split(" ").map(({ length }) => length)));

/** Bits of {@link link}, of what stands right before a place, with the mark or the end of line between them. */
export function linksBefore(codes: Uint16Array, at: number): number {
  let end = at;
  let code = codes[end - 1]!;
  while (code === 32 || code === 9) code = codes[--end - 1]!;
  const isNewLine = code === 10;
  if (isNewLine) while (code === 10 || code === 32 || code === 9) code = codes[--end - 1]!;
  const mark = code;
  if (mark === 61 || mark === 124) return isNewLine ? 0 : link.label;
  if (mark === 44 || mark === 46 || mark === 58) code = codes[--end - 1]!;
  let start = end;
  while (end - start <= longest && isLinkLetter(code)) code = codes[--start - 1]!;
  const length = end - start;
  let bits: number = 0;
  // An initial stands between a title and a name.
  if (length === 1) bits = link.title;
  else if (length > 0 && length <= longest) bits = table.get(codes, start, end);
  if (isNewLine) return mark === 44 ? bits & link.closing : bits & (link.introduction | link.closing);
  if (mark === 46) return bits & link.title;
  if (mark === 58) return (bits & ~link.title) | link.label;
  return mark === 44 ? bits & ~(link.title | link.introduction) : bits;
}

function isLinkLetter(code: number): boolean {
  return isSmall(code | 32) || code === 39 || code === 0xe9;
}
