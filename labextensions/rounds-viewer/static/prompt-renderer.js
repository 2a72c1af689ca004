/**
 * A renderer that gives each output about prompts to a view of its node; the view stays while its numbers come in.
 *
 * @param {any} Widget the class of `@lumino/widgets`
 * @param {new (node: HTMLElement) => { show(data: any): void }} View
 */
export function definePromptRenderer(Widget, View) {
  return class PromptRenderer extends Widget {
    #mimeType;
    #view;

    constructor(mimeType) {
      super();
      this.#mimeType = mimeType;
      this.addClass("rounds-Prompt");
      this.#view = new View(this.node);
    }

    async renderModel(model) {
      this.#view.show(model.data[this.#mimeType]);
    }
  };
}
