import { escapeHtml } from "./escape-html.ts";
import type { VectorPage } from "./image-form.ts";

/**
 * A drawn figure as an SVG for a page: its size in millimetres, its words, and pictures of cells as the rectangles
 * that they are, which every program can print.
 *
 * @param svg what `FigureSvg` drew
 */
export function vectorSvg(
  svg: string,
  { widthMillimetres, heightMillimetres, title, description }: VectorPage,
): string {
  const words = `<title>${escapeHtml(title)}</title><desc>${escapeHtml(description)}</desc>`;
  const size = `width="${widthMillimetres}mm" height="${heightMillimetres}mm"`;
  return (
    svg
      // An arrow's dashes begin with an empty one, which a PDF cannot have.
      .replaceAll(/(stroke-dasharray: ?)0px, ?0px, ?/gu, "$1")
      .replace(/^<svg([^>]*?) width="[^"]*" height="[^"]*"([^>]*)>/u, `<svg$1 ${size}$2>${words}`)
      .replaceAll(/<image [^>]*?\/>|<image [^>]*?>\s*<\/image>/gu, withoutImage)
  );
}

/** plotly's heat map is a picture that `SvgCanvasContext` made of rectangles; here they are again. */
function withoutImage(image: string): string {
  const [, encoded] = /href="data:image\/svg\+xml;base64,([^"]+)"/u.exec(image) ?? [];
  if (encoded === undefined) return image;
  const place = ["x", "y", "width", "height"].map((name) => {
    const [, value = "0"] = new RegExp(` ${name}="([^"]*)"`, "u").exec(image) ?? [];
    return ` ${name}="${value}"`;
  });
  const inner = Buffer.from(encoded, "base64").toString("utf8");
  return inner.replace(
    /^<svg xmlns="[^"]*" width="[^"]*" height="[^"]*"/u,
    `<svg${place.join("")} preserveAspectRatio="none"`,
  );
}
