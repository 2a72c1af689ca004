import { html, type Markup } from "../../display/markup.ts";
import { errata } from "../../paper/errata.ts";
import { table1 } from "../../paper/table-1.ts";
import { table2 } from "../../paper/table-2.ts";
import { table3 } from "../../paper/table-3.ts";
import { paperFigures } from "../paper-figures.ts";
import { reportFigure } from "./report-figure.ts";
import { reportTable } from "./report-table.ts";

/** It depends on no study. */
let drawnPaper: Promise<Markup> | undefined;

/** The paper's figures and tables, as far as it states their numbers. */
export function paperBody(): Promise<Markup> {
  return (drawnPaper ??= drawPaper());
}

async function drawPaper(): Promise<Markup> {
  const bodies: Markup[] = [
    html`<p>
      Drawn from nothing but the numbers that the paper states; of Figure 1 it states none, and no curve is
      made up.
    </p>`,
  ];
  for (const { place, note, figure } of paperFigures())
    bodies.push(await reportFigure(figure, html`<strong>${place}.</strong> ${note}`));
  for (const { place, title, rows } of [table1, table2, table3])
    bodies.push(
      html`<details>
        <summary>${place}: ${title}</summary>
        ${reportTable(rows)}
      </details>`,
    );
  return html`${bodies}`;
}

/** Where the paper contradicts itself, each finding computed. */
export function errataBody(): Markup {
  return html`<p>Each finding's numbers are computed when this page is written.</p>
    ${errata.map(({ name, place, paperSays, finding, choice, check }) => {
      const rows = check?.();
      return html`<article id="erratum-${name}">
        <h3>${place}: ${paperSays}</h3>
        <p>${finding}</p>
        <p class="note">Here: ${choice}.</p>
        ${
          rows === undefined
            ? ""
            : html`<details>
                <summary>Computed (${rows.length})</summary>
                ${reportTable(rows)}
              </details>`
        }
      </article> `;
    })}`;
}
