import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { Readable } from "node:stream";
import { before, describe, it } from "node:test";
import { type Cell, cellOfCode, runInCell } from "../../kernels/typescript/host/cell.ts";
import { bindListeners } from "../../kernels/typescript/host/listeners.ts";

const cell = (id: number): Cell => ({
  id,
  silent: false,
  allowStdin: false,
  interrupt: new AbortController(),
});

describe("a listener of a cell", () => {
  before(bindListeners);

  for (const add of ["on", "addListener", "prependListener", "once", "prependOnceListener"] as const) {
    it(`belongs to the cell that adds it: ${add}`, () => {
      const emitter = new EventEmitter();
      const seen: unknown[] = [];
      runInCell(cell(1), () => emitter[add]("event", (value) => seen.push(value, cellOfCode()?.id)));
      runInCell(cell(2), () => emitter.emit("event", "a"));
      emitter.emit("event", "b");
      assert.deepEqual(seen, add.toLowerCase().includes("once") ? ["a", 1] : ["a", 1, "b", 1]);
      assert.equal(emitter.listenerCount("event"), add.toLowerCase().includes("once") ? 0 : 1);
    });

    it(`is known by its function, and can be removed: ${add}`, () => {
      const emitter = new EventEmitter();
      const listener = () => assert.fail("it was removed");
      runInCell(cell(1), () => {
        emitter[add]("event", listener);
        assert.deepEqual(emitter.listeners("event"), [listener]);
        emitter.removeListener("event", listener);
      });
      assert.equal(emitter.listenerCount("event"), 0);
      emitter.emit("event");
    });
  }

  it("runs once, with the emitter as this, and gets every value", () => {
    const emitter = new EventEmitter();
    const seen: unknown[] = [];
    runInCell(cell(1), () =>
      emitter.once("event", function (this: unknown, ...values: unknown[]) {
        seen.push(this, ...values);
        emitter.emit("event", "again");
      }),
    );
    runInCell(cell(2), () => emitter.emit("event", 1, 2, 3));
    assert.deepEqual(seen, [emitter, 1, 2, 3]);
  });

  it("of a target of events belongs to the cell that adds it, once for each function", () => {
    const target = new EventTarget();
    const seen: unknown[] = [];
    const listener = function (this: unknown, event: Event) {
      seen.push(this === target, event.type, cellOfCode()?.id);
    };
    const object = { handleEvent: () => seen.push("object", cellOfCode()?.id) };
    runInCell(cell(1), () => {
      target.addEventListener("event", listener);
      target.addEventListener("event", listener);
      target.addEventListener("event", object, { once: true });
    });
    runInCell(cell(2), () => target.dispatchEvent(new Event("event")));
    assert.deepEqual(seen, [true, "event", 1, "object", 1]);
    seen.length = 0;
    runInCell(cell(3), () => target.removeEventListener("event", listener));
    target.dispatchEvent(new Event("event"));
    assert.deepEqual(seen, []);
  });

  it("of a target can be removed from outside of cells, and the other way round", () => {
    const target = new EventTarget();
    const listener = () => assert.fail("it was removed");
    runInCell(cell(1), () => target.addEventListener("event", listener));
    target.removeEventListener("event", listener);
    target.addEventListener("event", listener, { capture: true });
    runInCell(cell(1), () => target.removeEventListener("event", listener, { capture: true }));
    target.dispatchEvent(new Event("event"));
    runInCell(cell(1), () => {
      assert.throws(() => target.addEventListener("event", 5 as never), TypeError);
    });
  });

  it("hears an AbortSignal and a MessagePort as before", async () => {
    await runInCell(cell(1), async () => {
      const controller = new AbortController();
      const seen: unknown[] = [];
      Object.assign(controller.signal, { onabort: () => seen.push("onabort", cellOfCode()?.id) });
      const aborted = once(controller.signal, "abort");
      const waits = AbortSignal.any([controller.signal]);
      runInCell(cell(2), () => controller.abort());
      await aborted;
      assert.deepEqual([seen, waits.aborted], [["onabort", 1], true]);
      const { port1, port2 } = new MessageChannel();
      const heard = new Promise((resolve) => port1.addEventListener("message", ({ data }) => resolve(data)));
      port1.start();
      port2.postMessage("said");
      assert.equal(await heard, "said");
      port1.close();
    });
  });

  it("leaves streams, pipes and once() as they are", async () => {
    await runInCell(cell(1), async () => {
      const emitter = new EventEmitter();
      setImmediate(() => emitter.emit("ready", 7));
      assert.deepEqual(await once(emitter, "ready"), [7]);
      const doubled = Readable.from([1, 2]).map((n: number) => n * 2);
      assert.deepEqual(await doubled.toArray(), [2, 4]);
    });
  });

  it("is refused when it is no function, as Node does", () => {
    runInCell(cell(1), () => {
      for (const add of ["on", "once"] as const) {
        assert.throws(() => new EventEmitter()[add]("event", "no" as never), {
          code: "ERR_INVALID_ARG_TYPE",
        });
      }
    });
  });
});
