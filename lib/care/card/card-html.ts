import { checkFields } from "../../core/arguments.ts";
import { html } from "../../display/markup.ts";
import { textTable } from "../../display/text-table.ts";
import type { Card, CardSection, CardTable } from "./card.ts";

const style = `
:root { color-scheme: light dark; --line: light-dark(#b9bfc6, #4a5158); --soft: light-dark(#f3f5f7, #1f2428);
  --warn: light-dark(#7a2e00, #ffb48a); }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
  background: light-dark(#fff, #14181b); color: light-dark(#1b1f23, #e6e9ec); }
h1, h2 { line-height: 1.25; }
h1, h2, p, li { overflow-wrap: anywhere; }
h2 { border-top: 1px solid var(--line); padding-top: 1rem; margin-top: 2rem; }
.warning { border: 2px solid var(--warn); color: var(--warn); padding: .6rem 1rem; font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0 1rem; font-size: .9rem; }
caption { text-align: left; padding: .3rem 0; }
th, td { border: 1px solid var(--line); padding: .25rem .6rem; text-align: left; vertical-align: top; }
th { background: var(--soft); }
@media print { :root { color-scheme: light; } body { margin: 0; max-width: none; font-size: 10pt; }
  .wide { overflow: visible; } h2, caption { break-after: avoid; } tr, .warning { break-inside: avoid; } }
`;

/**
 * A card as a page of its own: nothing from a network, no script, all text escaped; light or dark as the reader's
 * system is, and light on paper.
 */
export function cardHtml(card: Card): string {
  checkFields("card", "a card, as dataCard or modelCard gives", card, ["title", "sections"]);
  const { title, warning, sections } = card;
  const body = html`<body>
    <h1>${title}</h1>
    <p class="warning">${warning}</p>
    ${sections.map(sectionHtml)}
  </body>`;
  return [
    "<!doctype html>",
    '<html lang="en">',
    '<head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    String(html`<title>${title}</title>`),
    `<style>${style}</style></head>`,
    String(body),
    "</html>\n",
  ].join("\n");
}

function sectionHtml({ title, paragraphs = [], points = [], tables = [] }: CardSection) {
  return html`<section>
    <h2>${title}</h2>
    ${paragraphs.map((text) => html`<p>${text}</p>`)}
    ${
      points.length === 0
        ? ""
        : html`<ul>
            ${points.map((text) => html`<li>${text}</li>`)}
          </ul>`
    }
    ${tables.map(tableHtml)}
  </section> `;
}

function tableHtml({ caption, columns, rows }: CardTable) {
  return html`<div class="wide">
    ${textTable({ caption, columns: columns.map((name) => ({ name })), rows })}
  </div>`;
}
