import { handleKeys } from "./keys.js";
import { offlineConfig, withoutRemoteImages } from "./offline.js";
import { onThemeChange, readTheme } from "./theme.js";

const DEFAULT_HEIGHT_PIXELS = 420;

/** @type {Promise<any> | undefined} */
let loading;

/** The plotly bundle, fetched by the first figure on the page. */
function loadPlotly() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("plotly-cartesian.min.js", import.meta.url).href;
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => {
      // The next figure tries again: the server may only have been away.
      loading = undefined;
      reject(
        new Error("plotly-cartesian.min.js did not come from the server; if it is missing, run npm start"),
      );
    });
    document.head.append(script);
  });
  return loading;
}

/** @param {any} Widget the class of `@lumino/widgets` */
export function definePlotlyRenderer(Widget) {
  /** A plotly figure in the page's colours, as wide as its cell. */
  return class PlotlyRenderer extends Widget {
    #mimeType;
    #plot = document.createElement("div");
    /** @type {{ data: object[], layout: any, config?: object } | undefined} */
    #figure;
    #resizes = new ResizeObserver(() => this.#resize());
    #stopThemes = onThemeChange(() => this.#draw());
    #width = 0;

    constructor(mimeType) {
      super();
      this.#mimeType = mimeType;
      this.addClass("rounds-Figure");
      this.node.append(this.#plot);
      this.node.tabIndex = 0;
      this.node.setAttribute("role", "img");
      this.#resizes.observe(this.node);
      handleKeys(this.node, (event) => this.#onKey(event));
    }

    async renderModel(model) {
      this.#figure = model.data[this.#mimeType];
      this.node.setAttribute("aria-label", alternativeText(this.#figure.layout ?? {}));
      this.node.style.minHeight = `${this.#height()}px`;
      await this.#draw();
    }

    dispose() {
      if (this.isDisposed) return;
      this.#stopThemes();
      this.#resizes.disconnect();
      window.Plotly?.purge(this.#plot);
      super.dispose();
    }

    #height() {
      return this.#figure?.layout?.height ?? DEFAULT_HEIGHT_PIXELS;
    }

    async #draw() {
      if (this.#figure === undefined) return;
      try {
        const Plotly = await loadPlotly();
        if (this.isDisposed) return;
        const { data, layout = {}, config = {} } = withoutRemoteImages(this.#figure);
        const themed = {
          ...layout,
          height: this.#height(),
          template: themedTemplate(layout.template, readTheme()),
        };
        this.#width = this.node.clientWidth;
        // Words of an earlier failure.
        if (this.#plot.firstChild?.nodeType === Node.TEXT_NODE) this.#plot.replaceChildren();
        if (themed.width === undefined && this.#width > 0) themed.width = this.#width;
        await Plotly.react(this.#plot, data, themed, offlineConfig(config));
      } catch (error) {
        this.#plot.textContent = `The figure could not be drawn: ${error.message}`;
      }
    }

    #resize() {
      const drawn = this.#figure !== undefined && this.#plot.childElementCount > 0;
      const width = this.node.clientWidth;
      if (!drawn || width === 0 || width === this.#width || this.#figure.layout?.width !== undefined) return;
      this.#width = width;
      void window.Plotly.relayout(this.#plot, { width });
    }

    /** Arrow keys move the axes, plus and minus zoom, 0 shows everything: only once reached by keyboard. */
    #onKey(event) {
      if (event.target !== this.node || !this.node.matches(":focus-visible")) return false;
      const change = axisChange(event.key, this.#plot);
      if (change === undefined) return false;
      event.preventDefault();
      void window.Plotly.relayout(this.#plot, change);
      return true;
    }
  };
}

function alternativeText(layout) {
  const title = typeof layout.title === "string" ? layout.title : layout.title?.text;
  return layout.meta?.alt ?? title ?? "Figure";
}

/** The figure's own template with the page's colours under it. */
function themedTemplate(template = {}, theme) {
  const own = template.layout ?? {};
  const axis = { gridcolor: theme.grid, linecolor: theme.muted, zerolinecolor: theme.muted };
  const layout = {
    paper_bgcolor: theme.background,
    plot_bgcolor: theme.background,
    ...own,
    font: { ...own.font, color: theme.text, family: theme.fontFamily },
    xaxis: { ...axis, ...own.xaxis },
    yaxis: { ...axis, ...own.yaxis },
    legend: { ...own.legend, bgcolor: "rgba(0,0,0,0)" },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: theme.muted, activecolor: theme.text },
    hoverlabel: {
      ...own.hoverlabel,
      bgcolor: theme.background,
      bordercolor: theme.muted,
      font: { color: theme.text },
    },
  };
  return { ...template, layout };
}

/** The change of layout that a key asks for, or undefined. */
function axisChange(key, plot) {
  if (key === "0") return { "xaxis.autorange": true, "yaxis.autorange": true };
  const { _fullLayout: axes } = plot;
  const moves = {
    ArrowLeft: () => ({ "xaxis.range": moved(axes.xaxis, -0.1) }),
    ArrowRight: () => ({ "xaxis.range": moved(axes.xaxis, 0.1) }),
    ArrowUp: () => ({ "yaxis.range": moved(axes.yaxis, 0.1) }),
    ArrowDown: () => ({ "yaxis.range": moved(axes.yaxis, -0.1) }),
    "+": () => ({ "xaxis.range": zoomed(axes.xaxis, 0.8), "yaxis.range": zoomed(axes.yaxis, 0.8) }),
    "-": () => ({ "xaxis.range": zoomed(axes.xaxis, 1.25), "yaxis.range": zoomed(axes.yaxis, 1.25) }),
  };
  return moves[key]?.();
}

/** Ranges as plotly keeps them: numbers, which are powers of ten on a log axis and ordinals on categories. */
function moved(axis, share) {
  const [low, high] = axis.range.map((end) => axis.r2l(end));
  const step = (high - low) * share;
  return [axis.l2r(low + step), axis.l2r(high + step)];
}

function zoomed(axis, factor) {
  const [low, high] = axis.range.map((end) => axis.r2l(end));
  const [center, half] = [(low + high) / 2, ((high - low) / 2) * factor];
  return [axis.l2r(center - half), axis.l2r(center + half)];
}
