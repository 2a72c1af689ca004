import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parse } from "opentype.js/dist/opentype.mjs";

const require = createRequire(import.meta.url);

/** The font that static images are drawn with, on every machine the same. */
export const FONT_FAMILY = "Inter";
export const FONT_FILES = [
  require.resolve("@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf"),
  require.resolve("@expo-google-fonts/inter/700Bold/Inter_700Bold.ttf"),
  require.resolve("@expo-google-fonts/inter/400Regular_Italic/Inter_400Regular_Italic.ttf"),
] as const;

/** Measures lines of text from the font's own advance widths. */
export class TextMetrics {
  readonly #font = parse(new Uint8Array(readFileSync(FONT_FILES[0])).buffer);
  readonly #advances = new Map<string, number>();

  /** Width in pixels of one line; kerning is left out, which errs by less than 2 %. */
  width(text: string, fontSizePixels: number): number {
    let units = 0;
    for (const character of text) units += this.#advance(character);
    return (units / this.#font.unitsPerEm) * fontSizePixels;
  }

  #advance(character: string): number {
    let advance = this.#advances.get(character);
    if (advance === undefined) {
      advance = this.#font.charToGlyph(character).advanceWidth ?? 0;
      this.#advances.set(character, advance);
    }
    return advance;
  }
}
