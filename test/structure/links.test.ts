/** What the documents link to is there. */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { projectRoot } from "../../setup/paths.mjs";

interface Document {
  readonly path: string;
  readonly text: string;
}

function markdownOf(path: string): string {
  const text = readFileSync(join(projectRoot, path), "utf8");
  if (!path.endsWith(".ipynb")) return text;
  const { cells } = JSON.parse(text) as { cells: { cell_type: string; source: string | string[] }[] };
  return cells
    .filter((cell) => cell.cell_type === "markdown")
    .map(({ source }) => [source].flat().join(""))
    .join("\n\n");
}

/** Targets of `[text](target)` and `![text](target)` that stand in the project. */
function relativeLinks(text: string): string[] {
  return [...text.matchAll(/\]\(([^()\s]+)\)/gu)]
    .map(([, target]) => target!)
    .filter((target) => !/^(?:[a-z]+:|#)/iu.test(target));
}

/** The names that headings get on a code host. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ +(.+)$/gmu)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

const documents: Document[] = ["*.md", "docs/**/*.md", "data/**/*.md", "notebooks/*.ipynb"]
  .flatMap((pattern) => globSync(pattern, { cwd: projectRoot }))
  .toSorted()
  .map((path) => ({ path, text: markdownOf(path) }));

describe("links between documents", () => {
  for (const { path, text } of documents) {
    it(`${path} links to what is there`, () => {
      const broken = relativeLinks(text).filter((link) => {
        const [file = "", anchor] = link.split("#");
        const target = join(dirname(path), decodeURIComponent(file));
        if (!existsSync(join(projectRoot, target))) return true;
        return anchor !== undefined && !anchorsOf(markdownOf(target)).includes(anchor);
      });
      assert.deepEqual(broken, []);
    });
  }

  it("lead from docs/README.md to every page", () => {
    const index = documents.find(({ path }) => path === join("docs", "README.md"))!;
    const linked = new Set(relativeLinks(index.text).map((link) => join("docs", link)));
    const pages = ["docs/*.md", "docs/guides/*.md"].flatMap((pattern) =>
      globSync(pattern, { cwd: projectRoot }),
    );
    assert.deepEqual(
      pages.filter((path) => path !== index.path && !linked.has(path)),
      [],
    );
  });

  it("are found, the README's among them", () => {
    const readme = documents.find(({ path }) => path === "README.md");
    assert.ok(relativeLinks(readme?.text ?? "").includes("docs/kernel-language.md"));
  });
});
