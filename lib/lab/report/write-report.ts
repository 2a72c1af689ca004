import { basename, join, resolve, sep } from "node:path";

import { ArgumentError } from "../../core/errors.ts";
import { recordMade } from "../../core/lineage.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import { staleStages, type StaleStage } from "../stages/stale-stages.ts";
import { readResultsFile, readRun, runFoldersIn } from "./read-runs.ts";
import { readStudy } from "./read-study.ts";
import type { ReportContent } from "./report-content.ts";
import { reportPage } from "./report-page.ts";

export interface ReportOptions {
  /** Folder of the study, as `runStages` leaves it. @default no study */
  readonly study?: string | undefined;
  /** Run folders, or folders of run folders, besides those of the study itself. @default none */
  readonly runs?: readonly string[];
  /** Results of evaluations, as `rounds evaluate` writes them. @default none */
  readonly results?: readonly string[];
  /** @default "Clinical pretraining: a study" */
  readonly title?: string;
  readonly signal?: AbortSignal;
}

/** What a page holds, and what it says is missing. */
export interface WrittenReport {
  readonly path: string;
  readonly bytes: number;
  readonly figures: number;
  readonly stages: number;
  readonly runs: number;
  readonly results: number;
  /** What the page says is missing. */
  readonly missing: readonly string[];
  readonly stale: readonly string[];
}

/** Each run has two figures; a page with more opens slowly. */
const maximumRuns = 40;

/**
 * Write one HTML page of a study: figures, numbers with intervals, runs, evaluations, the paper's own numbers and
 * errata, and what made each figure. It opens from a disk, fetches nothing, and shows its pictures without scripts.
 *
 * What is not at hand is named on the page. Of a restricted stage it holds its shape and its whole numbers in tens, none
 * below the minimum count. The same study gives the same bytes.
 *
 * @param path of the page, ending in .html
 * @throws {ArgumentError} another ending
 * @throws {DataError} a results file that cannot be read, a study without a finished stage
 *
 * @example
 * await writeReport("report.html", { study: "runs/study", runs: ["runs"] });
 */
export async function writeReport(path: string, options: ReportOptions = {}): Promise<WrittenReport> {
  if (!/\.html?$/iu.test(path)) throw new ArgumentError("path", "a name that ends in .html", path);
  const { study, runs = [], results = [], title = "Clinical pretraining: a study", signal } = options;
  const stages = study === undefined ? [] : await readStudy(resolve(study));
  const stale = study === undefined ? [] : await staleStages(study);
  signal?.throwIfAborted();
  const own = stages.flatMap(({ record }) => {
    const folder = resolve(study!, record.name);
    return record.kind === "run" ? [folder, join(folder, "runs")] : [];
  });
  const given = runs.map((folder) => resolve(folder));
  const folders = (await Promise.all([...own, ...given].map(runFoldersIn))).flat();
  const drawn = folders.slice(-maximumRuns);
  const content: ReportContent = {
    title,
    stages,
    stale: study === undefined ? [] : stale.map((each) => withoutFolders(each, resolve(study), stages)),
    runs: await Promise.all(drawn.map(readRun)),
    results: await Promise.all(results.map((file) => readResultsFile(resolve(file), basename(file)))),
    missing: missingOf({ study, runs, results }, { folders, drawn, stages }),
  };
  signal?.throwIfAborted();
  const page = await reportPage(content);
  signal?.throwIfAborted();
  recordMade({
    kind: "figure",
    path,
    from: [...(study === undefined ? [] : [study]), ...drawn, ...results],
    ...([...stages, ...content.results].some(({ isRestricted }) => isRestricted) && {
      sensitivity: "restricted",
    }),
    step: "writeReport",
  });
  await writeFileAtomically(path, page);
  return {
    path,
    bytes: Buffer.byteLength(page),
    figures: page.split('<figure class="live">').length - 1,
    stages: stages.length,
    runs: content.runs.length,
    results: content.results.length,
    missing: content.missing,
    stale: stale.map(({ stage }) => stage),
  };
}

/** Names of files without their folders: a page for others tells nothing of this machine. */
function withoutFolders(stale: StaleStage, study: string, stages: ReportContent["stages"]): StaleStage {
  const paths = stages.flatMap(({ record }) => record.files.map(({ path }) => path));
  const why = paths.reduce((words, path) => words.replaceAll(path, basename(path)), stale.why);
  return { ...stale, why: why.replaceAll(`${study}${sep}`, "") };
}

interface Asked {
  readonly study: string | undefined;
  readonly runs: readonly string[];
  readonly results: readonly string[];
}

interface Found {
  readonly folders: readonly string[];
  readonly drawn: readonly string[];
  readonly stages: ReportContent["stages"];
}

function missingOf({ study, runs, results }: Asked, { folders, drawn, stages }: Found): string[] {
  const has = (name: string): boolean =>
    stages.some(({ record, figure }) => record.name.includes(name) && figure !== undefined);
  const expected = [
    ["figure-1", "Figure 1, training loss by domain"],
    ["figure-2", "Figure 2, accuracy by tokens of pretraining"],
    ["figure-3", "Figure 3, accuracy by prompting"],
    ["table-2", "Table 2, accuracy by technique"],
  ] as const;
  return [
    ...(study === undefined
      ? ["A study: none was named with --study, so no figure here comes from own results by stages."]
      : expected
          .filter(([name]) => !has(name))
          .map(([, words]) => `${words}: no finished stage of the study has drawn it from own results.`)),
    ...(folders.length === 0
      ? [
          `Training runs: ${runs.length === 0 ? "none was named with --runs" : "no run folder lies where they were looked for"}.`,
        ]
      : []),
    ...(folders.length > drawn.length
      ? [`${folders.length - drawn.length} earlier runs: the newest ${drawn.length} are shown.`]
      : []),
    ...(results.length === 0 ? ["Evaluations: no results file was named with --results."] : []),
  ];
}
