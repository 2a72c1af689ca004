import { StrategiesView } from "./strategies-view.js";

/** @param {any} Widget the class of `@lumino/widgets` */
export function defineStrategiesRenderer(Widget) {
  /** Prompt strategies on the same questions; the view stays while its numbers come in. */
  return class StrategiesRenderer extends Widget {
    #mimeType;
    #view;

    constructor(mimeType) {
      super();
      this.#mimeType = mimeType;
      this.addClass("rounds-Prompt");
      this.#view = new StrategiesView(this.node);
    }

    async renderModel(model) {
      this.#view.show(model.data[this.#mimeType]);
    }
  };
}
