import type { TextMetrics } from "./text-metrics.ts";

/** A box in pixels; y grows downwards. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The matrix of an SVG `transform`: x' = a x + c y + e, y' = b x + d y + f. */
type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0];

/** Height of a line over the font's size, as plotly sets its lines. */
const LINE_HEIGHT = 1.3;

/**
 * Boxes of SVG elements in a DOM that has no layout: texts from their font, rectangles from their
 * attributes, groups from their children. Paths count as nothing; plotly does not ask for them.
 */
export class SvgLayout {
  readonly #metrics: TextMetrics;

  constructor(metrics: TextMetrics) {
    this.#metrics = metrics;
  }

  /** The element's box in its own coordinates, as `getBBox` gives it; undefined when it holds nothing. */
  localBox(element: Element): Box | undefined {
    const name = element.localName;
    if (name === "text" || name === "tspan") return this.#textBox(element);
    if (name === "rect") return rectangleBox(element);
    let box: Box | undefined;
    for (const child of element.children) {
      const inner = this.localBox(child);
      if (inner !== undefined) box = union(box, transformBox(inner, matrixOf(child)));
    }
    return box;
  }

  /** The element's box on the page, as `getBoundingClientRect` gives it. */
  clientBox(element: Element): Box | undefined {
    let box = this.localBox(element);
    for (let node: Element | null = element; node !== null; node = node.parentElement) {
      if (box !== undefined) box = transformBox(box, matrixOf(node));
    }
    return box;
  }

  #textBox(element: Element): Box | undefined {
    const size = fontSizeOf(element);
    const lines = [...element.querySelectorAll("tspan.line")];
    const texts = (lines.length > 0 ? lines : [element]).map((line) => line.textContent ?? "");
    const width = Math.max(...texts.map((text) => this.#metrics.width(text, size)));
    if (width === 0) return undefined;
    const anchor = styleOf(element, "text-anchor");
    const start = anchor === "middle" ? -width / 2 : anchor === "end" ? -width : 0;
    const left = attribute(element, "x") + start;
    const top = attribute(element, "y") - size;
    return { left, top, right: left + width, bottom: top + texts.length * LINE_HEIGHT * size };
  }
}

/** A place on the line from a path's first point to its last, as arrows are; of other paths plotly asks for none. */
export class StraightPath {
  readonly #start: readonly [number, number];
  readonly #end: readonly [number, number];
  readonly length: number;

  constructor(path: Element) {
    const numbers = [...(path.getAttribute("d") ?? "").matchAll(/-?[\d.]+(?:e-?\d+)?/gu)].map(Number);
    this.#start = [numbers[0] ?? 0, numbers[1] ?? 0];
    this.#end = [numbers.at(-2) ?? 0, numbers.at(-1) ?? 0];
    this.length = Math.hypot(this.#end[0] - this.#start[0], this.#end[1] - this.#start[1]);
  }

  pointAt(distance: number): { readonly x: number; readonly y: number } {
    const part = this.length === 0 ? 0 : Math.min(1, Math.max(0, distance / this.length));
    const between = (from: number, to: number): number => from + part * (to - from);
    return { x: between(this.#start[0], this.#end[0]), y: between(this.#start[1], this.#end[1]) };
  }
}

function rectangleBox(element: Element): Box {
  const [left, top] = [attribute(element, "x"), attribute(element, "y")];
  return { left, top, right: left + attribute(element, "width"), bottom: top + attribute(element, "height") };
}

function union(box: Box | undefined, other: Box): Box {
  if (box === undefined) return other;
  return {
    left: Math.min(box.left, other.left),
    top: Math.min(box.top, other.top),
    right: Math.max(box.right, other.right),
    bottom: Math.max(box.bottom, other.bottom),
  };
}

function transformBox(box: Box, [a, b, c, d, e, f]: Matrix): Box {
  const corners = [
    [box.left, box.top],
    [box.right, box.top],
    [box.left, box.bottom],
    [box.right, box.bottom],
  ] as const;
  const xs = corners.map(([x, y]) => a * x + c * y + e);
  const ys = corners.map(([x, y]) => b * x + d * y + f);
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

function matrixOf(element: Element): Matrix {
  const transform = element.getAttribute("transform");
  if (transform === null) return IDENTITY;
  let matrix = IDENTITY;
  for (const [, name, list] of transform.matchAll(/(translate|scale|rotate)\(([^)]*)\)/gu)) {
    matrix = multiply(matrix, primitive(name!, list!.split(/[\s,]+/u).map(Number)));
  }
  return matrix;
}

function primitive(name: string, [first = 0, second, third = 0]: number[]): Matrix {
  if (name === "translate") return [1, 0, 0, 1, first, second ?? 0];
  if (name === "scale") return [first, 0, 0, second ?? first, 0, 0];
  const [x, y] = [second ?? 0, third];
  const [cosine, sine] = [Math.cos((first * Math.PI) / 180), Math.sin((first * Math.PI) / 180)];
  return [cosine, sine, -sine, cosine, x - cosine * x + sine * y, y - sine * x - cosine * y];
}

function multiply(left: Matrix, right: Matrix): Matrix {
  const [a, b, c, d, e, f] = left;
  const [g, h, i, j, k, l] = right;
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}

function attribute(element: Element, name: string): number {
  return Number.parseFloat(element.getAttribute(name) ?? "") || 0;
}

function styleOf(element: Element, property: string): string {
  const inline = (element as SVGElement).style?.getPropertyValue(property) ?? "";
  return inline === "" ? (element.getAttribute(property) ?? "") : inline;
}

function fontSizeOf(element: Element): number {
  for (let node: Element | null = element; node !== null; node = node.parentElement) {
    const size = Number.parseFloat(styleOf(node, "font-size"));
    if (size > 0) return size;
  }
  return 12;
}
