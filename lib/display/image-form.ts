/** What a drawn figure is written as. */
export type ImageForm =
  /** A PNG of up to two pixels a CSS pixel: as many as stay below the bytes. */
  | { readonly kind: "preview"; readonly maximumBytes: number }
  | { readonly kind: "png"; readonly widthPixels: number; readonly dotsPerInch: number }
  | ({ readonly kind: "svg" | "pdf" } & VectorPage);

/** The size on paper and the words of a picture without pixels. */
export interface VectorPage {
  readonly widthMillimetres: number;
  readonly heightMillimetres: number;
  readonly title: string;
  /** For readers who cannot see it. */
  readonly description: string;
}
