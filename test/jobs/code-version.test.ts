/** Which code made something: what it is, not how much of it is committed. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { codeVersion } from "../../lib/jobs/code-version.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";

describe("codeVersion", () => {
  it("is the same before and after a change is committed, and another for other bytes, files and names", async (t) => {
    const folder = temporaryFolder(t);
    const project = join(folder, "in a repository");
    const write = (file: string, text: string): void => writeFileSync(join(project, file), text);
    const git = (...words: string[]): void =>
      void execFileSync("git", ["-C", project, "-c", "user.name=t", "-c", "user.email=t@t", ...words]);
    const contentNow = async (): Promise<string> => (await codeVersion(project))!.content!;
    for (const part of ["lib", "trainer", "docs"]) mkdirSync(join(project, part), { recursive: true });
    write("lib/a.ts", "1");
    write("lib/größe.ts", "1");
    write("docs/a.md", "words");
    assert.equal(await codeVersion(project), null);
    execFileSync("git", ["init", "-q", folder]);
    git("add", ".");
    git("commit", "-qm", "first");
    const first = await codeVersion(project);
    assert.equal(first!.hasChanges, false);

    const seen = [first!.content!];
    const steps: (() => void)[] = [
      () => write("lib/größe.ts", "2"),
      () => (write("trainer/b.py", "3"), git("add", "trainer")),
      () => git("mv", "lib/a.ts", "lib/c.ts"),
      () => rmSync(join(project, "lib/c.ts")),
    ];
    for (const change of steps) {
      change();
      assert.equal((await codeVersion(project))!.hasChanges, true);
      const changed = await contentNow();
      git("commit", "-qam", "changed");
      assert.equal(await contentNow(), changed, "a commit changes nothing of it");
      assert.ok(!seen.includes(changed), "another change, another content");
      seen.push(changed);
    }
    write("lib/größe.ts", "1");
    write("lib/a.ts", "1");
    git("rm", "-qf", "trainer/b.py");
    git("add", "lib");
    write("docs/a.md", "other words");
    assert.equal(await contentNow(), first!.content);
  });
});
