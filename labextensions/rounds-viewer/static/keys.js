/** @type {WeakMap<Node, (event: KeyboardEvent) => boolean>} */
const handlers = new WeakMap();

/**
 * Let a node handle keys before JupyterLab's own shortcuts take them.
 *
 * JupyterLab listens on the document while the event goes down, so only the window is earlier.
 *
 * @param {HTMLElement} node
 * @param {(event: KeyboardEvent) => boolean} handle true when the key is meant for the node
 */
export function handleKeys(node, handle) {
  handlers.set(node, handle);
}

window.addEventListener(
  "keydown",
  (event) => {
    for (let node = event.target; node instanceof Node; node = node.parentNode) {
      if (handlers.get(node)?.(event) === true) {
        event.stopPropagation();
        return;
      }
    }
  },
  true,
);
