/** @type {{ find: (test: (panel: any) => boolean) => any } | null} */
let notebooks = null;

/** Remember JupyterLab's list of open notebooks. */
export function followNotebooks(tracker) {
  notebooks = tracker;
}

/**
 * The living kernel of the notebook that a node is in, or null.
 *
 * @param {Node} node
 */
export function findKernel(node) {
  const panel = notebooks?.find((open) => open.node.contains(node));
  const kernel = panel?.sessionContext?.session?.kernel ?? null;
  if (kernel === null || kernel.isDisposed || kernel.connectionStatus !== "connected") return null;
  const gone = ["dead", "terminating", "restarting", "autorestarting", "starting"].includes(kernel.status);
  return gone ? null : kernel;
}

/**
 * Call back when the kernel of the notebook that a node is in comes, goes or changes, until the returned function
 * is called.
 *
 * @param {Node} node
 * @param {() => void} callback
 */
export function onKernelChange(node, callback) {
  const session = notebooks?.find((open) => open.node.contains(node))?.sessionContext;
  const signals = session && [session.statusChanged, session.connectionStatusChanged, session.kernelChanged];
  for (const signal of signals ?? []) signal.connect(callback);
  return () => {
    for (const signal of signals ?? []) signal.disconnect(callback);
  };
}

/** How long a kernel that runs a cell is waited for before the saved rows are used instead. */
const PATIENCE_MILLISECONDS = 3000;

/** Questions to the kernel about one table, over a comm that is opened by the first. */
export class TableLink {
  #node;
  #id;
  #comm = null;
  #lastRequest = 0;
  /** @type {Map<number, (reply: any) => void>} */
  #waiting = new Map();
  /** Requests that the kernel has begun to work on, however long that takes. */
  #accepted = new Set();

  /**
   * @param {Node} node where the table is shown
   * @param {string | null} id the kernel's name for the table; null when it never kept it
   */
  constructor(node, id) {
    this.#node = node;
    this.#id = id;
  }

  /** Whether there is a kernel to ask; it may still not know the table. */
  get alive() {
    return this.#id !== null && findKernel(this.#node) !== null;
  }

  /**
   * The kernel's answer, or null when there is no kernel, it does not know the table, or it is busy.
   *
   * @param {object} request
   * @returns {Promise<any>}
   */
  async ask(request) {
    const comm = this.#open();
    if (comm === null) return null;
    const number = ++this.#lastRequest;
    const reply = new Promise((resolve) => {
      this.#waiting.set(number, resolve);
      this.#watch(number, comm);
    });
    comm.send({ ...request, request: number });
    return await reply;
  }

  close() {
    const comm = this.#comm;
    this.#forget();
    if (comm !== null && findKernel(this.#node) !== null) comm.close();
  }

  #open() {
    const kernel = this.#id === null ? null : findKernel(this.#node);
    if (kernel === null) return null;
    if (this.#comm !== null && !this.#comm.isDisposed) return this.#comm;
    const comm = kernel.createComm("rounds.table");
    comm.onMsg = ({ content: { data } }) => {
      if (data.accepted === true) this.#accepted.add(data.request);
      else this.#settle(data.request, data);
    };
    comm.onClose = () => this.#forget();
    comm.open({ version: 1, id: this.#id });
    this.#comm = comm;
    return comm;
  }

  /** Give a request up when the kernel is gone, or is too busy to begin. */
  #watch(number, comm) {
    setTimeout(() => {
      const works = this.#accepted.has(number) && !comm.isDisposed && findKernel(this.#node) !== null;
      if (!works) this.#settle(number, null);
      else if (this.#waiting.has(number)) this.#watch(number, comm);
    }, PATIENCE_MILLISECONDS);
  }

  #settle(number, reply) {
    this.#waiting.get(number)?.(reply);
    this.#waiting.delete(number);
    this.#accepted.delete(number);
  }

  #forget() {
    this.#comm = null;
    for (const number of this.#waiting.keys()) this.#settle(number, null);
  }
}
