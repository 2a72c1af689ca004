import { TableView } from "./table-view.js";

/** @param {any} Widget the class of `@lumino/widgets` */
export function defineTableRenderer(Widget) {
  /** A table whose rows come from the kernel while it lives, else from the saved output. */
  return class TableRenderer extends Widget {
    #mimeType;
    #view = undefined;

    constructor(mimeType) {
      super();
      this.#mimeType = mimeType;
      this.addClass("rounds-Table");
    }

    async renderModel(model) {
      this.#view?.dispose();
      this.#view = new TableView(this.node, model.data[this.#mimeType]);
    }

    dispose() {
      if (this.isDisposed) return;
      this.#view?.dispose();
      super.dispose();
    }
  };
}
