import { button, count, element } from "./elements.js";
import { handleKeys } from "./keys.js";
import { isKeyOfControl, scrollBox } from "./prompt-view.js";

/**
 * @typedef {{ question: string, right: string, before: string, now: string, isGain: boolean }} Flip
 * @typedef {{ difference: string, gained: number, lost: number, p: string, notComparable: string[], flips: Flip[] }} Against
 * @typedef {{ name: string, settings: string, accuracy: number, low: number, high: number, tokens: string,
 *   cost: string, against: Against | null }} Row
 * @typedef {{ version: 1, state: "running" | "done" | "stopped", detail: string, asked: number, total: number,
 *   chance: number, pName: string, rows: Row[] }} Comparison
 */

/** A comparison on screen: a row for each strategy, and below it the questions that one of them flips. */
export class StrategiesView {
  #node;
  /** Name of the strategy whose flips are open. */
  #open = "";
  /** @type {Comparison | null} */
  #comparison = null;

  /** @param {HTMLElement} node */
  constructor(node) {
    this.#node = node;
    handleKeys(node, isKeyOfControl);
  }

  /** @param {Comparison} comparison */
  show(comparison) {
    this.#comparison = comparison;
    this.#draw();
  }

  #draw() {
    const { state, detail, asked, total, rows } = this.#comparison;
    const focused = this.#node.contains(document.activeElement) ? document.activeElement.ariaLabel : null;
    const bar = element("progress", {
      className: "rounds-Progress-bar",
      max: Math.max(total, 1),
      value: asked,
    });
    bar.setAttribute("aria-label", "Questions asked");
    const head = element("div", { className: "rounds-Prompt-head" }, bar, element("span", {}, detail));
    this.#node.dataset.state = state;
    const opened = rows.find(({ name, against }) => name === this.#open && against !== null);
    this.#node.replaceChildren(
      head,
      scrollBox("Strategies", this.#table()),
      ...(opened === undefined ? [] : [flipList(opened)]),
    );
    // Drawn anew while its numbers come in: the keyboard stays where it was.
    if (focused !== null)
      [...this.#node.querySelectorAll("[aria-label]")].find((each) => each.ariaLabel === focused)?.focus();
  }

  #table() {
    const { rows, chance, pName, asked } = this.#comparison;
    const heads = [
      "Strategy",
      "Accuracy, 95 % interval",
      "Tokens in + out",
      "Cost",
      "Against the first",
      "Flips",
      pName,
    ];
    const head = element("tr", {}, ...heads.map((name) => element("th", { scope: "col" }, name)));
    const words = `${count(asked, "question")}; the line in the bars is chance`;
    return element(
      "table",
      {},
      element("caption", {}, words),
      element("thead", {}, head),
      element("tbody", {}, ...rows.map((row) => this.#row(row, chance))),
    );
  }

  #row({ name, settings, accuracy, low, high, tokens, cost, against }, chance) {
    const cell = (...children) => element("td", { className: "rounds-Number" }, ...children);
    const fixed = [
      element("th", { scope: "row", title: settings }, name),
      element(
        "td",
        { className: "rounds-Prompt-accuracy" },
        `${percent(accuracy)}, ${percent(low)} to ${percent(high)}`,
        intervalBar(accuracy, low, high, chance),
      ),
      cell(tokens),
      cell(cost),
    ];
    if (against === null) return element("tr", {}, ...fixed, element("td"), element("td"), element("td"));
    const { difference, gained, lost, p, notComparable } = against;
    const isOpen = this.#open === name;
    const flips = button(
      `+${gained} −${lost}`,
      () => {
        this.#open = isOpen ? "" : name;
        this.#draw();
      },
      {
        "aria-expanded": String(isOpen),
        "aria-label": `Flips of ${name}: ${gained} now right, ${lost} now wrong`,
        title: `${gained} now right, ${lost} now wrong`,
      },
    );
    flips.disabled = gained + lost === 0;
    const warned =
      notComparable.length === 0
        ? []
        : [
            element(
              "div",
              { className: "rounds-Prompt-warning", title: notComparable.join("; ") },
              `not comparable: ${notComparable.map((reason) => reason.split(":")[0]).join(", ")}`,
            ),
          ];
    return element(
      "tr",
      {},
      ...fixed,
      element("td", { className: "rounds-Number" }, difference, ...warned),
      element("td", { className: "rounds-Number" }, flips),
      cell(p),
    );
  }
}

function flipList({ name, against }) {
  const { flips, gained, lost } = against;
  const heads = ["Question", "Right answer", "The first said", `${name} says`];
  const rows = flips.map(({ question, right, before, now, isGain }) =>
    element(
      "tr",
      {},
      element("td", {}, question),
      element("td", {}, right),
      element("td", {}, before),
      element("td", { className: isGain ? "rounds-Prompt-right" : "rounds-Prompt-wrong" }, now),
    ),
  );
  const more = gained + lost - flips.length;
  const words = `Questions that one alone answers right${more > 0 ? `, the first ${flips.length}` : ""}`;
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
  const table = element(
    "table",
    { className: "rounds-Prompt-flips" },
    element("caption", {}, words),
    element("thead", {}, head),
    element("tbody", {}, ...rows),
  );
  return scrollBox(words, table);
}

/** From 0 to 100 %: the interval, the accuracy in it, and a line where guessing is. */
function intervalBar(accuracy, low, high, chance) {
  const mark = (className, from, to) => {
    const made = element("span", { className });
    made.style.left = `${100 * from}%`;
    made.style.width = to === from ? "2px" : `${100 * (to - from)}%`;
    return made;
  };
  return element(
    "span",
    { className: "rounds-Prompt-interval", "aria-hidden": "true" },
    mark("rounds-Prompt-range", low, high),
    mark("rounds-Prompt-chance", chance, chance),
    mark("rounds-Prompt-point", accuracy, accuracy),
  );
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}
