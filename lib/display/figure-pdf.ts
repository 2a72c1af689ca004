import { PDFDocument } from "pdfkit";
import svgToPdf from "svg-to-pdfkit";

import type { VectorPage } from "./image-form.ts";
import { FONT_FILES } from "./text-metrics.ts";

const POINTS_PER_MILLIMETRE = 72 / 25.4;
const [regular, bold, italic] = FONT_FILES;

/**
 * A page of exactly the figure's size: lines stay lines, text can be selected, its font is in the file.
 *
 * @param svg what `vectorSvg` made
 * @throws {Error} the SVG holds something that the page cannot
 */
export async function figurePdf(svg: string, page: VectorPage): Promise<Uint8Array> {
  const width = page.widthMillimetres * POINTS_PER_MILLIMETRE;
  const height = page.heightMillimetres * POINTS_PER_MILLIMETRE;
  // A fixed date: the same figure gives the same bytes.
  const document = new PDFDocument({
    size: [width, height],
    margin: 0,
    lang: "en",
    displayTitle: true,
    info: { Title: page.title, Subject: page.description, Creator: "Rounds", CreationDate: new Date(0) },
  });
  const chunks: Uint8Array[] = [];
  document.on("data", (chunk) => chunks.push(chunk));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  document.on("end", resolve);
  document.on("error", reject);
  svgToPdf(document, svg, 0, 0, {
    width,
    height,
    preserveAspectRatio: "none",
    fontCallback: (_family, isBold, isItalic) => (isBold ? bold : isItalic ? italic : regular),
    warningCallback: (words) => reject(new Error(words)),
  });
  document.end();
  await promise;
  return Buffer.concat(chunks);
}
