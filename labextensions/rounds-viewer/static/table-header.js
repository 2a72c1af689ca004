import { button, element } from "./elements.js";
import { isNumeric } from "./table-query.js";

const ARROWS = { none: "", ascending: " ▲", descending: " ▼" };

/**
 * A column's name, which sorts, over its type and number of nulls.
 *
 * @param {import("./table-query.js").Column} column
 * @param {import("./table-query.js").Sort | null} sort
 * @param {() => void} onSort
 */
export function columnHeader(column, sort, onSort) {
  const order = sort?.column !== column.name ? "none" : sort.descending ? "descending" : "ascending";
  const name = button(`${column.name}${ARROWS[order]}`, onSort, {
    className: "rounds-Table-sort",
    title: "Sort",
  });
  const nulls =
    column.nulls === null
      ? ""
      : column.nulls === 0
        ? " · no nulls"
        : ` · ${column.nulls.toLocaleString("en-US")} null`;
  const type = element("div", { className: "rounds-Table-type" }, `${column.type}${nulls}`);
  const className = isNumeric(column) ? "rounds-Number" : "";
  return element("th", { scope: "col", "aria-sort": order, className }, name, type);
}

/**
 * @param {import("./table-query.js").Column} column
 * @param {string} value
 * @param {(input: HTMLInputElement) => void} onInput
 */
export function filterCell(column, value, onInput) {
  const placeholder = isNumeric(column) ? "contains, or > 5" : "contains";
  const input = element("input", {
    type: "search",
    value,
    placeholder,
    "aria-label": `Filter by ${column.name}`,
  });
  input.addEventListener("input", () => onInput(input));
  return element("td", {}, input);
}
