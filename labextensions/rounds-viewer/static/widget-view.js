import { element } from "./elements.js";
import { WidgetModel, unpack } from "./widget-model.js";

/** @type {Map<string, Promise<any>>} */
const modules = new Map();

/** A widget on screen while its kernel lives: the module that the kernel sent, at work in an element. */
export class WidgetView {
  kernel;
  #comm;
  #node = element("div", { className: "rounds-Widget-view" });
  #isClosed = false;
  #model = null;
  #cleanUps = [];

  /**
   * @param {any} kernel
   * @param {string} id
   * @param {{ onOpen: (node: HTMLElement) => void, onClose: () => void }} events when it is there, and when the
   *   kernel does not have it or no longer
   */
  constructor(kernel, id, { onOpen, onClose }) {
    this.kernel = kernel;
    this.#comm = kernel.createComm("rounds.widget");
    this.#comm.onMsg = ({ content: { data }, buffers = [] }) => {
      if (data.kind === "open") void this.#open(data, buffers, onOpen);
      else if (data.kind === "update") this.#model?.receive(data, buffers);
      else if (data.kind === "message") this.#model?.receiveMessage(data.content, buffers);
    };
    this.#comm.onClose = () => {
      if (!this.#isClosed) onClose();
    };
    this.#comm.open({ version: 1, id });
  }

  /** End what the module does; its comm too, if there is still a kernel to tell. */
  close(tellKernel) {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const cleanUp of this.#cleanUps.reverse()) attempt(cleanUp, this.#node);
    if (tellKernel && !this.#comm.isDisposed) this.#comm.close();
    else this.#comm.dispose();
  }

  async #open({ esm, css, ...update }, buffers, onOpen) {
    // Messages that come while the module loads find the model.
    const model = new WidgetModel(unpack(update, buffers), (data, views) => {
      if (!this.#isClosed) this.#comm.send(data, undefined, views.map(bytesOf));
    });
    this.#model = model;
    const el = element("div");
    const style = element("style");
    style.textContent = css;
    this.#node.replaceChildren(style, el);
    onOpen(this.#node);
    try {
      const { default: exported } = await load(esm);
      const { initialize, render } = typeof exported === "function" ? await exported() : exported;
      if (this.#isClosed) return;
      this.#keep(await initialize?.({ model }));
      if (this.#isClosed) return;
      this.#keep(await render?.({ model, el }));
    } catch (error) {
      showError(this.#node, error);
    }
  }

  #keep(cleanUp) {
    if (typeof cleanUp !== "function") return;
    if (this.#isClosed) attempt(cleanUp, this.#node);
    else this.#cleanUps.push(cleanUp);
  }
}

/** Each text once, however many widgets it makes; nothing is fetched. */
function load(esm) {
  let loaded = modules.get(esm);
  if (loaded === undefined) {
    const address = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
    loaded = import(address).finally(() => URL.revokeObjectURL(address));
    modules.set(esm, loaded);
  }
  return loaded;
}

function bytesOf(bytes) {
  return bytes instanceof ArrayBuffer
    ? bytes
    : bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

function attempt(work, node) {
  try {
    work();
  } catch (error) {
    showError(node, error);
  }
}

function showError(node, error) {
  const text = `The widget's own code failed: ${error instanceof Error ? error.message : String(error)}`;
  node.append(element("div", { className: "rounds-Widget-error", role: "alert" }, text));
}
