import { button, element } from "./elements.js";
import { cellText, isNumeric } from "./table-query.js";

/** Texts longer than this, or of several lines, are shown on one line and opened by their button. */
const CLIP_CHARACTERS = 80;

/**
 * One cell. The full text of a clipped cell is asked for when it is opened.
 *
 * @param {import("./table-query.js").Cell} cell
 * @param {import("./table-query.js").Column} column
 * @param {() => Promise<string | null>} readFull
 */
export function tableCell(cell, column, readFull) {
  const text = cellText(cell);
  const alignment = isNumeric(column) ? "rounds-Number" : "";
  if (text === null) {
    return element("td", { className: `rounds-Null ${alignment}` }, column.type === "" ? "" : "null");
  }
  const whole = typeof cell === "string";
  if (whole && text.length <= CLIP_CHARACTERS && !text.includes("\n")) {
    return element("td", { className: alignment }, text);
  }
  const holder = element("td");
  const open = async () => {
    const full = whole ? text : await readFull();
    const note =
      full === null ? element("em", {}, ` … the first ${text.length} of ${cell.length} characters`) : "";
    const less = button("Less", close, {
      className: "rounds-Button rounds-Cell-less",
      "aria-expanded": "true",
    });
    holder.replaceChildren(element("div", { className: "rounds-Cell-text" }, full ?? text, note), less);
    less.focus();
  };
  const close = () => {
    holder.replaceChildren(more);
    more.focus();
  };
  const shown = `${text.slice(0, CLIP_CHARACTERS)}…`;
  const more = button(shown, open, {
    className: "rounds-Cell-more",
    "aria-expanded": "false",
    title: "Open",
  });
  holder.append(more);
  return holder;
}
