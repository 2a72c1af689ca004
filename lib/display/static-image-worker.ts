import { parentPort } from "node:worker_threads";
import { Resvg } from "@resvg/resvg-js";

import type { Figure } from "../plots/index.ts";
import { encodePng } from "./encode-png.ts";
import { FigureSvg } from "./figure-svg.ts";
import { FONT_FAMILY, FONT_FILES } from "./text-metrics.ts";

export interface ImageRequest {
  readonly id: number;
  readonly figure: Figure;
  readonly width: number;
  readonly height: number;
  readonly maximumBytes: number;
}

export type ImageReply =
  | { readonly id: number; readonly png: Uint8Array }
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
    return { id: request.id, png: rasterize(svg, request.maximumBytes) };
  } catch (error) {
    return { id: request.id, problem: error instanceof Error ? error.message : String(error) };
  }
}

function rasterize(svg: string, maximumBytes: number): Uint8Array {
  let png: Uint8Array = new Uint8Array();
  for (const value of SCALES) {
    const font = { loadSystemFonts: false, fontFiles: [...FONT_FILES], defaultFontFamily: FONT_FAMILY };
    const image = new Resvg(svg, { fitTo: { mode: "zoom", value }, background: "#ffffff", font }).render();
    png = encodePng(image.pixels, image.width, image.height);
    if (png.length <= maximumBytes) return png;
  }
  return png;
}
