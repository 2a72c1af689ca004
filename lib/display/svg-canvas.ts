/** A rectangle of one colour. */
interface Fill {
  readonly style: string;
  readonly rectangle: readonly [x: number, y: number, width: number, height: number];
}

/**
 * A canvas that only fills rectangles, all that plotly's heat map asks for, and gives them as an SVG image.
 */
export class SvgCanvasContext {
  fillStyle = "#000000";
  readonly #fills: Fill[] = [];

  fillRect(x: number, y: number, width: number, height: number): void {
    this.#fills.push({ style: this.fillStyle, rectangle: [x, y, width, height] });
  }

  toDataUrl(width: number, height: number): string {
    const rectangles = this.#fills.map(({ style, rectangle: [x, y, w, h] }) => {
      return `<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${style}"/>`;
    });
    const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${rectangles.join("")}</svg>`;
    return `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
  }
}
