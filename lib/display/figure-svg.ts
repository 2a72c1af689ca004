import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { JSDOM, VirtualConsole } from "jsdom";

import { SeededRandom } from "../core/seeded-random.ts";
import type { Figure } from "../plots/index.ts";
import { SvgCanvasContext } from "./svg-canvas.ts";
import { StraightPath, SvgLayout } from "./svg-layout.ts";
import type { Box } from "./svg-layout.ts";
import { FONT_FAMILY, TextMetrics } from "./text-metrics.ts";

interface Plotly {
  toImage(
    figure: { data: unknown; layout: unknown; config: unknown },
    options: { format: "svg"; width: number; height: number; imageDataOnly: true },
  ): Promise<string>;
  validate(data: unknown, layout: unknown): { msg: string }[] | undefined;
}

/** Colours of a printed page; the saved figure itself has none. */
const PRINT_THEME = {
  paper_bgcolor: "#ffffff",
  plot_bgcolor: "#ffffff",
  font: { family: FONT_FAMILY, color: "#1f2328" },
  xaxis: { gridcolor: "#e6e8eb", linecolor: "#8b949e", zerolinecolor: "#c9ced4" },
  yaxis: { gridcolor: "#e6e8eb", linecolor: "#8b949e", zerolinecolor: "#c9ced4" },
} as const;

/** Characters that XML cannot hold, such as NUL. */
// oxlint-disable-next-line no-control-regex -- these are the ones
const NO_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/gu;

/**
 * Draws plotly figures as SVG in a DOM that has no screen; the same figure gives the same text, wherever it is drawn.
 *
 * Loading takes about half a second. Draw one figure after the other.
 */
export class FigureSvg {
  readonly #plotly: Plotly;
  /** The window's own, from which plotly takes the names of clip paths and patterns. */
  readonly #math: typeof Math;

  constructor() {
    const virtualConsole = new VirtualConsole();
    const { window } = new JSDOM("<!doctype html><body></body>", {
      runScripts: "outside-only",
      virtualConsole,
    });
    standInForScreen(window as unknown as LayoutWindow);
    this.#math = (window as unknown as { eval(code: string): unknown }).eval("Math") as typeof Math;
    const bundle = createRequire(import.meta.url).resolve("plotly.js/plotly-cartesian.min.js");
    window.eval(readFileSync(bundle, "utf8"));
    this.#plotly = (window as unknown as { Plotly: Plotly }).Plotly;
  }

  async draw(figure: Figure, size: { readonly width: number; readonly height: number }): Promise<string> {
    const layout = printLayout(figure.layout);
    const image = { format: "svg", width: size.width, height: size.height, imageDataOnly: true } as const;
    const config = { staticPlot: true };
    const random = new SeededRandom(0);
    this.#math.random = () => random.uniform();
    const svg = await this.#plotly.toImage({ data: structuredClone(figure.data), layout, config }, image);
    // The rasterizer reads url(#id), not url('#id'), which plotly writes for the gradients of colour bars.
    return svg.replaceAll(NO_XML, "\ufffd").replaceAll(/url\(['"](#[^'"]+)['"]\)/gu, "url($1)");
  }

  /** What plotly would ignore or change in a figure, one sentence each. */
  problems(figure: Figure): string[] {
    const found = this.#plotly.validate(structuredClone(figure.data), structuredClone(figure.layout));
    return (found ?? []).map((problem) => problem.msg);
  }
}

function printLayout(layout: Figure["layout"]): Record<string, unknown> {
  const copy = structuredClone(layout) as { template?: { layout?: Record<string, unknown>; data?: unknown } };
  const own = copy.template?.layout ?? {};
  const template: Record<string, unknown> = { ...own };
  for (const [name, theme] of Object.entries(PRINT_THEME)) {
    const held = own[name];
    template[name] =
      typeof theme === "string" ? (held ?? theme) : { ...(held as object | undefined), ...theme };
  }
  return { ...copy, template: { ...copy.template, layout: template } };
}

interface LayoutWindow {
  URL: { createObjectURL?: () => string };
  matchMedia?: unknown;
  HTMLCanvasElement: { prototype: object };
  SVGElement: { prototype: object };
}

/** jsdom has neither layout nor canvas; this is the part of both that plotly asks for. */
function standInForScreen(window: LayoutWindow): void {
  window.URL.createObjectURL = () => "";
  window.matchMedia = () => ({ matches: false, addListener() {}, removeListener() {} });
  const layout = new SvgLayout(new TextMetrics());
  Object.assign(window.SVGElement.prototype, {
    getBBox(this: Element) {
      return rectangle(layout.localBox(this));
    },
    getComputedTextLength(this: Element) {
      return rectangle(layout.localBox(this)).width;
    },
    getTotalLength(this: Element) {
      return new StraightPath(this).length;
    },
    getPointAtLength(this: Element, distance: number) {
      return new StraightPath(this).pointAt(distance);
    },
    getBoundingClientRect(this: Element) {
      return rectangle(layout.clientBox(this));
    },
  });
  const contexts = new WeakMap<object, SvgCanvasContext>();
  Object.assign(window.HTMLCanvasElement.prototype, {
    getContext(this: object) {
      const context = contexts.get(this) ?? new SvgCanvasContext();
      contexts.set(this, context);
      return context;
    },
    toDataURL(this: { width: number; height: number }) {
      return contexts.get(this)?.toDataUrl(this.width, this.height) ?? "";
    },
  });
}

function rectangle(box: Box = { left: 0, top: 0, right: 0, bottom: 0 }): Box & DOMRectSize {
  return { ...box, x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top };
}

interface DOMRectSize {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
