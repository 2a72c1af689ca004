/**
 * Colours of the page as plotly reads them.
 *
 * @typedef {{ background: string, text: string, muted: string, grid: string, fontFamily: string }} Theme
 */

/** JupyterLab's own colours, as they are now. */
export function readTheme() {
  return {
    background: color("--jp-layout-color0", "#ffffff"),
    text: color("--jp-content-font-color1", "#1f2328"),
    muted: color("--jp-border-color1", "#8b949e"),
    grid: color("--jp-border-color2", "#e6e8eb"),
    fontFamily:
      getComputedStyle(document.body).getPropertyValue("--jp-ui-font-family").trim() || "sans-serif",
  };
}

/**
 * Call back after each change of theme, until the returned function is called.
 *
 * @param {() => void} callback
 */
export function onThemeChange(callback) {
  const observer = new MutationObserver(callback);
  observer.observe(document.body, { attributeFilter: ["data-jp-theme-name", "data-jp-theme-light"] });
  return () => observer.disconnect();
}

/** A custom property as `#rrggbb` or `rgba(...)`, whatever way the theme writes it. */
function color(property, fallback) {
  const probe = document.createElement("span");
  probe.style.color = `var(${property}, ${fallback})`;
  document.body.append(probe);
  const computed = getComputedStyle(probe).color;
  probe.remove();
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.fillStyle = fallback;
  canvas.fillStyle = computed;
  return canvas.fillStyle;
}
