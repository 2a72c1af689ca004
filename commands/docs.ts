/** `npm run docs`: the reference, from the names that `rounds` exports and their doc comments. */
import { globSync, mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { writeFileAtomically } from "../lib/core/write-file-atomically.ts";
import { projectRoot } from "../setup/paths.mjs";
import { parseCommandLine } from "./command-line.ts";
import { readPublicNames } from "./reference/public-names.ts";
import { referencePages } from "./reference/reference-pages.ts";

const usage = `npm run docs

Writes docs/reference/*.md from the doc comments of what lib/index.ts exports.`;

parseCommandLine(usage, {});
const folder = join(projectRoot, "docs", "reference");
const names = readPublicNames();
const pages = referencePages(names);
mkdirSync(folder, { recursive: true });
for (const [file, text] of pages) await writeFileAtomically(join(folder, file), text);
for (const path of globSync(join(folder, "*.md"))) if (!pages.has(basename(path))) rmSync(path);
process.stdout.write(`${names.length} names on ${pages.size} pages of docs/reference\n`);
