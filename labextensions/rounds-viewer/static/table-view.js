import { copyText, toCsv } from "./csv.js";
import { button, count, element } from "./elements.js";
import { handleKeys } from "./keys.js";
import { TableLink } from "./kernel-link.js";
import { tableCell } from "./table-cell.js";
import { PAGE_ROWS, columnControls, pageControls, statusText } from "./table-footer.js";
import { columnHeader, filterCell } from "./table-header.js";
import { leavesOut, queryRows } from "./table-query.js";

const WINDOW_COLUMNS = 40;
const TYPING_PAUSE_MILLISECONDS = 250;
const SCROLL_PIXELS = { ArrowUp: [0, -40], ArrowDown: [0, 40], ArrowLeft: [-60, 0], ArrowRight: [60, 0] };

/**
 * @typedef {import("./table-query.js").Cell} Cell
 * @typedef {import("./table-query.js").Column} Column
 * @typedef {{ version: 1, id: string | null, caption: string, summary?: string, sensitivity: "public" | "restricted",
 *   rowCount: number, columnCount: number, columns: Column[], head: Cell[][], tail: Cell[][] }} TableModel
 * @typedef {{ columns: Column[], rows: Cell[][], offset: number, filteredCount: number, live: boolean }} Page
 */

/** The table on screen: toolbar, rows, status line and pager. */
export class TableView {
  #node;
  #model;
  #link;
  #query = { search: "", filters: {}, sort: null };
  #offset = 0;
  #firstColumn = 0;
  /** @type {Page | null} null while the first and last rows are shown */
  #page = null;
  #filtersShown = false;
  #latest = 0;
  #typing = 0;

  #search = element("input", {
    type: "search",
    placeholder: "Filter rows",
    className: "rounds-Table-search",
  });
  #table = element("table");
  #scroller = element("div", { className: "rounds-Table-scroll", tabIndex: 0, role: "region" }, this.#table);
  #status = element("span", { role: "status", className: "rounds-Table-status" });
  #pager = element("span", { className: "rounds-Table-pager" });

  /**
   * @param {HTMLElement} node
   * @param {TableModel} model
   */
  constructor(node, model) {
    this.#node = node;
    this.#model = model;
    this.#link = new TableLink(node, model.id);
    this.#search.setAttribute("aria-label", `Filter rows of ${model.caption}`);
    this.#scroller.setAttribute("aria-label", model.caption);
    this.#search.addEventListener("input", () =>
      this.#type((text) => (this.#query.search = text), this.#search),
    );
    handleKeys(node, (event) => this.#onKey(event));
    node.replaceChildren(this.#toolbar(), this.#scroller, this.#footer());
    this.#render();
  }

  dispose() {
    clearTimeout(this.#typing);
    this.#link.close();
  }

  #toolbar() {
    const filters = button("Column filters", () => {
      this.#filtersShown = !this.#filtersShown;
      filters.setAttribute("aria-expanded", String(this.#filtersShown));
      this.#renderHead();
    });
    filters.setAttribute("aria-expanded", "false");
    const copy = button("Copy CSV", () => this.#copy());
    const { rowCount, columnCount, summary } = this.#model;
    const shape = summary ?? `${count(rowCount, "row")} × ${count(columnCount, "column")}`;
    const caption = element("span", { className: "rounds-Table-caption" }, this.#model.caption);
    const size = element("span", { className: "rounds-Table-shape" }, shape);
    return element("div", { className: "rounds-Table-bar" }, caption, size, this.#search, filters, copy);
  }

  #footer() {
    return element("div", { className: "rounds-Table-foot" }, this.#status, this.#pager);
  }

  get #columns() {
    return this.#page?.columns ?? this.#model.columns;
  }

  /** The shown rows with their numbers; null is the gap between the first and the last rows. */
  get #lines() {
    if (this.#page !== null) {
      return this.#page.rows.map((cells, index) => ({ number: this.#page.offset + index + 1, cells }));
    }
    const { head, tail, rowCount } = this.#model;
    if (head.length === 0) return [];
    const first = head.map((cells, index) => ({ number: index + 1, cells }));
    const last = tail.map((cells, index) => ({ number: rowCount - tail.length + index + 1, cells }));
    return rowCount > head.length + tail.length ? [...first, null, ...last] : [...first, ...last];
  }

  #render() {
    const caption = element("caption", { className: "rounds-Hidden" }, this.#model.caption);
    this.#table.replaceChildren(caption, element("thead"), element("tbody"));
    this.#renderHead();
    this.#renderBody();
    this.#renderFoot();
  }

  #renderHead() {
    const corner = element("th", { scope: "col", className: "rounds-RowNumber" }, "#");
    const headers = this.#columns.map((column) =>
      columnHeader(column, this.#query.sort, () => this.#sortBy(column)),
    );
    const lines = [element("tr", {}, corner, ...headers)];
    if (this.#filtersShown) {
      const cells = this.#columns.map((column) =>
        filterCell(column, this.#query.filters[column.name] ?? "", (input) =>
          this.#type((text) => (this.#query.filters[column.name] = text), input),
        ),
      );
      lines.push(element("tr", { className: "rounds-Table-filters" }, element("td"), ...cells));
    }
    this.#table.tHead.replaceChildren(...lines);
  }

  #renderBody() {
    const width = this.#columns.length + 1;
    const lines = this.#lines.map((line) => (line === null ? this.#gap(width) : this.#row(line)));
    if (lines.length === 0) lines.push(this.#emptyRow(width));
    this.#table.tBodies[0].replaceChildren(...lines);
  }

  #row({ number, cells }) {
    const header = element(
      "th",
      { scope: "row", className: "rounds-RowNumber" },
      number.toLocaleString("en-US"),
    );
    const shown = this.#columns.map((column, index) =>
      tableCell(cells[index] ?? null, column, () => this.#readFull(number - 1, index, cells[index])),
    );
    return element("tr", {}, header, ...shown);
  }

  #gap(width) {
    const { rowCount, head, tail } = this.#model;
    const words = `… ${count(rowCount - head.length - tail.length, "row")} …`;
    const show = button(words, () => this.#goTo(head.length), { title: "Show them" });
    const holder = element("span", { className: "rounds-Table-gap-text" }, show);
    return element("tr", { className: "rounds-Table-gap" }, element("td", { colSpan: width }, holder));
  }

  #emptyRow(width) {
    const restricted = this.#model.sensitivity === "restricted" && this.#page === null;
    const cell = element("td", { colSpan: width, className: "rounds-Table-empty" });
    if (restricted) {
      cell.append(
        "Restricted: rows are not saved. ",
        button("Show rows", () => this.#goTo(0)),
      );
    } else if (!leavesOut(this.#query)) {
      cell.append("No rows");
    } else {
      cell.append(
        "No row matches. ",
        button("Clear filters", () => this.#clear()),
      );
    }
    return element("tr", {}, cell);
  }

  #renderFoot() {
    const shown = { first: this.#firstColumn, count: this.#columns.length };
    this.#status.textContent = statusText(this.#model, this.#page, this.#query, shown);
    const turn = (offset) => this.#goTo(offset);
    const controls = this.#page === null ? [] : pageControls(this.#page, turn, () => this.#clear());
    if (this.#model.columnCount > WINDOW_COLUMNS) {
      controls.push(...columnControls(this.#model, shown, (first) => this.#goTo(this.#offset, first)));
    }
    this.#pager.replaceChildren(...controls);
  }

  #sortBy(column) {
    const { sort } = this.#query;
    const next = { column: column.name, descending: false };
    if (sort?.column !== column.name) this.#query.sort = next;
    else this.#query.sort = sort.descending ? null : { ...next, descending: true };
    void this.#goTo(0).then(() => this.#focusHeader(column.name));
  }

  #focusHeader(name) {
    const place = this.#columns.findIndex((column) => column.name === name);
    this.#table.tHead.rows[0].cells[place + 1]?.querySelector("button")?.focus();
  }

  #type(apply, input) {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => {
      apply(input.value.trim());
      void this.#goTo(0);
    }, TYPING_PAUSE_MILLISECONDS);
  }

  #clear() {
    this.#query = { search: "", filters: {}, sort: null };
    this.#search.value = "";
    [this.#offset, this.#firstColumn, this.#page] = [0, 0, null];
    this.#latest += 1;
    this.#keepFocus(() => this.#render());
  }

  /** Draw anew; the focus stays on the button it was on, or goes to the rows where that button is gone. */
  #keepFocus(draw) {
    const focused = document.activeElement;
    const wasInside = this.#node.contains(focused);
    draw();
    if (!wasInside || this.#node.contains(focused)) return;
    const buttons = [...this.#node.querySelectorAll("button:enabled")];
    const same = buttons.find(({ textContent }) => textContent === focused.textContent);
    (same ?? this.#scroller).focus({ preventScroll: true });
  }

  async #goTo(offset, firstColumn = this.#firstColumn) {
    const number = ++this.#latest;
    this.#status.textContent = this.#link.alive ? "Asking the kernel …" : "";
    const range = { offset, limit: PAGE_ROWS, firstColumn, columnLimit: WINDOW_COLUMNS };
    const reply = await this.#link.ask({ kind: "rows", ...this.#query, ...range });
    if (number !== this.#latest) return;
    if (reply?.error !== undefined) {
      this.#status.textContent = reply.error;
      return;
    }
    [this.#offset, this.#firstColumn] = reply === null ? [0, 0] : [offset, firstColumn];
    this.#page =
      reply === null ? this.#savedPage() : { ...reply, ...this.#withNulls(reply), offset, live: true };
    this.#keepFocus(() => {
      this.#renderBody();
      this.#renderFoot();
      const isTyping =
        this.#table.contains(document.activeElement) && document.activeElement.tagName === "INPUT";
      if (!isTyping) this.#renderHead();
    });
  }

  /** The kernel does not count nulls again for each page. */
  #withNulls({ columns }) {
    const known = new Map(this.#model.columns.map(({ name, nulls }) => [name, nulls]));
    return { columns: columns.map((column) => ({ ...column, nulls: known.get(column.name) ?? null })) };
  }

  /** The saved rows are few enough for one page. */
  #savedPage() {
    const { columns, head, tail } = this.#model;
    const rows = queryRows([...head, ...tail], columns, this.#query);
    return { columns, rows, offset: 0, filteredCount: rows.length, live: false };
  }

  /** The whole text of a cell from the kernel, or null when it is not to be had. */
  async #readFull(row, place, cell) {
    const range = { offset: row, limit: 1, firstColumn: this.#firstColumn + place, columnLimit: 1 };
    const query = this.#page === null ? {} : this.#query;
    const reply = await this.#link.ask({ kind: "rows", ...query, ...range, full: true });
    const text = reply?.rows?.[0]?.[0];
    return typeof text === "string" && text.startsWith(cell.clipped) ? text : null;
  }

  async #copy() {
    const lines = this.#lines.filter((line) => line !== null);
    let clipped = 0;
    const rows = [];
    for (const { number, cells } of lines) {
      const whole = this.#columns.map(async (_column, place) => {
        const cell = cells[place] ?? null;
        if (typeof cell !== "object" || cell === null) return cell;
        const full = await this.#readFull(number - 1, place, cell);
        if (full === null) clipped += 1;
        return full ?? cell;
      });
      rows.push(await Promise.all(whole));
    }
    const names = this.#columns.map((column) => column.name);
    try {
      await copyText(toCsv(names, rows));
    } catch (error) {
      this.#status.textContent = `The browser does not let this page copy: ${error.message}`;
      return;
    }
    const note = clipped === 0 ? "" : ` ${count(clipped, "long text")} could only be copied in part.`;
    this.#status.textContent = `Copied ${count(rows.length, "row")} as CSV.${note}`;
  }

  #onKey(event) {
    if (event.target instanceof HTMLButtonElement) return event.key === "Enter" || event.key === " ";
    if (event.target instanceof HTMLInputElement)
      return event.key !== "Tab" && !event.ctrlKey && !event.metaKey;
    const by = event.target === this.#scroller ? SCROLL_PIXELS[event.key] : undefined;
    if (by === undefined) return false;
    event.preventDefault();
    this.#scroller.scrollBy(...by);
    return true;
  }
}
