/** Guides run as they stand: their files are written, their commands typed, their cells run one after the other. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../setup/paths.mjs";
import { rounds } from "../cli/run-rounds.ts";

interface Block {
  readonly language: string;
  /** Of a block that is a file: its name. */
  readonly file: string | undefined;
  readonly text: string;
}

/** The blocks of a guide that have a language, in order. */
export function blocksOf(guide: string): Block[] {
  const text = readFileSync(join(projectRoot, guide), "utf8");
  return [...text.matchAll(/^```(\w+)(?: (\S+))?\n([^]*?)^```$/gmu)].map(([, language, file, block]) => ({
    language: language!,
    file,
    text: block!,
  }));
}

/** The guide's files, as a reader would make them. */
export function writeGuideFiles(guide: string, folder: string): void {
  for (const { file, text } of blocksOf(guide))
    if (file !== undefined) writeFileSync(join(folder, file), text);
}

/** The guide's `rounds` commands with those first words, as a reader would type them; their reports in order. */
export async function runGuideCommands(
  guide: string,
  folder: string,
  names: readonly string[],
): Promise<object[]> {
  const lines = blocksOf(guide)
    .filter(({ language }) => language === "sh")
    .flatMap(({ text }) => text.trim().split("\n"))
    .map((line) => /^npm run -s rounds -- (.+)$/u.exec(line)?.[1]!.split(" ") ?? []);
  const reports: object[] = [];
  for (const words of lines.filter(([name]) => names.includes(name!))) {
    const { code, stdout, stderr } = await rounds(folder, ...words);
    assert.equal(code, 0, stderr);
    reports.push(JSON.parse(stdout) as object);
  }
  return reports;
}

/**
 * Run the guide's cells as one program, in a folder of a reader.
 *
 * @param replaced texts of the guide, such as an address, and what stands for them here
 * @returns what it printed
 */
export async function runGuideCells(
  guide: string,
  folder: string,
  replaced: Readonly<Record<string, string>> = {},
): Promise<string> {
  let program = blocksOf(guide)
    .filter(({ language }) => language === "ts")
    .map(({ text }) => text)
    .join("\n");
  assert.notEqual(program, "");
  const index = JSON.stringify(new URL("../../lib/index.ts", import.meta.url).href);
  for (const [text, here] of Object.entries({ ...replaced, '"rounds"': index }))
    program = program.replaceAll(text, here);
  writeFileSync(join(folder, "guide.ts"), program);
  const { stdout } = await promisify(execFile)(process.execPath, ["guide.ts"], {
    cwd: folder,
    env: { ...process.env, ROUNDS_DATA: "sample" },
    timeout: 180_000,
  });
  return stdout;
}
