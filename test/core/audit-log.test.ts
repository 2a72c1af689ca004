import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import * as fc from "fast-check";

import { recordAudit, type AuditEvent } from "../../lib/core/audit-log.ts";
import { verifyAudit } from "../../lib/core/verify-audit.ts";
import { lineageFolder } from "../../lib/core/lineage-folder.ts";
import { withEnvironment } from "../data/with-environment.ts";

const folder = mkdtempSync(join(tmpdir(), "rounds-audit-"));
after(() => rmSync(folder, { recursive: true, force: true }));
/** The tests remove it. */
process.env["ROUNDS_LINEAGE"] = join(folder, "lineage");

let logs = 0;
const newLog = (): string => join(folder, String(logs++), "audit.jsonl");
const event: AuditEvent = {
  action: "open",
  subject: "sha256:ab",
  sensitivity: "restricted",
  detail: { rows: 3 },
};

/** A log of some lines, and its text. */
function writeLog(count: number): { path: string; lines: string[] } {
  const path = newLog();
  for (let index = 0; index < count; index++) recordAudit({ ...event, detail: { index } }, path);
  return { path, lines: readFileSync(path, "utf8").trimEnd().split("\n") };
}

describe("the audit log", () => {
  it("is a chain that holds, in a file for this user alone", () => {
    const { path, lines } = writeLog(5);
    const report = verifyAudit(path);
    assert.deepEqual(report.problems, []);
    assert.equal(report.entries, 5);
    assert.equal(JSON.parse(lines[4]!).hash, report.head);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("shows any line that was altered, removed, added or moved", () => {
    const { path, lines } = writeLog(8);
    const place = fc.nat({ max: 7 });
    const change = fc.oneof(
      fc.record({ kind: fc.constant("alter" as const), at: place, letter: fc.nat({ max: 200 }) }),
      fc.record({ kind: fc.constant("remove" as const), at: place, count: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: fc.constant("repeat" as const), at: place }),
      fc.record({ kind: fc.constant("swap" as const), at: fc.nat({ max: 6 }) }),
    );
    fc.assert(
      fc.property(change, (what) => {
        const changed = [...lines];
        if (what.kind === "alter") {
          const line = changed[what.at]!;
          const letter = what.letter % line.length;
          const other = line[letter] === "x" ? "y" : "x";
          changed[what.at] = line.slice(0, letter) + other + line.slice(letter + 1);
        } else if (what.kind === "remove") changed.splice(what.at, what.count);
        else if (what.kind === "repeat") changed.splice(what.at, 0, changed[what.at]!);
        else changed.splice(what.at, 2, changed[what.at + 1]!, changed[what.at]!);
        writeFileSync(path, changed.map((line) => `${line}\n`).join(""));
        assert.notDeepEqual(verifyAudit(path).problems, [], JSON.stringify(what));
      }),
    );
    writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
    assert.deepEqual(verifyAudit(path).problems, []);
  });

  it("says which line, and that the end is gone or not to be known", () => {
    const { path, lines } = writeLog(3);
    const text = (kept: readonly string[]): string => kept.map((line) => `${line}\n`).join("");
    writeFileSync(path, text([lines[0]!, lines[1]!.replace("restricted", "public"), lines[2]!]));
    assert.deepEqual(verifyAudit(path).problems, [{ line: 2, problem: "altered" }]);
    writeFileSync(path, text([lines[0]!, lines[2]!]));
    assert.deepEqual(verifyAudit(path).problems, [{ line: 2, problem: "missing before" }]);
    writeFileSync(path, text(lines.slice(0, 2)));
    assert.deepEqual(verifyAudit(path).problems, [{ line: 3, problem: "missing at the end" }]);
    writeFileSync(path, text(lines));
    rmSync(`${path}.head`);
    assert.deepEqual(verifyAudit(path).problems, [], "the register of lineage has its end too");
    rmSync(lineageFolder(), { recursive: true });
    assert.deepEqual(verifyAudit(path).problems, [{ line: 4, problem: "end unknown" }]);
    assert.throws(() => verifyAudit(newLog()), /There is no audit log at/u);
  });

  it("says that its end is unknown where what holds it is damaged, and is written on", () => {
    for (const damage of ["null", "{}", "[]", "5", '{"sequence":"3","hash":"x"}', "{"]) {
      const { path } = writeLog(3);
      writeFileSync(`${path}.head`, damage);
      for (const name of readdirSync(lineageFolder())) writeFileSync(join(lineageFolder(), name), damage);
      assert.deepEqual(verifyAudit(path).problems, [{ line: 4, problem: "end unknown" }], damage);
      recordAudit(event, path);
      assert.deepEqual(verifyAudit(path).problems, [], damage);
      rmSync(lineageFolder(), { recursive: true });
    }
  });

  it("holds as a chain where its end could not be kept for a while", () => {
    const { path } = writeLog(1);
    mkdirSync(`${path}.head.tmp`);
    for (let attempt = 0; attempt < 3; attempt++)
      assert.throws(() => recordAudit(event, path), /cannot be written/u);
    rmSync(`${path}.head.tmp`, { recursive: true });
    recordAudit(event, path);
    assert.deepEqual(verifyAudit(path).problems, []);
    assert.equal(verifyAudit(path).entries, 3);
  });

  it("shows that it was removed with its folder, also where a new one was begun", () => {
    const { path } = writeLog(4);
    rmSync(dirname(path), { recursive: true });
    assert.deepEqual(verifyAudit(path).problems, [{ line: 1, problem: "missing at the end" }]);
    recordAudit(event, path);
    assert.deepEqual(verifyAudit(path).problems, [{ line: 1, problem: "missing before" }]);
    recordAudit(event, path);
    assert.deepEqual(verifyAudit(path).problems, [{ line: 1, problem: "missing before" }]);
  });

  it("is told from another one that was put in its place, also a longer one with its own end", () => {
    const { path } = writeLog(3);
    const { head } = verifyAudit(path);
    assert.deepEqual(verifyAudit(path, head).problems, []);
    const { path: forged } = writeLog(5);
    for (const end of ["", ".head"]) copyFileSync(`${forged}${end}`, `${path}${end}`);
    assert.deepEqual(verifyAudit(path).problems, [{ line: 6, problem: "another log" }]);
    rmSync(lineageFolder(), { recursive: true });
    assert.deepEqual(verifyAudit(path).problems, [], "no trace of the first is left here");
    assert.deepEqual(verifyAudit(path, head).problems, [{ line: 6, problem: "another log" }]);
  });

  it("is not written on past a line that is torn or altered", () => {
    const { path } = writeLog(2);
    appendFileSync(path, '{"v":1');
    assert.throws(() => recordAudit(event, path), /so nothing was done: its last line is torn/u);
    assert.deepEqual(verifyAudit(path).problems, [{ line: 3, problem: "torn" }]);
  });

  it("goes on after a process that died between its line and the end's file, or with the lock", () => {
    const { path } = writeLog(2);
    const head = readFileSync(`${path}.head`);
    recordAudit(event, path);
    writeFileSync(`${path}.head`, head);
    assert.deepEqual(verifyAudit(path).problems, []);
    writeFileSync(`${path}.lock`, "");
    utimesSync(`${path}.lock`, 0, 0);
    recordAudit(event, path);
    assert.deepEqual(verifyAudit(path).problems, []);
  });

  it("keeps the gap where lines at its end, or the whole file, were removed before it was written on", () => {
    for (const kept of [2, 0]) {
      const { path, lines } = writeLog(5);
      writeFileSync(
        path,
        lines
          .slice(0, kept)
          .map((line) => `${line}\n`)
          .join(""),
      );
      if (kept === 0) rmSync(path);
      recordAudit(event, path);
      recordAudit(event, path);
      assert.deepEqual(verifyAudit(path).problems, [{ line: kept + 1, problem: "missing before" }]);
    }
  });

  it("holds no line of public work, unless it is asked to", (test) => {
    const path = newLog();
    const open: AuditEvent = { ...event, sensitivity: "public" };
    recordAudit(open, path);
    assert.ok(!existsSync(path));
    withEnvironment(test, { ROUNDS_AUDIT: "all" });
    recordAudit(open, path);
    assert.equal(verifyAudit(path).entries, 1);
    withEnvironment(test, { ROUNDS_AUDIT: "yes" });
    assert.throws(() => recordAudit(open, path), /"ROUNDS_AUDIT" must be "restricted" or "all", got "yes"/u);
  });

  it("takes no texts, and refuses the act where it cannot be written", () => {
    const path = newLog();
    const text = { ...event, detail: { note: "x".repeat(501) } };
    assert.throws(() => recordAudit(text, path), /"note" must be at most 500 characters/u);
    mkdirSync(path, { recursive: true });
    assert.throws(() => recordAudit(event, path), /cannot be written, so nothing was done/u);
  });

  it("is one chain whatever number of processes write at once", async () => {
    const path = newLog();
    const module = new URL("../../lib/core/audit-log.ts", import.meta.url).href;
    const program = `const { recordAudit } = await import(${JSON.stringify(module)});
      for (let index = 0; index < 25; index++)
        recordAudit({ action: "export", subject: String(process.pid), sensitivity: "restricted" }, ${JSON.stringify(path)});`;
    const writers = [1, 2, 3, 4].map(() =>
      spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "inherit" }),
    );
    const codes = await Promise.all(writers.map(async (writer) => (await once(writer, "exit"))[0] as number));
    assert.deepEqual(codes, [0, 0, 0, 0]);
    const report = verifyAudit(path);
    assert.deepEqual(report.problems, []);
    assert.equal(report.entries, 100);
  });
});
