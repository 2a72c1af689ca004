import { basename, dirname, join } from "node:path";
import type { ChainBox } from "../../plots/chain-figure.ts";
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
  return [...sources, ...(await Promise.all(chain.map((record) => boxOf(study, record))))];
}

/** The same bytes are the same file, wherever they lie. */
function fileId({ path, sha256 }: StageFile): string {
  return `file ${basename(path)} ${sha256}`;
}

async function boxOf(study: string, record: StageRecord): Promise<ChainBox> {
  const { name, title, kind, key, fingerprint, code, files, inputs, values, outputs } = record;
  const own = outputs.filter(({ file }) => ["spec.json", "manifest.json"].includes(basename(file)));
  const results = outputs.filter(({ file }) => kind === "results" && file.endsWith(".jsonl"));
  const paths = [...own.map(({ file }) => dirname(file)), ...results.map(({ file }) => file)];
  const told = await Promise.all(paths.slice(0, 1).map((path) => describeMade(join(study, name, path))));
  const numbers = Object.entries(values).map(([value, held]) => `${value} ${numberText(held.value)}`);
  return {
    id: name,
    title: title === "" ? name : title,
    kind,
    lines: [
      ...told.flat().filter((line) => !line.startsWith("code ")),
      ...numbers.slice(0, 3),
      `content ${short(fingerprint)}`,
      `key ${short(key)}`,
      codeWords(code),
    ],
    from: [...files.map(fileId), ...inputs.map((input) => input.stage)],
  };
}

function numberText(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en-US") : String(Number(value.toPrecision(4)));
}
