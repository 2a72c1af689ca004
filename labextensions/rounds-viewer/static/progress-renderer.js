/**
 * @typedef {{ version: 1, label: string, value: number, total: number | null, unit: string,
 *   state: "running" | "done" | "stopped", detail: string }} Progress
 */

/** @param {any} Widget the class of `@lumino/widgets` */
export function defineProgressRenderer(Widget) {
  /** A bar that fills, or a count where the end is not known. */
  return class ProgressRenderer extends Widget {
    #mimeType;
    #label = element("span", "rounds-Progress-label");
    #bar = element("progress", "rounds-Progress-bar");
    #detail = element("span", "rounds-Progress-detail");

    constructor(mimeType) {
      super();
      this.#mimeType = mimeType;
      this.addClass("rounds-Progress");
      this.node.append(this.#label, this.#bar, this.#detail);
    }

    async renderModel(model) {
      /** @type {Progress} */
      const { label, value, total, state, detail } = model.data[this.#mimeType];
      this.#label.textContent = label;
      this.#detail.textContent = detail;
      this.#bar.setAttribute("aria-label", label);
      this.#bar.setAttribute("aria-valuetext", detail);
      this.node.dataset.state = state;
      const known = total ?? (state === "running" ? null : Math.max(value, 1));
      if (known === null) {
        this.#bar.removeAttribute("value");
      } else {
        this.#bar.max = Math.max(known, 1);
        this.#bar.value = total === null ? known : value;
      }
    }
  };
}

function element(name, className) {
  const created = document.createElement(name);
  created.className = className;
  return created;
}
