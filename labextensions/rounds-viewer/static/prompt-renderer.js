import { PromptView } from "./prompt-view.js";

/** @param {any} Widget the class of `@lumino/widgets` */
export function definePromptRenderer(Widget) {
  /** One question under one prompt strategy: each run's prompt, what the model wrote, how likely each option is. */
  return class PromptRenderer extends Widget {
    #mimeType;
    #view;

    constructor(mimeType) {
      super();
      this.#mimeType = mimeType;
      this.addClass("rounds-Prompt");
      this.#view = new PromptView(this.node);
    }

    async renderModel(model) {
      this.#view.show(model.data[this.#mimeType]);
    }
  };
}
