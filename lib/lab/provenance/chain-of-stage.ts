import { basename, dirname, join } from "node:path";
import { codeVersion, type CodeVersion } from "../../jobs/code-version.ts";
import type { ChainBox } from "../../plots/chain-figure.ts";
import { isOtherCode } from "../stages/other-code.ts";
import type { StagePlace } from "../stages/rerun.ts";
import { readStageRecords, type StageFile, type StageRecord } from "../stages/stage-record.ts";
import { codeWords, countOf, describeMade, short } from "./describe-made.ts";

/** The boxes of a stage and of all that it came from, outside files first. */
export async function chainOfStage({ study, stage }: StagePlace): Promise<ChainBox[]> {
  const records = await readStageRecords(study);
  const wanted = new Set([stage]);
  for (const name of wanted) for (const input of records.get(name)?.inputs ?? []) wanted.add(input.stage);
  const chain = [...wanted].flatMap((name) => records.get(name) ?? []).toReversed();
  const files = new Map(chain.flatMap((record) => record.files.map((file) => [fileId(file), file])));
  const sources = [...files].map(([id, { path, bytes, sha256 }]): ChainBox => ({
    id,
    title: basename(path),
    kind: "file",
    lines: [`sha256 ${short(sha256)}`, countOf(bytes, "byte")],
    from: [],
  }));
  const present = await codeVersion();
  return [...sources, ...(await Promise.all(chain.map((record) => boxOf(study, record, present))))];
}

/** The same bytes are the same file, wherever they lie. */
function fileId({ path, sha256 }: StageFile): string {
  return `file ${basename(path)} ${sha256}`;
}

async function boxOf(study: string, record: StageRecord, present: CodeVersion | null): Promise<ChainBox> {
  const { name, title, kind, key, fingerprint, code, files, inputs, values } = record;
  const told = await describeOutputs(join(study, name), record);
  const numbers = Object.entries(values).map(([value, held]) => `${numberText(held.value)} ${value}`);
  return {
    id: name,
    title: title === "" ? name : title,
    kind,
    lines: [
      ...told,
      `content ${short(fingerprint)}`,
      present !== null && isOtherCode(code, present) ? `other ${codeWords(code)}` : codeWords(code),
      ...numbers.slice(0, Math.max(1, 3 - told.length)),
      `key ${short(key)}`,
    ],
    from: [...files.map(fileId), ...inputs.map((input) => input.stage)],
  };
}

/** Of one run, one folder of shards or one file of results what it says of itself; of more their number. */
async function describeOutputs(folder: string, { kind, outputs }: StageRecord): Promise<string[]> {
  const paths = outputs.flatMap(({ file }) => {
    if (["spec.json", "manifest.json"].includes(basename(file))) return [dirname(file)];
    return kind === "results" && file.endsWith(".jsonl") ? [file] : [];
  });
  const nouns = { run: "run", model: "run", results: "result file" } as Readonly<Record<string, string>>;
  if (paths.length > 1) return [countOf(paths.length, nouns[kind] ?? "folder")];
  const lines = await Promise.all(paths.map((path) => describeMade(join(folder, path))));
  // The stage says itself by which code it was made.
  return lines.flat().filter((line) => !line.startsWith("code "));
}

function numberText(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en-US") : String(Number(value.toPrecision(4)));
}
