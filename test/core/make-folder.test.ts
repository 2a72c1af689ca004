import assert from "node:assert/strict";
import fs, { existsSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { makeFolder } from "../../lib/core/make-folder.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";

describe("makeFolder", () => {
  it("makes what is missing, with its mode, and leaves what is there", (t) => {
    const root = temporaryFolder(t);
    const path = join(root, "a", "b", "c");
    makeFolder(path, { mode: 0o700 });
    assert.equal(statSync(path).mode & 0o777, 0o700);
    makeFolder(path);
    assert.equal(statSync(path).mode & 0o777, 0o700);
  });

  it("makes a folder whose parents another process makes at the same time", (t) => {
    const { mkdirSync } = fs;
    t.mock.method(fs, "mkdirSync", (path: string) => {
      try {
        mkdirSync(path);
      } catch (error) {
        mkdirSync(dirname(path), { recursive: true });
        throw error;
      }
    });
    syncBuiltinESMExports();
    t.after(() => {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    });
    const path = join(temporaryFolder(t), "a", "b");
    makeFolder(path);
    assert.ok(statSync(path).isDirectory());
  });

  it("names what cannot be made", { skip: !existsSync("/proc/self") && "no /proc here" }, () => {
    assert.throws(() => makeFolder("/proc/rounds/a"), {
      name: "DataError",
      message: "the folder /proc/rounds cannot be made: /proc holds no new folders",
      path: "/proc/rounds",
    });
  });

  it("takes no file for a folder, nor a link to nowhere", (t) => {
    const root = temporaryFolder(t);
    writeFileSync(join(root, "file"), "");
    symlinkSync(join(root, "nowhere"), join(root, "link"));
    assert.throws(() => makeFolder(join(root, "file")), { code: "EEXIST" });
    assert.throws(() => makeFolder(join(root, "file", "a")), { code: "ENOTDIR" });
    assert.throws(() => makeFolder(join(root, "link")), { code: "EEXIST" });
    assert.throws(() => makeFolder(join(root, "link", "a")), { code: "EEXIST" });
  });
});
