import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { array, assert as assertProperty, constantFrom, option, property, record } from "fast-check";
import { concludeState, type JobSighting } from "../../lib/jobs/cluster/conclude-state.ts";
import { parseSightings } from "../../lib/jobs/cluster/observe-jobs.ts";
import { finalStates, type JobState } from "../../lib/jobs/job.ts";

const running = { tasks: null, slurmJobId: "7", state: "RUNNING" as JobState };
const nothing: JobSighting = {
  schedulerProblem: null,
  rows: [],
  accounts: [],
  claim: null,
  exit: null,
  tasksEnded: 0,
  tasksFailed: 0,
  attempts: 1,
};

function row(state: string, slurmJobId = "7", reason = "None") {
  return { slurmJobId, state, reason };
}

describe("what a job's state is concluded from", () => {
  it("is its own last file before all else", () => {
    const exit = { exitCode: 0, reason: "completed", time: "2026-01-01T00:00:00Z" } as const;
    assert.deepEqual(concludeState(running, { ...nothing, exit, rows: [row("RUNNING")] }), {
      state: "COMPLETED",
      evidence: "exit.json: completed, exit code 0",
    });
  });

  it("is no end when the scheduler gives no answer, an empty one, or has forgotten the job", () => {
    assert.deepEqual(concludeState(running, { ...nothing, schedulerProblem: "timed out" }), {
      state: "UNKNOWN",
      evidence: "the scheduler gave no answer: timed out; it was RUNNING before",
    });
    assert.deepEqual(concludeState(running, nothing), {
      state: "UNKNOWN",
      evidence: "the scheduler does not know job 7, and it left no exit.json",
    });
  });

  it("is not complete by the scheduler's word alone", () => {
    const { state, evidence } = concludeState(running, { ...nothing, rows: [row("COMPLETED")] });
    assert.equal(state, "UNKNOWN");
    assert.equal(evidence, "squeue: job 7 COMPLETED, no exit.json");
  });

  it("tells a job that waits from one that has worked and waits again", () => {
    const waits = { ...nothing, attempts: 0, rows: [row("PENDING", "7", "Priority")] };
    assert.equal(concludeState(running, waits).state, "PENDING");
    const { state, evidence } = concludeState(running, {
      ...waits,
      claim: "7",
      rows: [row("PENDING", "7", "ReqNodeNotAvail, UnavailableNodes:n2")],
    });
    assert.equal(state, "REQUEUED");
    assert.equal(evidence, "squeue: job 7 PENDING (ReqNodeNotAvail, UnavailableNodes:n2)");
  });

  it("is that of the submission that works, not of one that landed late", () => {
    const rows = [row("PENDING", "7", "Dependency"), row("RUNNING", "6")];
    assert.equal(concludeState(running, { ...nothing, claim: "6", rows }).state, "RUNNING");
    assert.equal(
      concludeState(running, { ...nothing, claim: "6", rows: [rows[0]!, row("FAILED", "6")] }).state,
      "FAILED",
    );
  });

  it("of an array is complete with its last task", () => {
    const array8 = { ...running, tasks: 8 };
    const seen = { ...nothing, tasksEnded: 7, rows: [row("RUNNING")] };
    assert.equal(concludeState(array8, seen).state, "RUNNING");
    assert.equal(concludeState(array8, { ...seen, tasksEnded: 8 }).state, "COMPLETED");
    assert.equal(concludeState(array8, { ...seen, tasksEnded: 8, tasksFailed: 1 }).state, "FAILED");
  });

  it("is final only if the job, the scheduler or accounting says that it ended", () => {
    const states = [
      "PENDING",
      "RUNNING",
      "COMPLETED",
      "FAILED",
      "CANCELLED",
      "NODE_FAIL",
      "REQUEUED",
      "NEW_WORD",
    ];
    const slurmJobId = constantFrom("6", "7", "8");
    const rows = array(
      record({ slurmJobId, state: constantFrom(...states), reason: constantFrom("None", "x") }),
    );
    const accounts = array(
      record({ slurmJobId, state: constantFrom(...states), exitCode: constantFrom("0:0") }),
    );
    const seen = record({
      schedulerProblem: option(constantFrom("timed out")),
      rows,
      accounts,
      claim: option(slurmJobId),
      exit: constantFrom(null),
      attempts: constantFrom(0, 1),
      tasksEnded: constantFrom(0),
      tasksFailed: constantFrom(0),
    });
    const endings = new Set(["FAILED", "CANCELLED", "NODE_FAIL"]);
    assertProperty(
      property(seen, (sighting) => {
        const { state } = concludeState(running, sighting);
        if (!finalStates.has(state)) return;
        assert.notEqual(state, "COMPLETED");
        assert.equal(sighting.schedulerProblem, null);
        assert.ok([...sighting.rows, ...sighting.accounts].some((each) => endings.has(each.state)));
      }),
    );
  });
});

describe("what a cluster says of its jobs", () => {
  it("is taken apart, short and without control characters", () => {
    const lines = [
      "rounds-observe scheduler ok",
      "rounds-observe job a 7 PENDING (Resources) \u001b[31mred",
      "rounds-observe job b 8 FAILED BadConstraints",
      'rounds-observe files a 2 7 0 0 {"exitCode":3,"reason":"failed","time":"t","detail":"x\\ny"}',
      "rounds-observe files b 0 - 0 0 {torn",
    ];
    const seen = parseSightings(["a", "b", "c"], lines);
    assert.deepEqual(seen.get("a"), {
      ...nothing,
      rows: [{ slurmJobId: "7", state: "PENDING", reason: "(Resources) [31mred" }],
      claim: "7",
      attempts: 2,
      exit: { exitCode: 3, reason: "failed", time: "t", detail: "x y" },
    });
    assert.deepEqual(seen.get("b"), { ...nothing, attempts: 0 });
    assert.deepEqual(seen.get("c"), { ...nothing, attempts: 0 });
  });

  it("that does not say how the scheduler answered counts as no answer", () => {
    assert.equal(parseSightings(["a"], []).get("a")!.schedulerProblem, "its answer was cut");
  });
});
