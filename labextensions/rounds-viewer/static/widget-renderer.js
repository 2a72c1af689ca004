import { element } from "./elements.js";
import { findKernel, onKernelChange } from "./kernel-link.js";
import { WidgetView } from "./widget-view.js";

/**
 * @param {any} Widget the class of `@lumino/widgets`
 * @param {(name: string) => Promise<any>} shared
 */
export function defineWidgetRenderer(Widget, shared) {
  /**
   * A widget whose code comes from the kernel that ran its cell; else what was saved of it. What a notebook holds
   * names the widget and never says what code to run.
   */
  return class WidgetRenderer extends Widget {
    #mimeType;
    #id = null;
    #model = null;
    /** @type {WidgetView | null} */
    #view = null;
    /** The kernel that has said that it does not have the widget. */
    #stranger = null;
    #stopFollowing = () => {};

    constructor(mimeType) {
      super();
      this.#mimeType = mimeType;
      this.addClass("rounds-Widget");
      // The keys are the widget's own.
      this.node.dataset.lmSuppressShortcuts = "true";
    }

    async renderModel(model) {
      const { id } = model.data[this.#mimeType];
      this.#model = model;
      if (id !== this.#id) {
        this.#id = id;
        this.#stranger = null;
        this.#drop();
      }
      // An update of what is saved; the living view has it already.
      if (this.#view !== null) return;
      await this.#showSaved();
      this.#connect();
    }

    onAfterAttach(message) {
      super.onAfterAttach(message);
      this.#stopFollowing();
      this.#stopFollowing = onKernelChange(this.node, this.#connect);
      this.#connect();
    }

    dispose() {
      if (this.isDisposed) return;
      this.#stopFollowing();
      this.#drop();
      super.dispose();
    }

    #connect = () => {
      if (this.isDisposed || this.#id === null) return;
      const kernel = findKernel(this.node);
      if (this.#view !== null && (kernel === null || kernel !== this.#view.kernel)) {
        this.#drop();
        void this.#showSaved();
      }
      if (this.#view !== null || kernel === null || kernel === this.#stranger) return;
      this.#view = new WidgetView(kernel, this.#id, {
        onOpen: (node) => this.node.replaceChildren(node),
        onClose: () => {
          this.#stranger = kernel;
          this.#drop();
          void this.#showSaved();
        },
      });
    };

    #drop() {
      const view = this.#view;
      this.#view = null;
      view?.close(findKernel(this.node) === view.kernel);
    }

    async #showSaved() {
      const data = this.#model?.data ?? {};
      const saved = await savedForm(data, shared);
      if (this.#view === null && !this.isDisposed) this.node.replaceChildren(saved);
    }
  };
}

async function savedForm(data, shared) {
  const picture = data["image/png"];
  if (typeof picture === "string" && /^[\w+/=\s]+$/u.test(picture)) {
    return element("img", { src: `data:image/png;base64,${picture}`, alt: String(data["text/plain"] ?? "") });
  }
  const html = data["text/html"];
  if (typeof html !== "string") return element("pre", {}, String(data["text/plain"] ?? ""));
  const holder = element("div");
  // As JupyterLab itself does with HTML of a notebook that nobody trusts.
  const { Sanitizer } = await shared("@jupyterlab/apputils");
  holder.innerHTML = new Sanitizer().sanitize(html);
  return holder;
}
