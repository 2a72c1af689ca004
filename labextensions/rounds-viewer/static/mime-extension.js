import { definePlotlyRenderer } from "./plotly-renderer.js";
import { defineProgressRenderer } from "./progress-renderer.js";
import { defineTableRenderer } from "./table-renderer.js";

/** Before every built-in renderer, so that the live form wins over the picture and the HTML beside it. */
const RANK = 0;

/** Renderers by MIME type. All are safe: they write text, never markup, so untrusted notebooks show too. */
export async function create(shared) {
  const { Widget } = await shared("@lumino/widgets");
  return [
    renderer("plotly", "application/vnd.plotly.v1+json", definePlotlyRenderer(Widget)),
    renderer("table", "application/vnd.rounds.table.v1+json", defineTableRenderer(Widget)),
    renderer("progress", "application/vnd.rounds.progress.v1+json", defineProgressRenderer(Widget)),
  ];
}

function renderer(name, mimeType, Renderer) {
  return {
    id: `rounds-viewer:${name}`,
    dataType: "json",
    rank: RANK,
    rendererFactory: {
      safe: true,
      mimeTypes: [mimeType],
      createRenderer: (options) => new Renderer(options.mimeType),
    },
  };
}
