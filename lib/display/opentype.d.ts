/** The part of opentype.js 2 that measures text; the package has no types of its own. */
declare module "opentype.js/dist/opentype.mjs" {
  interface Font {
    readonly unitsPerEm: number;
    charToGlyph(character: string): { readonly advanceWidth?: number };
  }
  export function parse(bytes: ArrayBuffer): Font;
}
