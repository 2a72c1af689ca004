import { parentPort } from "node:worker_threads";
import { Resvg, type RenderedImage } from "@resvg/resvg-js";

import type { Figure } from "../plots/index.ts";
import { encodePng } from "./encode-png.ts";
import { FigureSvg } from "./figure-svg.ts";
import type { ImageForm } from "./image-form.ts";
import { FONT_FAMILY, FONT_FILES } from "./text-metrics.ts";
import { vectorSvg } from "./vector-svg.ts";

export interface ImageRequest {
  readonly id: number;
  readonly figure: Figure;
  readonly width: number;
  readonly height: number;
  readonly form: ImageForm;
}

export type ImageReply =
  | { readonly id: number; readonly bytes: Uint8Array }
  | { readonly id: number; readonly problem: string };

/** Pixels per CSS pixel, sharpest first; a picture that would be too large takes the next. */
const SCALES = [2, 1.5, 1] as const;

let drawing: FigureSvg | undefined;
let queue = Promise.resolve();

parentPort?.on("message", (request: ImageRequest) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
  queue = queue.then(async () => parentPort?.postMessage(await reply(request)));
});

async function reply(request: ImageRequest): Promise<ImageReply> {
  try {
    drawing ??= new FigureSvg();
    const svg = await drawing.draw(request.figure, request);
    return { id: request.id, bytes: await write(svg, request.form) };
  } catch (error) {
    return { id: request.id, problem: error instanceof Error ? error.message : String(error) };
  }
}

async function write(svg: string, form: ImageForm): Promise<Uint8Array> {
  switch (form.kind) {
    case "preview":
      return preview(svg, form.maximumBytes);
    case "png": {
      const { pixels, width, height } = rasterize(svg, { mode: "width", value: form.widthPixels });
      return encodePng(pixels, width, height, form.dotsPerInch);
    }
    case "svg":
      return Buffer.from(`${vectorSvg(svg, form)}\n`);
    case "pdf": {
      // Half of a second that only a PDF takes.
      const { figurePdf } = await import("./figure-pdf.ts");
      return figurePdf(vectorSvg(svg, form), form);
    }
  }
}

function preview(svg: string, maximumBytes: number): Uint8Array {
  let png: Uint8Array = new Uint8Array();
  for (const value of SCALES) {
    const { pixels, width, height } = rasterize(svg, { mode: "zoom", value });
    png = encodePng(pixels, width, height);
    if (png.length <= maximumBytes) return png;
  }
  return png;
}

function rasterize(svg: string, fitTo: { mode: "zoom" | "width"; value: number }): RenderedImage {
  const font = { loadSystemFonts: false, fontFiles: [...FONT_FILES], defaultFontFamily: FONT_FAMILY };
  return new Resvg(svg, { fitTo, background: "#ffffff", font }).render();
}
