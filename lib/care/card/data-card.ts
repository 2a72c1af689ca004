import { checkFields } from "../../core/arguments.ts";
import type { Purpose } from "../licence-terms.ts";
import type { LicencePart } from "../run-licences.ts";
import { auditSection, type AuditFacts } from "./audit-section.ts";
import { countText, shareText, type Card, type CardSection } from "./card.ts";
import { licenceSection } from "./licence-section.ts";
import { tripodItems, tripodSection, type CardNotes } from "./tripod-items.ts";

/** What is known of a corpus: the steps that made it, and its token shards. */
export interface CorpusFacts {
  readonly name: string;
  /** In order; none where they left no record. */
  readonly steps: readonly CorpusStep[];
  readonly shards: readonly ShardFacts[];
}

export interface CorpusStep {
  readonly step: string;
  readonly in: number;
  readonly kept: number;
  readonly droppedBy: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

/** Of one folder of token shards. */
export interface ShardFacts {
  /** "train/clinical". */
  readonly name: string;
  readonly domain: string;
  readonly sensitivity: string;
  readonly tokenizer: string;
  readonly documentCount: number;
  readonly tokenCount: number;
  readonly sources: readonly {
    readonly source: string;
    readonly documentCount: number;
    readonly tokenCount: number;
  }[];
  readonly licences: readonly LicencePart[];
}

/** The card of a corpus: sources with shares, filters with counts, licences. */
export function dataCard(
  corpus: CorpusFacts,
  facts: { readonly purpose?: Purpose; readonly audit?: AuditFacts; readonly notes?: CardNotes } = {},
): Card {
  checkFields("corpus", "facts of a corpus", corpus, ["shards"]);
  const { purpose, audit, notes = {} } = facts;
  const isRestricted = corpus.shards.some(({ sensitivity }) => sensitivity === "restricted");
  const sections = [
    shardSection(corpus, isRestricted),
    ...corpusSections(corpus),
    licenceSection(
      corpus.shards.flatMap(({ name, licences }) => licences.map((part) => ({ ...part, name }))),
      purpose,
      isRestricted,
    ),
    {
      title: "Limits",
      points: [
        "Filters and deduplication miss some of what they look for.",
        "Texts may be wrong, outdated or about people; nothing here was checked by a clinician.",
        "Token counts are those of its tokenizer alone.",
        ...(notes["19b"] === undefined ? [] : [notes["19b"]]),
      ],
      answers: ["19b"],
    },
    auditSection(audit),
  ];
  return {
    title: corpus.name,
    warning: isRestricted
      ? "Restricted data: it may be used by those alone whom its holders allow to, and is not to be passed on."
      : "For research. What is learned from it is not for the care of patients without clinical validation.",
    head: { tags: ["medical", "text"] },
    sections: [...sections, tripodSection(sections, notes, itemsOfData)],
  };
}

/** Those that can be asked of data. */
const itemsOfData = [...tripodItems.keys()].filter((item) => /^(?:3a|5|8|13|14|19[bc])/u.test(item));

function shardSection({ shards }: CorpusFacts, isRestricted: boolean): CardSection {
  const total = shards.reduce((sum, { tokenCount }) => sum + tokenCount, 0);
  const rows = shards.map(({ name, domain, documentCount, tokenCount, sensitivity, tokenizer }) => [
    name,
    domain,
    countText(documentCount, isRestricted),
    countText(tokenCount, isRestricted),
    shareText(tokenCount / total),
    sensitivity,
    tokenizer,
  ]);
  const sources = shards.flatMap((each) =>
    each.sources.map((source) => [
      each.name,
      source.source,
      countText(source.documentCount, isRestricted),
      countText(source.tokenCount, isRestricted),
      shareText(source.tokenCount / each.tokenCount),
    ]),
  );
  return {
    title: "What it holds",
    tables: [
      {
        columns: ["token shards", "domain", "documents", "tokens", "share", "sensitivity", "tokenizer"],
        rows,
      },
      {
        caption: "The largest sources.",
        columns: ["token shards", "source", "documents", "tokens", "share of them"],
        rows: sources,
      },
    ],
    answers: ["5a", "5b"],
  };
}

/** The steps of the corpus with what each took out. */
export function corpusSections({ name, steps, shards }: CorpusFacts): CardSection[] {
  if (steps.length === 0) return [];
  const isRestricted = shards.some(({ sensitivity }) => sensitivity === "restricted");
  const rows = steps.map(({ step, in: count, kept, droppedBy }) => [
    step,
    countText(count, isRestricted),
    countText(kept, isRestricted),
    Object.entries(droppedBy)
      .filter(([, dropped]) => dropped > 0)
      .map(([reason, dropped]) => `${reason} ${countText(dropped, isRestricted)}`)
      .join(", ") || "none",
  ]);
  const all = steps.flatMap(({ step, warnings: own }) =>
    own.map((text) => `${step}: ${withoutFolders(text)}`),
  );
  const warnings =
    isRestricted && all.length > 0 ? [`${all.length} warnings are kept with the corpus.`] : all;
  return [
    {
      title: `How ${name} was made`,
      tables: [{ columns: ["step", "documents in", "kept", "left out by reason"], rows }],
      points: warnings,
      answers: ["5d", "5e"],
    },
  ];
}

/** A card goes to others. */
function withoutFolders(text: string): string {
  return text.replaceAll(/(?:\/[\w.+@-]+)+\/([\w.+@-]+)/gu, "$1");
}
