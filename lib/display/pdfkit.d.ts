/** The parts of pdfkit and svg-to-pdfkit that write a figure; the packages have no types of their own. */
declare module "pdfkit" {
  interface PageOptions {
    readonly size: readonly [widthPoints: number, heightPoints: number];
    readonly margin: number;
    readonly lang: string;
    readonly displayTitle: boolean;
    readonly info: Readonly<Record<string, string | Date>>;
  }
  export class PDFDocument {
    constructor(options: PageOptions);
    on(event: "data", listener: (chunk: Uint8Array) => void): this;
    on(event: "end", listener: () => void): this;
    on(event: "error", listener: (error: Error) => void): this;
    end(): void;
  }
}

declare module "svg-to-pdfkit" {
  import type { PDFDocument } from "pdfkit";

  export default function svgToPdf(
    document: PDFDocument,
    svg: string,
    x: number,
    y: number,
    options: {
      readonly width: number;
      readonly height: number;
      readonly preserveAspectRatio: string;
      /** Path of the font for a text. */
      readonly fontCallback: (family: string, isBold: boolean, isItalic: boolean) => string;
      readonly warningCallback: (words: string) => void;
    },
  ): void;
}
