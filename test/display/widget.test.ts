import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import * as fc from "fast-check";
import { DISPLAY_SYMBOL, WIDGET_MIME } from "../../lib/display/bundle.ts";
import type { RichBundle } from "../../lib/display/bundle.ts";
import { html } from "../../lib/display/markup.ts";
import { serveWidgets } from "../../lib/display/widget-comm.ts";
import { packState, unpackState } from "../../lib/display/widget-state.ts";
import { widget } from "../../lib/display/widget.ts";

/** The viewer's model, of which a page has one for each widget on screen. */
interface WidgetModel {
  get(name: string): unknown;
  set(changes: object): void;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown, callbacks?: undefined, buffers?: Uint8Array[]): void;
  on(event: string, listener: (content: unknown, buffers: DataView[]) => void): void;
  receive(update: object, buffers: Uint8Array[]): void;
  receiveMessage(content: unknown, buffers: Uint8Array[]): void;
}

const { WidgetModel, unpack } = (await import(
  new URL("../../labextensions/rounds-viewer/static/widget-model.js", import.meta.url).href
)) as {
  WidgetModel: new (state: object, send: (data: object, buffers: ArrayBufferView[]) => void) => WidgetModel;
  unpack: (update: object, buffers: Uint8Array[]) => object;
};

const esm = "export default { render() {} }";

type Receive = (data: object, buffers: Uint8Array[]) => void;

/** A kernel that keeps the messages of a comm on their way, in both directions, until they are delivered. */
class FakeKernel {
  readonly shown: { bundle: RichBundle; update: boolean | undefined }[] = [];
  #serve: ((comm: object, data: unknown) => void) | undefined;

  constructor() {
    Object.assign(globalThis, {
      [DISPLAY_SYMBOL]: {
        registerCommTarget: (_target: string, serve: (comm: object, data: unknown) => void) =>
          (this.#serve = serve),
        display: (bundle: RichBundle, options: { update?: boolean }) =>
          this.shown.push({ bundle, update: options.update }),
      },
    });
    serveWidgets();
  }

  /** A page that shows the widget of this id; undefined when the kernel does not have it. */
  open(id: string): Page | undefined {
    const toPage: [object, Uint8Array[]][] = [];
    let onMessage: Receive = () => {};
    let isClosed = false;
    const comm = {
      send: (data: object, buffers: Uint8Array[] = []) =>
        toPage.push([JSON.parse(JSON.stringify(data)) as object, buffers]),
      close: () => (isClosed = true),
      onMessage: (handler: Receive) => (onMessage = handler),
      onClose() {},
    };
    this.#serve!(comm, { version: 1, id });
    return isClosed ? undefined : new Page(toPage, (data, buffers) => onMessage(data, buffers));
  }
}

class Page {
  readonly model: WidgetModel;
  readonly opening: Record<string, unknown>;
  readonly #fromKernel: [object, Uint8Array[]][];
  readonly #toKernel: [object, ArrayBufferView[]][] = [];
  readonly #deliver: Receive;

  constructor(fromKernel: [object, Uint8Array[]][], deliver: Receive) {
    this.#fromKernel = fromKernel;
    this.#deliver = deliver;
    const [opening, buffers] = fromKernel.shift()!;
    this.opening = opening as Record<string, unknown>;
    this.model = new WidgetModel(unpack(opening, buffers), (data, views) =>
      this.#toKernel.push([JSON.parse(JSON.stringify(data)) as object, views]),
    );
  }

  set(name: string, value: unknown): void {
    this.model.set(name, value);
    this.model.save_changes();
  }

  /** Send what no model would. */
  sendRaw(data: object): void {
    this.#deliver(data, []);
  }

  /** Let the oldest message on its way to the kernel arrive; false when there is none. */
  arriveAtKernel(): boolean {
    const message = this.#toKernel.shift();
    if (message === undefined) return false;
    this.#deliver(
      message[0],
      message[1].map((view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength)),
    );
    return true;
  }

  arriveAtPage(): boolean {
    const message = this.#fromKernel.shift();
    if (message === undefined) return false;
    const [data, buffers] = message as [{ kind: string; content: unknown }, Uint8Array[]];
    if (data.kind === "message") this.model.receiveMessage(data.content, buffers);
    else this.model.receive(data, buffers);
    return true;
  }
}

async function idOf(shown: object): Promise<string> {
  const { data } = await (shown as { [DISPLAY_SYMBOL](): Promise<RichBundle> })[DISPLAY_SYMBOL]();
  return (data[WIDGET_MIME] as { id: string }).id;
}

describe("a widget", () => {
  let kernel: FakeKernel;
  beforeEach(() => (kernel = new FakeKernel()));
  afterEach(() => Reflect.deleteProperty(globalThis, DISPLAY_SYMBOL));

  it("gives its code to the page that asks, and saves only its name and its static form", async () => {
    const shown = widget({ esm, css: "b { color: red }", initial: { count: 1 } });
    const { data } = await shown[DISPLAY_SYMBOL]();
    assert.deepEqual(Object.keys(data), [WIDGET_MIME, "text/html", "text/plain"]);
    assert.equal(data["text/plain"], "count: 1");
    assert.equal(JSON.stringify(data).includes("render"), false);
    const { opening } = kernel.open(await idOf(shown))!;
    assert.deepEqual([opening["esm"], opening["css"]], [esm, "b { color: red }"]);
    assert.deepEqual(opening["state"], { count: 1 });
    assert.equal(kernel.open("another"), undefined);
  });

  it("has the same id in each run, and one of its own where it is made twice", async () => {
    const options = { esm, initial: { twice: "here" } };
    const [first, second] = [widget(options), widget(options)];
    assert.equal(await idOf(second), `${await idOf(first)}-2`);
  });

  it("tells changes and messages both ways, with bytes, to listeners and other pages", async () => {
    const shown = widget({ esm, initial: { count: 1, image: new Uint8Array([1, 2]) } });
    const id = await idOf(shown);
    const [left, right] = [kernel.open(id)!, kernel.open(id)!];
    const heard: unknown[] = [];
    shown.on("change", (changes) => heard.push(changes));
    const stop = shown.on("message", (content, [buffer]) => {
      heard.push([content, [...buffer!]]);
      shown.send({ answer: 42 }, [Uint8Array.of(9)]);
    });
    left.set("count", 5);
    left.arriveAtKernel();
    assert.equal(shown.get("count"), 5);
    assert.ok(right.arriveAtPage());
    assert.equal(right.model.get("count"), 5);

    shown.set({ count: 6, image: Uint8Array.of(7) });
    shown.set("count", 7);
    await Promise.resolve();
    while (left.arriveAtPage() || right.arriveAtPage());
    assert.equal(left.model.get("count"), 7);
    assert.equal((right.model.get("image") as DataView).getUint8(0), 7);

    const answers: unknown[] = [];
    left.model.on("msg:custom", (content, [view]) => answers.push(content, view!.getUint8(0)));
    left.model.send("question", undefined, [Uint8Array.of(3)]);
    left.arriveAtKernel();
    while (left.arriveAtPage());
    await sleep(0);
    while (left.arriveAtPage());
    assert.deepEqual(answers, [{ answer: 42 }, 9]);
    assert.deepEqual(heard, [
      { count: 5 },
      { count: 6, image: Uint8Array.of(7) },
      { count: 7 },
      ["question", [3]],
    ]);
    stop();
    left.model.send("unheard");
    left.arriveAtKernel();
    await sleep(0);
    assert.equal(heard.length, 4);
  });

  it("holds the same in kernel and pages once all has arrived, however the changes cross", async () => {
    const step = fc.oneof(
      fc.record({ who: fc.constantFrom("left", "right", "kernel"), value: fc.nat(9) }),
      fc.record({ arrive: fc.constantFrom("left", "right"), at: fc.constantFrom("kernel", "page") }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const shown = widget({ esm, initial: { value: -1 } });
        const id = await idOf(shown);
        const pages = { left: kernel.open(id)!, right: kernel.open(id)! };
        for (const each of steps) {
          if ("arrive" in each) {
            const page = pages[each.arrive as "left"];
            if (each.at === "kernel") page.arriveAtKernel();
            else page.arriveAtPage();
          } else if (each.who === "kernel") {
            shown.set("value", each.value);
            await Promise.resolve();
          } else pages[each.who as "left"].set("value", each.value);
        }
        const all = [pages.left, pages.right];
        while (all.some((page) => page.arriveAtKernel()) || all.some((page) => page.arriveAtPage()));
        const values = all.map((page) => page.model.get("value"));
        assert.deepEqual(values, [shown.get("value"), shown.get("value")]);
      }),
      { numRuns: 150 },
    );
  });

  it("saves its values anew after they have changed, once for many changes", async () => {
    const shown = widget({
      esm,
      initial: { count: 0 },
      staticForm: ({ count }) => html`<b>${count} <i></b>`,
    });
    await shown[DISPLAY_SYMBOL]();
    for (let count = 1; count <= 50; count++) shown.set("count", count);
    await sleep(400);
    assert.equal(kernel.shown.length, 1);
    const [{ bundle, update }] = kernel.shown as [{ bundle: RichBundle; update: boolean }];
    assert.equal(update, true);
    assert.equal(bundle.data["text/html"], "<b>50 <i></b>");
  });

  it("escapes what its static form says", async () => {
    const shown = widget({ esm, initial: { text: "<script>" }, staticForm: ({ text }) => `${text} & more` });
    const { data } = await shown[DISPLAY_SYMBOL]();
    assert.equal(data["text/html"], "<pre>&lt;script&gt; &amp; more</pre>");
    assert.equal(data["text/plain"], "<script> & more");
  });

  it("refuses a module that is none, imports or has nothing to show, and a style that loads", () => {
    for (const [wrong, expected] of [
      ["export default {", /"esm" must be JavaScript \(line 1: /],
      ["import d3 from 'https://elsewhere.invalid/d3'; export default {}", /imports nothing/],
      ["export default { render: () => import('./x.js') }", /imports nothing/],
      ["export function render() {}", /export default/],
      [1, /text of a JavaScript module, got 1 \(number\)/],
    ] as const) {
      assert.throws(() => widget({ esm: wrong as string, initial: {} }), {
        name: "ArgumentError",
        message: expected,
      });
    }
    for (const css of [
      "@import 'x.css'",
      "b { background: url(https://elsewhere.invalid/p.png) }",
      "b { background: url( '//e' ) }",
    ]) {
      assert.throws(
        () => widget({ esm, css, initial: {} }),
        /"css" must be a style sheet that loads nothing/,
      );
    }
    widget({ esm, css: "b { background: url(data:image/png;base64,AA==) }", initial: {} });
  });

  it("refuses values that JSON would change, and names that it does not have", () => {
    const circle: unknown[] = [];
    circle.push(circle);
    for (const value of [
      NaN,
      Infinity,
      new Date(0),
      1n,
      undefined,
      () => 1,
      Symbol("s"),
      circle,
      new Map(),
      [new Uint8Array(1)],
    ]) {
      assert.throws(() => widget({ esm, initial: { value } }), /"state\.value[^"]*" must be JSON/);
    }
    const shown = widget({ esm, initial: { count: 1 } });
    assert.throws(
      () => shown.set({ cuont: 2 } as never),
      /must be one of count \(did you mean count\?\), got "cuont"/,
    );
    assert.throws(() => shown.get("cuont" as "count"), /did you mean count/);
    assert.throws(() => shown.on("chnage" as "change", () => {}), /did you mean change/);
    assert.throws(() => shown.set("count", NaN), /state\.count/);
    assert.equal(shown.get("count"), 1);
  });

  it("refuses from a page what it refuses from code, and has no name but its own", async () => {
    const shown = widget({ esm, initial: { count: 1 } });
    const page = kernel.open(await idOf(shown))!;
    for (const name of ["__proto__", "constructor", "other"]) {
      const state = JSON.parse(`{ ${JSON.stringify(name)}: { "bad": 1 } }`) as object;
      assert.throws(
        () => page.sendRaw({ kind: "update", number: 1, state, bytes: [] }),
        /must be one of count/,
      );
    }
    assert.deepEqual(shown.state, { count: 1 });
    assert.equal("bad" in {}, false);
  });
});

describe("a packed state", () => {
  it("comes back as it was", () => {
    const state = fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), fc.uint8Array()));
    fc.assert(
      fc.property(state, (values) => {
        const { buffers, ...packed } = packState(values);
        assert.deepEqual({ ...unpackState(packed, buffers) }, { ...values });
      }),
    );
  });
});
