/**
 * The values of a widget as its module sees them, in anywidget's words. Bytes are a DataView.
 *
 * @typedef {{ kind: "open" | "update", state: Record<string, unknown>, bytes: string[], seen: number }} Update
 */
export class WidgetModel {
  #send;
  #state;
  /** Changes that `save_changes` will send. */
  #unsaved = {};
  /** The update in which a name was last sent; gone when the kernel has seen it. */
  #sent = new Map();
  #updates = 0;
  /** @type {Map<string, Set<(...values: any[]) => void>>} */
  #listeners = new Map();

  /**
   * @param {Record<string, unknown>} state
   * @param {(data: object, buffers: ArrayBufferView[]) => void} send to the kernel
   */
  constructor(state, send) {
    this.#state = state;
    this.#send = send;
  }

  get(name) {
    return this.#state[name];
  }

  set(name, value) {
    const changes = typeof name === "object" ? name : { [name]: value };
    this.#apply(changes);
    Object.assign(this.#unsaved, changes);
  }

  save_changes() {
    const changes = Object.entries(this.#unsaved);
    if (changes.length === 0) return;
    this.#unsaved = {};
    const number = ++this.#updates;
    for (const [name] of changes) this.#sent.set(name, number);
    const binary = changes.filter(([, value]) => isBytes(value));
    const state = Object.fromEntries(changes.filter(([, value]) => !isBytes(value)));
    const bytes = binary.map(([name]) => name);
    this.#send(
      { kind: "update", number, state, bytes },
      binary.map(([, value]) => value),
    );
  }

  send(content, _callbacks, buffers = []) {
    this.#send({ kind: "message", content }, buffers);
  }

  /** @param {string} event `change`, `change:NAME` or `msg:custom` */
  on(event, listener) {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
  }

  /** Without a listener all of the event; without an event all. */
  off(event, listener) {
    if (!event) this.#listeners.clear();
    else if (!listener) this.#listeners.delete(event);
    else this.#listeners.get(event)?.delete(listener);
  }

  /** Take what the kernel says, unless a change of ours is on its way there. @param {Update} update */
  receive(update, buffers) {
    for (const [name, number] of this.#sent) if (number <= update.seen) this.#sent.delete(name);
    const changes = Object.entries(unpack(update, buffers)).filter(([name]) => !this.#sent.has(name));
    this.#apply(Object.fromEntries(changes));
  }

  receiveMessage(content, buffers) {
    this.#emit("msg:custom", content, buffers.map(toView));
  }

  #apply(changes) {
    const changed = Object.entries(changes).filter(([name, value]) => !Object.is(this.#state[name], value));
    if (changed.length === 0) return;
    for (const [name, value] of changed) this.#state[name] = value;
    for (const [name, value] of changed) this.#emit(`change:${name}`, this, value);
    this.#emit("change", this);
  }

  #emit(event, ...values) {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        listener(...values);
      } catch (error) {
        reportError(error);
      }
    }
  }
}

/** The values of an update, by name. @param {Update} update */
export function unpack({ state, bytes }, buffers) {
  return Object.assign(
    Object.create(null),
    state,
    Object.fromEntries(bytes.map((name, place) => [name, toView(buffers[place])])),
  );
}

function isBytes(value) {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value);
}

/** JupyterLab hands over buffers or views. */
function toView(bytes) {
  return bytes instanceof ArrayBuffer
    ? new DataView(bytes)
    : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
