import * as fc from "fast-check";

/** For each byte of each text a flag. */
type Flags = readonly boolean[][];

export interface PlainSpans {
  /** In a window that another window equals. */
  readonly repeated: Flags;
  /** In such a window that no earlier one equals. */
  readonly first: Flags;
}

/** The definition, word for word. */
export function plainSpans(texts: readonly string[], minimumBytes: number): PlainSpans {
  const bytes = texts.map((text) => Buffer.from(text));
  const places = new Map<string, { text: number; start: number }[]>();
  for (const [text, content] of bytes.entries()) {
    for (let start = 0; start + minimumBytes <= content.length; start++) {
      const window = content.toString("latin1", start, start + minimumBytes);
      const same = places.get(window);
      if (same === undefined) places.set(window, [{ text, start }]);
      else same.push({ text, start });
    }
  }
  const none = () => bytes.map((content) => Array<boolean>(content.length).fill(false));
  const [repeated, first] = [none(), none()];
  for (const same of places.values()) {
    if (same.length === 1) continue;
    for (const [occurrence, { text, start }] of same.entries()) {
      repeated[text]!.fill(true, start, start + minimumBytes);
      if (occurrence === 0) first[text]!.fill(true, start, start + minimumBytes);
    }
  }
  return { repeated, first };
}

/** Maximal runs of flags that are set. */
export function runsOf(flags: readonly boolean[]): { start: number; end: number }[] {
  const runs: { start: number; end: number }[] = [];
  for (let place = 0; place < flags.length; place++) {
    if (!flags[place]) continue;
    if (place > 0 && flags[place - 1]) runs.at(-1)!.end++;
    else runs.push({ start: place, end: place + 1 });
  }
  return runs;
}

/** What is left of the texts when the bytes of spans go, characters whole. */
export function plainlyCut(texts: readonly string[], minimumBytes: number, keep: "first" | "none"): string[] {
  const { repeated, first } = plainSpans(texts, minimumBytes);
  return texts.map((text, index) => {
    const goes = repeated[index]!.map((flag, place) => flag && !(keep === "first" && first[index]![place]));
    let place = 0;
    let kept = "";
    for (const character of text.toWellFormed()) {
      const end = place + Buffer.byteLength(character);
      if (!goes.slice(place, end).every(Boolean)) kept += character;
      place = end;
    }
    return kept;
  });
}

const letters = ["a", "b", "é", "字", "😀", "\n", '"'];

/** Texts in which much repeats: pieces of few letters, joined again and again, and runs. */
export const repetitiveTexts: fc.Arbitrary<string[]> = fc
  .record({
    pieces: fc.array(fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 30 }), {
      minLength: 1,
      maxLength: 5,
    }),
    texts: fc.array(
      fc.array(
        fc.record({
          piece: fc.nat(4),
          times: fc.constantFrom(1, 1, 1, 2, 40),
          own: fc.constantFrom("", "a", "b", "ü", "\ud800"),
        }),
        { maxLength: 8 },
      ),
      { maxLength: 8 },
    ),
  })
  .map(({ pieces, texts }) =>
    texts.map((parts) =>
      parts.map(({ piece, times, own }) => pieces[piece % pieces.length]!.repeat(times) + own).join(""),
    ),
  );
