import { escapePlotlyText } from "./figure.ts";
import type { FigureOptions, Layout } from "./figure.ts";

/** The part of the width that a panel takes, of several beside each other. */
export function panelPlace(index: number, count: number, gap = 0.1): [number, number] {
  const width = (1 - gap * (count - 1)) / count;
  return [index * (width + gap), index === count - 1 ? 1 : index * (width + gap) + width];
}

/** A panel's name, centred above it, with a smaller note below the name. */
export function panelTitle(text: string, place: readonly [number, number], note?: string): Layout {
  const small = note === undefined ? "" : `<br><span style="font-size:11px">${escapePlotlyText(note)}</span>`;
  return {
    text: escapePlotlyText(text) + small,
    showarrow: false,
    font: { size: 14 },
    xref: "paper",
    yref: "paper",
    x: (place[0] + place[1]) / 2,
    y: 1,
    xanchor: "center",
    yanchor: "bottom",
  };
}

/** Room above panels for their names, and for more lines than that. */
export function panelMargin({ title }: FigureOptions, morePixels = 0): { readonly t: number } {
  return { t: (title === undefined ? 40 : 84) + morePixels };
}

/** Axis names of the panel: plotly's first has no number. */
export function panelSuffix(index: number): string {
  return index === 0 ? "" : String(index + 1);
}
