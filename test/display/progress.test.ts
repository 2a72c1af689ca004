import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";

import { DISPLAY_SYMBOL, PROGRESS_MIME, toRichBundle } from "../../lib/display/bundle.ts";
import type { Bundle } from "../../lib/display/bundle.ts";
import { html, markdown } from "../../lib/display/markup.ts";
import { progress } from "../../lib/display/progress.ts";
import type { ProgressModel } from "../../lib/display/progress.ts";

/** What a kernel would be sent, in order. */
interface Sent {
  readonly model: ProgressModel;
  readonly displayId: string | undefined;
  readonly update: boolean | undefined;
}

function recordDisplays(): { sent: Sent[]; interrupt: AbortController } {
  const sent: Sent[] = [];
  const interrupt = new AbortController();
  const display = (bundle: Bundle, options: { displayId?: string; update?: boolean } = {}): void => {
    const model = toRichBundle(bundle).data[PROGRESS_MIME] as ProgressModel;
    sent.push({ model, displayId: options.displayId, update: options.update });
  };
  Object.assign(globalThis, { [DISPLAY_SYMBOL]: { display, interruptSignal: interrupt.signal } });
  return { sent, interrupt };
}

describe("progress", () => {
  afterEach(() => Reflect.deleteProperty(globalThis, DISPLAY_SYMBOL));

  it("gives the items of a list, and leaves one output that says it is done", () => {
    const { sent } = recordDisplays();
    assert.deepEqual([...progress(["a", "b", "c"], { label: "Reading", unit: "files" })], ["a", "b", "c"]);
    assert.equal(new Set(sent.map(({ displayId }) => displayId)).size, 1);
    assert.deepEqual(
      sent.map(({ update }) => update),
      [false, true],
    );
    assert.deepEqual(sent.at(-1)!.model, {
      version: 1,
      label: "Reading",
      value: 3,
      total: 3,
      unit: "files",
      state: "done",
      detail: "3 of 3 files",
    });
  });

  it("gives the items of a stream of unknown length", async () => {
    const { sent } = recordDisplays();
    async function* numbers(): AsyncGenerator<number> {
      yield* [1, 2];
    }
    assert.deepEqual(await Array.fromAsync(progress(numbers())), [1, 2]);
    assert.deepEqual([sent.at(-1)!.model.total, sent.at(-1)!.model.detail], [null, "2"]);
  });

  it("says that it stopped after a break, an error or an interrupt", () => {
    const { sent, interrupt } = recordDisplays();
    for (const item of progress([1, 2, 3])) if (item === 2) break;
    assert.equal(sent.at(-1)!.model.state, "stopped");
    assert.throws(() => {
      for (const item of progress([1])) throw new Error(`no ${item}`);
    }, /no/u);
    assert.equal(sent.at(-1)!.model.state, "stopped");
    const bar = progress({ label: "By hand", total: 10 });
    bar.update(4);
    interrupt.abort();
    assert.deepEqual([sent.at(-1)!.model.state, sent.at(-1)!.model.detail], ["stopped", "4 of 10 · stopped"]);
  });

  it("refuses a total that is no number", () => {
    assert.throws(() => progress({ total: -1 }), {
      name: "ArgumentError",
      message: '"total" must be a number >= 0, got -1 (number)',
    });
  });
});

describe("html and markdown", () => {
  it("escape what is put in, but not their own pieces", async () => {
    const items = ["<b>", "&"].map((text) => html`<i>${text}</i>`);
    assert.equal(
      String(html`<b title="${'"'}">${items}</b>`),
      '<b title="&quot;"><i>&lt;b&gt;</i><i>&amp;</i></b>',
    );
    assert.deepEqual(await markdown("**x**")[DISPLAY_SYMBOL](), {
      "text/markdown": "**x**",
      "text/plain": "**x**",
    });
    assert.equal(String(html`${markdown("<b>")}`), "&lt;b&gt;");
  });
});
