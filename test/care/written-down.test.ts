/** Everything that Rounds makes of restricted data stands in the audit log before it is written, whoever makes it. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

import type { AuditEntry } from "../../lib/core/audit-log.ts";
import { verifyAudit } from "../../lib/core/verify-audit.ts";
import { confirmEndpoint } from "../../lib/index.ts";
import { DISPLAY_SYMBOL } from "../../lib/display/bundle.ts";
import { saveFigure } from "../../lib/display/save-figure.ts";
import { writeResults } from "../../lib/evals/results-file.ts";
import type { QuestionResult } from "../../lib/evals/question-result.ts";
import { compareStudies } from "../../lib/lab/stages/compare-studies.ts";
import { runStages } from "../../lib/lab/stages/run-stages.ts";
import { barFigure } from "../../lib/plots/index.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { withEnvironment } from "../data/with-environment.ts";

/** A folder with a log of its own, and what it then says: action, kind and the name of what was made. */
function audited(test: TestContext, setting = "restricted") {
  const folder = temporaryFolder(test);
  const log = join(folder, "audit.jsonl");
  withEnvironment(test, {
    ROUNDS_AUDIT: setting,
    ROUNDS_AUDIT_FILE: log,
    ROUNDS_LINEAGE: join(folder, "lineage"),
    ROUNDS_APPROVALS: join(folder, "approvals.json"),
  });
  const entries = (): AuditEntry[] =>
    existsSync(log)
      ? readFileSync(log, "utf8")
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line) as AuditEntry)
      : [];
  const said = (): string[] =>
    entries().map(({ action, subject, detail }) =>
      [action, detail?.["kind"], subject.slice(subject.lastIndexOf("/") + 1)].join(" "),
    );
  return { folder, log, entries, said };
}

const result = (sensitivity?: "restricted") =>
  ({ id: "1", dataset: "d", ...(sensitivity && { sensitivity }) }) as unknown as QuestionResult;
const figure = barFigure([{ unit: "A", notes: 20 }], { x: "unit", y: "notes" });

describe("the audit log", () => {
  it("has results, and stages of a declared folder; no public ones", async (test) => {
    const { folder, log, said } = audited(test);
    await writeResults(join(folder, "public.jsonl"), [result()]);
    await saveFigure(figure, join(folder, "public.svg"));
    assert.deepEqual(said(), []);
    await writeResults(join(folder, "results.jsonl"), [result("restricted")]);
    const notes = join(folder, "notes");
    mkdirSync(notes);
    writeFileSync(join(notes, ".rounds-sensitivity"), "restricted");
    writeFileSync(join(notes, "notes.csv"), "age\n41\n");
    const stage = { name: "ages", title: "Ages", kind: "table", settings: {}, inputs: [] } as const;
    const studies = [70411, 70412].map((age) => ({ age, study: join(folder, `study-${age}`) }));
    for (const { age, study } of studies) {
      const run = async () => ({ table: [{ name: `XQZSECRET${age}`, age }] });
      await runStages([{ ...stage, files: [join(notes, "notes.csv")], run }], { folder: study });
    }
    const compared = await compareStudies(studies[0]!.study, studies[1]!.study);
    assert.equal(compared.moved.length, 2);
    const shown = `${compared}${JSON.stringify([compared, await compared[DISPLAY_SYMBOL]()])}`;
    assert.doesNotMatch(shown, /XQZSECRET|7041[12]/u);
    assert.deepEqual([...new Set(said())], ["export results results.jsonl", "export table ages"]);
    assert.deepEqual(verifyAudit(log).problems, []);
  });

  it("has public work too where it is asked to", async (test) => {
    const { folder, said } = audited(test, "all");
    await writeResults(join(folder, "results.jsonl"), [result()]);
    await saveFigure(figure, join(folder, "figure.svg"));
    assert.deepEqual(said(), ["export results results.jsonl", "export figure figure.svg"]);
  });

  it("has the number of a user without a name", async (test) => {
    const { entries } = audited(test);
    test.mock.method(os, "userInfo", () => {
      throw new Error("no such user");
    });
    syncBuiltinESMExports();
    test.after(() => syncBuiltinESMExports());
    await confirmEndpoint("https://models.example/v1", { sensitivity: "restricted", reason: "a contract" });
    const [{ action, user }] = entries() as [AuditEntry];
    assert.deepEqual([action, user], ["approve", `uid ${process.getuid!()}`]);
  });
});
