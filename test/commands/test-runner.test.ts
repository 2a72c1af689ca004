import assert from "node:assert/strict";
import { it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { noTotals, runBeside } from "../../commands/test-runner.ts";

it("a sequence of tests that throws is a failure that is told, and the one beside it ends", async () => {
  const totals = noTotals();
  let isDone = false;
  const other = sleep(20).then(() => void (isDone = true));
  await runBeside([Promise.reject(new Error("no report")), other], totals);
  assert.ok(isDone);
  assert.equal(totals.failed, 1);
  assert.match(totals.failures[0]!, /^✖ Error: no report\n/u);
});
