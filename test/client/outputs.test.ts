import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OutputCollector } from "../../kernels/client/outputs.ts";

describe("OutputCollector", () => {
  const text = (value: string): object => ({ data: { "text/plain": value }, metadata: {} });
  const stream = (value: string, name = "stdout"): Record<string, unknown> => ({ name, text: value });

  it("joins pieces of one stream that follow each other", () => {
    const collector = new OutputCollector();
    for (const content of [stream("a"), stream("b"), stream("c", "stderr"), stream("d")]) {
      collector.apply("stream", content);
    }
    assert.deepEqual(
      collector.outputs.map((output) => "text" in output && output.text),
      ["ab", "c", "d"],
    );
  });

  it("updates outputs of other cells by their display id, every one of that id", () => {
    const displays = new Map();
    const [first, second] = [new OutputCollector(displays), new OutputCollector(displays)];
    const named = { ...text("old"), transient: { display_id: "d" } };
    first.apply("display_data", { ...named });
    first.apply("execute_result", { ...named, execution_count: 1 });
    second.apply("update_display_data", { ...text("new"), transient: { display_id: "d" } });
    assert.deepEqual(first.outputs, [
      { output_type: "display_data", data: { "text/plain": "new" }, metadata: {} },
      { output_type: "execute_result", data: { "text/plain": "new" }, metadata: {}, execution_count: 1 },
    ]);
    assert.deepEqual(second.outputs, []);
  });

  it("clears at once, or before the next output even if that continues a stream", () => {
    const collector = new OutputCollector();
    collector.apply("stream", stream("a"));
    collector.apply("clear_output", { wait: true });
    assert.equal(collector.outputs.length, 1);
    collector.apply("stream", stream("b"));
    assert.deepEqual(collector.outputs, [{ output_type: "stream", name: "stdout", text: "b" }]);
    collector.apply("clear_output", { wait: false });
    assert.deepEqual(collector.outputs, []);
  });

  it("tells what is no output", () => {
    assert.equal(new OutputCollector().apply("status", { execution_state: "busy" }), false);
  });
});
