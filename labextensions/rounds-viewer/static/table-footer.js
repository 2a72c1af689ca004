import { button, count } from "./elements.js";
import { leavesOut } from "./table-query.js";

export const PAGE_ROWS = 50;

/**
 * Which rows are shown, of how many, and whether they come from the kernel or from the saved output.
 *
 * @param {import("./table-view.js").TableModel} model
 * @param {import("./table-view.js").Page | null} page
 * @param {import("./table-query.js").Query} query
 * @param {{ first: number, count: number }} columns
 */
export function statusText(model, page, query, columns) {
  const all = columns.count >= model.columnCount;
  const window = all
    ? ""
    : ` Columns ${columns.first + 1} to ${columns.first + columns.count} of ${model.columnCount}.`;
  if (page === null) return window.trim();
  const [first, last] = [page.offset + 1, page.offset + page.rows.length].map((row) =>
    row.toLocaleString("en-US"),
  );
  const rows = page.rows.length === 0 ? "No rows" : `Rows ${first} to ${last}`;
  const saved = count(model.head.length + model.tail.length, "saved row");
  const basis = page.live ? count(model.rowCount, "row") : `the ${saved} only: the kernel does not answer`;
  const matching = leavesOut(query)
    ? `${page.filteredCount.toLocaleString("en-US")} that match, in ${basis}`
    : basis;
  return `${rows} of ${matching}.${window}`;
}

/**
 * @param {import("./table-view.js").Page} page
 * @param {(offset: number) => void} turnTo
 * @param {() => void} leave back to the first and last rows
 */
export function pageControls(page, turnTo, leave) {
  const last = Math.max(0, Math.floor((page.filteredCount - 1) / PAGE_ROWS) * PAGE_ROWS);
  const [before, after] = [page.offset > 0, page.offset + page.rows.length < page.filteredCount];
  const turn = (label, offset, possible) => button(label, () => turnTo(offset), { disabled: !possible });
  return [
    turn("First", 0, before),
    turn("Previous", Math.max(0, page.offset - PAGE_ROWS), before),
    turn("Next", page.offset + PAGE_ROWS, after),
    turn("Last", last, after),
    button("Overview", leave),
  ];
}

/**
 * @param {import("./table-view.js").TableModel} model
 * @param {{ first: number, count: number }} shown
 * @param {(first: number) => void} turnTo
 */
export function columnControls(model, shown, turnTo) {
  const next = shown.first + shown.count;
  return [
    button("Columns ‹", () => turnTo(Math.max(0, shown.first - shown.count)), {
      disabled: shown.first === 0,
    }),
    button("Columns ›", () => turnTo(next), { disabled: next >= model.columnCount }),
  ];
}
