import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readReport } from "../../commands/python-tests.ts";

describe("a report of pytest", () => {
  it("gives each test with its file, whether in a class, skipped, failed or never collected", () => {
    const xml = `<?xml version="1.0"?><testsuites><testsuite name="pytest" tests="4">
      <testcase classname="test.trainer.test_rows" name="test_order" time="0.25"/>
      <testcase classname="test.trainer.test_rows.TestShards" name="test_sum" time="1"><skipped message="no GPU">x</skipped></testcase>
      <testcase classname="test.trainer.test_loss" name="test_mean[2]" time="1"><failure message="m">assert 1 &lt; 0</failure></testcase>
      <testcase classname="" name="test.trainer.test_serve" time="0"><error message="collection failure">ImportError</error></testcase>
    </testsuite></testsuites>`;
    assert.deepEqual(readReport(xml), [
      { file: "test/trainer/test_rows.py", name: "test_order", seconds: 0.25 },
      { file: "test/trainer/test_rows.py", name: "test_sum", seconds: 1, skipped: "no GPU" },
      { file: "test/trainer/test_loss.py", name: "test_mean[2]", seconds: 1, failure: "assert 1 < 0" },
      {
        file: "test/trainer/test_serve.py",
        name: "test.trainer.test_serve",
        seconds: 0,
        failure: "ImportError",
      },
    ]);
  });
});
