import { FIGURE_MIME } from "../../display/bundle.ts";
import { figureBundle } from "../../display/figure.ts";
import { html, rawHtml, type Markup } from "../../display/markup.ts";
import type { Figure } from "../../plots/figure.ts";

/**
 * A figure for a page: its picture with words, and what a script draws it from.
 *
 * @param caption escaped markup below it
 */
export async function reportFigure(figure: Figure, caption: Markup): Promise<Markup> {
  const { data, metadata } = await figureBundle(figure);
  const live = data[FIGURE_MIME];
  const png = data["image/png"];
  const words = String(data["text/plain"]);
  if (live === undefined || png === undefined)
    return html`<figure>
      <p>${words}</p>
      <figcaption>${caption}</figcaption>
    </figure>`;
  const { width, height, alt } = metadata!["image/png"] as { width: number; height: number; alt: string };
  return html`<figure class="live">
    <img src="data:image/png;base64,${png}" width="${width}" height="${height}" alt="${alt}" />
    <div class="plot" role="img" aria-label="${alt}" tabindex="0"></div>
    ${jsonScript(live)}
    <figcaption>${caption}</figcaption>
  </figure>`;
}

/** JSON in a script element, which ends at the first "</script" whatever stands around it. */
function jsonScript(value: unknown): Markup {
  const escapes: Readonly<Record<string, string>> = { "<": "\\u003c", ">": "\\u003e", "&": "\\u0026" };
  const json = JSON.stringify(value).replaceAll(/[<>&]/gu, (character) => escapes[character]!);
  return html`<script type="application/json">
    ${rawHtml(json)}
  </script>`;
}
