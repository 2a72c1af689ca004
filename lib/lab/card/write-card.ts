import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { checkText } from "../../core/arguments.ts";
import type { CanaryReport } from "../../care/canaries/canary-report.ts";
import type { AuditFacts } from "../../care/card/audit-section.ts";
import { cardHtml } from "../../care/card/card-html.ts";
import { cardMarkdown } from "../../care/card/card-markdown.ts";
import type { Card } from "../../care/card/card.ts";
import { dataCard } from "../../care/card/data-card.ts";
import { isRestrictedModel, modelCard, type ModelProvenance } from "../../care/card/model-card.ts";
import { checkNotes, type CardNotes } from "../../care/card/tripod-items.ts";
import { checkPurpose, type Purpose } from "../../care/licence-terms.ts";
import { requireOpenTo } from "../../care/run-licences.ts";
import { verifyAudit } from "../../core/verify-audit.ts";
import { DataError } from "../../core/errors.ts";
import { recordMade } from "../../core/lineage.ts";
import { choiceOption, checkOptions, objectOption, textOption } from "../../core/options.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import { gatherCorpus, gatherPipelines } from "./gather-corpus.ts";
import {
  gatherEvaluations,
  provenanceOfRun,
  readProvenance,
  resultsOf,
  runOfExport,
  shardsOfRun,
} from "./gather-model.ts";

export interface WriteCardOptions {
  /** Files of results, besides those that the register of lineage names. @default none */
  readonly results?: readonly string[];
  /** File of a canary report. @default `canary-report.json` in the folder, where there is one */
  readonly canaries?: string;
  /** What only people can say, by item of TRIPOD-LLM: `{ "3b": "...", "13": "..." }`. @default none */
  readonly notes?: CardNotes;
  /** What it is for; refused where the licences forbid it. @default what was declared before */
  readonly purpose?: Purpose;
  /** Folder for README.md and card.html. @default the folder itself */
  readonly output?: string;
}

/** A card, and the paths of its Markdown and of its page. */
export interface WrittenCard {
  readonly card: Card;
  readonly markdown: string;
  readonly html: string;
}

const rules = {
  results: objectOption<readonly string[]>("a list of paths", (value) => Array.isArray(value)),
  canaries: textOption(undefined),
  notes: objectOption<CardNotes>("texts by item", (value) => typeof value === "object"),
  purpose: choiceOption(undefined, ["research", "share", "commercial"]),
  output: textOption(undefined),
};

/**
 * Write the card of an export, a run or a corpus from what is known of how it was made: README.md and card.html.
 *
 * Of an export it takes the place of the short card that the trainer left. What is not known is named in it.
 *
 * @param folder an exported model, a run folder, a pipeline's output or a folder of token shards
 * @throws {DataError} it is none of these, a README.md that is not a card lies there, or the audit log cannot be read
 * @throws {LicenceConflictError} what went in is not open to the purpose
 *
 * @example
 * await writeCard("runs/20260301-clinical/export/10-bfloat16", { notes: { "3b": "Researchers of ..." } });
 */
export async function writeCard(folder: string, options: WriteCardOptions = {}): Promise<WrittenCard> {
  checkText("folder", "the path of a folder", folder);
  const { results = [], canaries, notes = {}, purpose, output } = checkOptions(options, rules);
  const path = resolve(folder);
  const place = resolve(output ?? path);
  const own = { results, canaries, purpose, notes: checkNotes(notes), audit: auditFacts() };
  const { card, isRestricted, from } = await makeCard(path, own);
  const sensitivity = isRestricted ? "restricted" : "public";
  const [markdown, html] = [join(place, "README.md"), join(place, "card.html")];
  await refuseForeign(markdown);
  for (const [file, text] of [
    [markdown, cardMarkdown(card)],
    [html, cardHtml(card)],
  ] as const) {
    recordMade({ kind: "card", path: file, from, sensitivity, step: "writeCard" });
    await writeFileAtomically(file, text, isRestricted ? { mode: 0o600 } : {});
  }
  return { card, markdown, html };
}

interface Own {
  readonly results: readonly string[];
  readonly canaries: string | undefined;
  readonly purpose: Purpose | undefined;
  readonly notes: CardNotes;
  readonly audit: AuditFacts | undefined;
}

interface MadeCard {
  readonly card: Card;
  readonly isRestricted: boolean;
  readonly from: readonly string[];
}

async function makeCard(path: string, own: Own): Promise<MadeCard> {
  const made = await readProvenance(path);
  if (made !== undefined) return cardOfModel(path, made, runOfExport(path), own);
  if (existsSync(join(path, "train.config.json")))
    return cardOfModel(path, await provenanceOfRun(path), path, own);
  const corpus = await gatherCorpus(path);
  if (corpus === undefined) {
    const message = `${path} is no exported model, run, pipeline's output or folder of token shards`;
    throw new DataError(message, { path });
  }
  const { purpose, notes, audit } = own;
  requireOpenTo(
    "This corpus",
    corpus.shards.flatMap(({ licences }) => licences),
    purpose,
  );
  const card = dataCard(corpus, { ...(purpose && { purpose }), ...(audit && { audit }), notes });
  return {
    card,
    isRestricted: corpus.shards.some(({ sensitivity }) => sensitivity === "restricted"),
    from: [path],
  };
}

async function cardOfModel(
  path: string,
  made: ModelProvenance,
  run: string | undefined,
  { results, canaries, purpose, notes, audit }: Own,
): Promise<MadeCard> {
  const declared = purpose ?? made.purpose ?? undefined;
  requireOpenTo("This model", made.licences, declared);
  const all = [...results, ...resultsOf(path)];
  const report = canaries ?? join(path, "canary-report.json");
  const tested =
    canaries !== undefined || existsSync(report)
      ? (JSON.parse(await readFile(report, "utf8")) as CanaryReport)
      : undefined;
  const corpora = run === undefined ? [] : await gatherPipelines(await shardsOfRun(run));
  const evaluations = await gatherEvaluations(all);
  const card = modelCard(
    { ...made, purpose: declared === undefined ? null : checkPurpose(declared) },
    { corpora, evaluations, notes, ...(tested && { canaries: tested }), ...(audit && { audit }) },
  );
  const isRestricted = isRestrictedModel(made) || evaluations.some((each) => each.isRestricted);
  return { card, isRestricted, from: [path, ...all] };
}

/** Undefined where no log was kept; of one that cannot be read a card would say so too. */
function auditFacts(): AuditFacts | undefined {
  try {
    const { entries, head, problems } = verifyAudit();
    return { entries, head, problems: problems.length };
  } catch (error) {
    if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT") return undefined;
    throw error;
  }
}

/** A README.md of the user's, such as in a repository, is not written over. */
async function refuseForeign(path: string): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined || text.includes("\n## TRIPOD-LLM\n") || text.includes("writes the whole card here"))
    return;
  throw new DataError(`${path} is there and is no card: give another folder as output`, { path });
}
