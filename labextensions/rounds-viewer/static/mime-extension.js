import { definePlotlyRenderer } from "./plotly-renderer.js";
import { defineProgressRenderer } from "./progress-renderer.js";
import { PromptView } from "./prompt-view.js";
import { StrategiesView } from "./strategies-view.js";
import { definePromptRenderer } from "./prompt-renderer.js";
import { defineTableRenderer } from "./table-renderer.js";
import { defineWidgetRenderer } from "./widget-renderer.js";

/** Before every built-in renderer, so that the live form wins over the picture and the HTML beside it. */
const RANK = 0;

/**
 * Renderers by MIME type. All are safe: they write text, never markup of their own from data, and run no code that
 * a notebook holds, so untrusted notebooks show too.
 */
export async function create(shared) {
  const { Widget } = await shared("@lumino/widgets");
  return [
    renderer("plotly", "application/vnd.plotly.v1+json", definePlotlyRenderer(Widget)),
    renderer("table", "application/vnd.rounds.table.v1+json", defineTableRenderer(Widget)),
    renderer("progress", "application/vnd.rounds.progress.v1+json", defineProgressRenderer(Widget)),
    renderer("prompt", "application/vnd.rounds.prompt.v1+json", definePromptRenderer(Widget, PromptView)),
    renderer(
      "strategies",
      "application/vnd.rounds.strategies.v1+json",
      definePromptRenderer(Widget, StrategiesView),
    ),
    renderer("widget", "application/vnd.rounds.widget.v1+json", defineWidgetRenderer(Widget, shared)),
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
