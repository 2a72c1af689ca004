import assert from "node:assert/strict";
import { describe, it } from "node:test";
import v8 from "node:v8";
import vm from "node:vm";

import { Binding } from "../../kernels/typescript/session/binding.ts";
import type { BindingKind } from "../../kernels/typescript/session/binding.ts";

v8.setFlagsFromString("--allow-natives-syntax");
const isFast = new vm.Script("(object) => %HasFastProperties(object)").runInThisContext() as (
  object: object,
) => boolean;

function declared(kind: BindingKind, ...values: unknown[]): Binding {
  const binding = Binding.create("name");
  for (const value of values) {
    binding.declare(kind);
    binding.init = value;
  }
  return binding;
}

describe("Binding", () => {
  it("stays an object that compiled code reads with one load, however often it is declared", () => {
    assert.ok(isFast(declared("let", 1, 2, "text", undefined)));
    assert.ok(isFast(declared("const", 1, 2, {})));
    const mixed = declared("let", 1);
    mixed.declare("const");
    mixed.init = 2;
    mixed.declare("var");
    mixed.value = 3;
    assert.ok(isFast(mixed));
  });

  it("holds undefined without fixing the type of what follows", () => {
    const binding = declared("let", undefined);
    assert.equal(Object.hasOwn(binding, "value"), false);
    assert.equal(binding.isInitialized, true);
    assert.equal(binding.value, undefined);
    binding.value = 5;
    assert.deepEqual(Object.getOwnPropertyDescriptor(binding, "value")?.value, 5);
  });

  it("follows the module that an import links it to", () => {
    const exports = { current: 1 };
    const binding = Binding.create("current");
    binding.declare("import");
    assert.throws(() => binding.value, ReferenceError);
    binding.link(exports, "current", "./module.ts", true);
    exports.current = 2;
    assert.equal(binding.value, 2);
    binding.declare("import");
    binding.link({ current: 7 }, "current", "./module.ts", true);
    assert.equal(binding.value, 7);
  });

  it("is what it was before when its declaration is not reached", () => {
    const binding = declared("let", 1);
    binding.declare("const");
    assert.equal(binding.isInitialized, false);
    assert.throws(() => binding.early, /before initialization/);
    binding.settle();
    assert.equal(binding.kind, "let");
    assert.equal(binding.early, 1);
  });

  it("leaves names that nothing declares to globalThis", () => {
    const binding = Binding.create("roundsBindingTest");
    assert.equal(binding.peek, undefined);
    assert.throws(() => binding.value, {
      name: "ReferenceError",
      message: "roundsBindingTest is not defined",
    });
    Object.defineProperty(globalThis, "roundsBindingTest", { value: 4, configurable: true, writable: true });
    try {
      assert.equal(binding.value, 4);
      binding.value = 5;
      assert.equal(Reflect.get(globalThis, "roundsBindingTest"), 5);
    } finally {
      Reflect.deleteProperty(globalThis, "roundsBindingTest");
    }
  });
});
