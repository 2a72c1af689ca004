import { html, type Markup } from "./markup.ts";

/** Texts in rows and columns. */
export interface TextTable {
  readonly caption?: string | undefined;
  readonly columns: readonly TextColumn[];
  /** A cell for each column: a text, or markup that {@link html} made. */
  readonly rows: readonly (readonly (string | Markup)[])[];
}

export interface TextColumn {
  readonly name: string;
  /** Set to the right, in one line. @default false */
  readonly isNumeric?: boolean;
}

/** A table for an output or a page: sizes and colours are those of the place where it stands. */
export function textTable({ caption, columns, rows }: TextTable): Markup {
  const styles = columns.map(({ isNumeric = false }) =>
    isNumeric ? "text-align:right;white-space:nowrap" : "text-align:left",
  );
  const top =
    caption === undefined
      ? ""
      : html`<caption style="text-align:left">
          ${caption}
        </caption>`;
  return html`<table style="font-variant-numeric:tabular-nums">
    ${top}
    <thead>
      <tr>
        ${columns.map(({ name }, index) => html`<th scope="col" style="${styles[index]}">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (cells) =>
          html`<tr>
            ${cells.map((cell, index) => html`<td style="${styles[index]}">${cell}</td>`)}
          </tr> `,
      )}
    </tbody>
  </table>`;
}
