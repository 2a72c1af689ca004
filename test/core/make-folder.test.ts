import assert from "node:assert/strict";
import { existsSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
