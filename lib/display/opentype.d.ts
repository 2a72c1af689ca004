/** The part of opentype.js 2 that measures text; the package has no types of its own. */
declare module "opentype.js" {
  interface Font {
    readonly unitsPerEm: number;
    charToGlyph(character: string): { readonly advanceWidth?: number };
  }
  const opentype: { parse(bytes: ArrayBuffer): Font };
  export default opentype;
}
