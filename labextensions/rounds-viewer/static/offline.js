/** plotly's ways to the outside, closed whatever a saved figure asks for. */
const closedConfig = { showSendToCloud: false, showLink: false, plotlyServerURL: "", topojsonURL: "" };

const removedButtons = ["select2d", "lasso2d", "autoScale2d", "sendChartToCloud"];

/** The figure's own settings, less those that send its data away. */
export function offlineConfig(config = {}) {
  return {
    displaylogo: false,
    ...config,
    modeBarButtonsToRemove: [...removedButtons, ...(config.modeBarButtonsToRemove ?? [])],
    modeBarButtonsToAdd: [],
    ...closedConfig,
  };
}

/**
 * A copy of a figure without pictures that plotly would fetch when it draws: a notebook from somewhere else
 * must not be able to tell its author that it was opened.
 */
export function withoutRemoteImages(value) {
  if (Array.isArray(value)) return value.map(withoutRemoteImages);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key, item]) => key !== "source" || !isRemote(item));
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutRemoteImages(item)]));
}

function isRemote(source) {
  return typeof source === "string" && !source.startsWith("data:image/");
}
