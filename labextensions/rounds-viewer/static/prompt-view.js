import { copyText } from "./csv.js";
import { button, count, element } from "./elements.js";
import { handleKeys } from "./keys.js";

/**
 * @typedef {{ characters: number, text: string | null }} SavedText
 * @typedef {"sum" | "token" | "character" | "byte" | "pmi"} Normalisation
 * @typedef {{ place: number, tokens: number, isChosen: boolean, share: number,
 *   logLikelihood: Partial<Record<Normalisation, number>> }} Option
 * @typedef {{ title: string, prompt: number[] | null, promptCharacters: number, promptTokens: number,
 *   writes: "Reasoning" | "Output", output: SavedText, outputTokens: number, options: Option[] }} Run
 * @typedef {{ version: 1, strategy: string, settings: string, model: string, verdict: string, usage: string,
 *   normalisation: Normalisation, options: string[], answer: number | null, pieces: string[], runs: Run[],
 *   runCount: number, leftOut: string }} Trial
 */

/** @type {Record<Normalisation, string>} */
const NORMALISATIONS = { sum: "Sum", token: "A token", character: "A character", byte: "A byte", pmi: "PMI" };

/** A trial on screen: what came out, and of one run at a time the options, the prompt and the output. */
export class PromptView {
  #node;
  #run = element("div");
  #tabs = [];
  /** @type {Trial | null} */
  #trial = null;

  /** @param {HTMLElement} node */
  constructor(node) {
    this.#node = node;
    handleKeys(node, isKeyOfControl);
  }

  /** @param {Trial} trial */
  show(trial) {
    this.#trial = trial;
    this.#tabs = trial.runs.map((run, index) =>
      button(run.title, () => this.#open(index), { className: "rounds-Button rounds-Prompt-tab" }),
    );
    const name = element("strong", { title: trial.settings }, trial.strategy);
    const said = element("span", {}, name, ` on ${trial.model}: ${trial.verdict}`);
    const usage = element("span", { className: "rounds-Prompt-usage" }, trial.usage);
    const parts = [element("div", { className: "rounds-Prompt-head" }, said, usage)];
    if (this.#tabs.length > 1) parts.push(this.#tabBar());
    this.#node.replaceChildren(...parts, this.#run);
    this.#open(0);
  }

  #tabBar() {
    const { runs, runCount } = this.#trial;
    const more = runCount > runs.length ? [`and ${count(runCount - runs.length, "run")} more`] : [];
    return element(
      "div",
      { className: "rounds-Prompt-tabs", role: "group", "aria-label": "Runs" },
      ...this.#tabs,
      ...more,
    );
  }

  #open(index) {
    const run = this.#trial.runs[index];
    for (const [place, tab] of this.#tabs.entries())
      tab.setAttribute("aria-pressed", String(place === index));
    const { promptTokens, promptCharacters, outputTokens, writes, output } = run;
    const prompt = run.prompt?.map((place) => this.#trial.pieces[place]);
    this.#run.replaceChildren(
      this.#optionTable(run),
      ...section(
        `Prompt, ${count(promptTokens, "token")}`,
        prompt === undefined
          ? this.#leftOut(promptCharacters)
          : textBox("Prompt", prompt.join(""), ...prompt.map(promptPiece)),
      ),
      ...section(
        `${writes}, ${count(outputTokens, "token")}`,
        output.text === null ? this.#leftOut(output.characters) : outputBox(writes, output.text),
      ),
    );
  }

  #leftOut(characters) {
    return element("em", {}, `${count(characters, "character")}, ${this.#trial.leftOut}`);
  }

  #optionTable({ options }) {
    const { normalisation, answer } = this.#trial;
    const known = Object.keys(NORMALISATIONS).filter((name) =>
      options.every(({ logLikelihood }) => name in logLikelihood),
    );
    const best = new Map(known.map((name) => [name, placeOfBest(options, name)]));
    const number = (text, isBest) =>
      element("td", { className: "rounds-Number" }, isBest ? element("strong", {}, text) : text);
    const rows = options.map(({ place, tokens, isChosen, share, logLikelihood }) => {
      const signs = [
        isChosen ? element("span", { className: "rounds-Prompt-chosen" }, "chosen") : "",
        place === answer ? element("span", { className: "rounds-Prompt-right" }, "right answer") : "",
      ];
      return element(
        "tr",
        {},
        element("th", { scope: "row" }, this.#trial.options[place], " ", ...signs),
        element("td", {}, shareBar(share)),
        ...known.map((name) => number(logLikelihood[name].toFixed(3), best.get(name) === place)),
        number(String(tokens), false),
      );
    });
    const heads = [
      "Option",
      `Share, by ${NORMALISATIONS[normalisation].toLowerCase()}`,
      ...known.map((name) => NORMALISATIONS[name]),
      "Tokens",
    ];
    const head = element("tr", {}, ...heads.map((name) => element("th", { scope: "col" }, name)));
    const caption = "Log-likelihood of each option after the prompt; the best of a column is bold";
    return scrollBox(
      caption,
      element(
        "table",
        {},
        element("caption", {}, caption),
        element("thead", {}, head),
        element("tbody", {}, ...rows),
      ),
    );
  }
}

/** Of several as good the first place in the question, as the kernel chooses. */
function placeOfBest(options, name) {
  const inOrder = options.toSorted((one, other) => one.place - other.place);
  return inOrder.reduce((best, option) =>
    option.logLikelihood[name] > best.logLikelihood[name] ? option : best,
  ).place;
}

function shareBar(share) {
  const percent = `${(100 * share).toFixed(1)} %`;
  const fill = element("span", { className: "rounds-Prompt-fill" });
  fill.style.width = `${100 * share}%`;
  const bar = element("span", { className: "rounds-Prompt-bar", "aria-hidden": "true" }, fill);
  return element("span", { className: "rounds-Prompt-share" }, bar, percent);
}

/** The question that is asked stands out from the examples before it. */
function promptPiece(text, index, pieces) {
  const isAsked = index === pieces.length - 1;
  return element("span", { className: isAsked ? "" : "rounds-Prompt-example" }, text);
}

function section(title, content) {
  return [element("div", { className: "rounds-Prompt-title" }, title), content];
}

function outputBox(label, text) {
  return text.trim() === "" ? element("em", {}, "nothing but white space") : textBox(label, text, text);
}

function textBox(label, text, ...children) {
  const words = element("pre", { tabIndex: 0, role: "region", "aria-label": label }, ...children);
  // The question that is asked stands at the end of a long prompt.
  requestAnimationFrame(() => (words.scrollTop = words.scrollHeight));
  const copy = button("Copy", async () => {
    try {
      await copyText(text);
      copy.textContent = "Copied";
    } catch (error) {
      copy.textContent = `The browser does not let this page copy: ${error.message}`;
    }
  });
  copy.classList.add("rounds-Prompt-copy");
  copy.setAttribute("aria-label", `Copy ${label.toLowerCase()}`);
  return element("div", { className: "rounds-Prompt-text" }, words, copy);
}

export function scrollBox(label, content) {
  return element(
    "div",
    { className: "rounds-Prompt-scroll", tabIndex: 0, role: "region", "aria-label": label },
    content,
  );
}

/** Keys that buttons and boxes that scroll need; all others stay the notebook's. */
export function isKeyOfControl(event) {
  if (event.target instanceof HTMLButtonElement) return event.key === "Enter" || event.key === " ";
  return event.target.tabIndex === 0 && /^(?:Arrow|Page|Home|End)/.test(event.key);
}
