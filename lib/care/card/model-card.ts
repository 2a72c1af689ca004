import { checkFields } from "../../core/arguments.ts";
import { minimumCount } from "../../core/minimum-count.ts";
import type { Interval } from "../../core/statistics/wilson-interval.ts";
import type { CanaryReport } from "../canaries/canary-report.ts";
import type { Sensitivity } from "../../table/sensitivity.ts";
import type { Purpose } from "../licence-terms.ts";
import { strictestTerms, type LicencePart } from "../run-licences.ts";
import { auditSection, type AuditFacts } from "./audit-section.ts";
import { countText, shareText, type Card, type CardSection } from "./card.ts";
import { corpusSections, type CorpusFacts } from "./data-card.ts";
import { licenceSection } from "./licence-section.ts";
import { tripodItems, tripodSection, type CardNotes } from "./tripod-items.ts";

/** `provenance.json` of an export: all that its run and its checkpoint told when it was made. */
export interface ModelProvenance {
  readonly format: "rounds-export";
  readonly version: 1;
  readonly run: string;
  readonly name: string;
  readonly step: number;
  readonly tokensSeen: number;
  readonly supervisedTokens: number;
  readonly weights: string;
  /** With that of the first weights; an earlier version says that of its data alone. */
  readonly sensitivity?: Sensitivity;
  readonly purpose: Purpose | null;
  readonly licences: readonly LicencePart[];
  readonly config: ProvenanceConfig;
  readonly data: readonly ProvenanceData[];
  readonly losses: readonly {
    readonly on: "train" | "heldOut";
    readonly step: number;
    readonly domain: string;
    readonly loss: number | string;
    readonly tokens: number;
  }[];
  readonly code: { readonly commit: string | null; readonly hasChanges: boolean } | null;
}

/** What the card tells of a training configuration. */
interface ProvenanceConfig {
  readonly recipe: string;
  readonly seed: number;
  readonly model: {
    readonly architecture: string;
    readonly initializeFrom: { readonly kind: string; readonly path?: string };
  };
  readonly data: { readonly contextLength: number };
  readonly optimization: { readonly steps: number };
  readonly choices: readonly { readonly name: string; readonly value: unknown; readonly source: string }[];
}

interface ProvenanceData {
  readonly part: "train" | "heldOut";
  readonly domain: string;
  readonly weight: number | null;
  readonly sensitivity: string;
  readonly fingerprint: string;
  readonly documentCount: number | null;
  readonly tokenCount: number | null;
  readonly sources: readonly {
    readonly source: string;
    readonly documentCount: number;
    readonly tokenCount: number;
  }[];
}

/** A results file, summarised. */
export interface EvaluationFacts {
  readonly dataset: string;
  readonly model: string;
  readonly strategy: string;
  readonly scoring: string;
  readonly isRestricted: boolean;
  readonly chance: number;
  readonly overall: AccuracyFacts;
  readonly bySubject: readonly (AccuracyFacts & { readonly subject: string })[];
}

interface AccuracyFacts {
  readonly n: number;
  readonly accuracy: number;
  /** 95 %, Wilson's. */
  readonly interval: Interval;
}

/** What a model's card is written from, besides the provenance; what is not known is left out and said so. */
export interface ModelCardFacts {
  readonly corpora?: readonly CorpusFacts[];
  readonly evaluations?: readonly EvaluationFacts[];
  readonly canaries?: CanaryReport;
  readonly audit?: AuditFacts;
  readonly notes?: CardNotes;
}

/**
 * The card of a model: what it was made from, by which recipe, how it came out, what it may be used for.
 *
 * @example
 * cardMarkdown(modelCard(JSON.parse(await readFile("export/10-float32/provenance.json", "utf8"))));
 */
export function modelCard(made: ModelProvenance, facts: ModelCardFacts = {}): Card {
  checkFields("made", "what a model was made of", made, ["data"]);
  const { corpora = [], evaluations = [], canaries, audit, notes = {} } = facts;
  const isRestricted = isRestrictedModel(made);
  const sections = [
    identitySection(made),
    licenceSection(made.licences, made.purpose, isRestricted),
    dataSection(made, isRestricted),
    ...corpora.flatMap((corpus) => corpusSections(corpus)),
    recipeSection(made),
    lossSection(made),
    evaluationSection(evaluations),
    memorySection(canaries),
    limitsSection(evaluations.length > 0, notes),
    auditSection(audit),
  ];
  const licence = strictestTerms(made.licences).includes("unknown") ? "unknown" : "other";
  return {
    title: `${made.name}, step ${made.step.toLocaleString("en-US")}`,
    warning:
      "A research model. It is not a medical device: it must not be used for the care of patients without clinical validation for that use." +
      (isRestricted
        ? " What it learned from is restricted, and so is it: it may be used by those alone who may use that data."
        : ""),
    head: {
      library_name: "transformers",
      pipeline_tag: "text-generation",
      license: licence,
      tags: [made.config.model.architecture, "medical", made.config.recipe],
    },
    sections: [...sections, tripodSection(sections, notes, [...tripodItems.keys()])],
  };
}

/** Whether its data or what its first weights were trained on is restricted. */
export function isRestrictedModel({ sensitivity, data }: ModelProvenance): boolean {
  return [sensitivity, ...data.map((each) => each.sensitivity)].includes("restricted");
}

function identitySection(made: ModelProvenance): CardSection {
  const { config, code } = made;
  const { initializeFrom, architecture } = config.model;
  const start = initializeFrom.kind === "safetensors" ? initializeFrom.path! : `random, seed ${config.seed}`;
  const commit = code?.commit ?? "unknown";
  return {
    title: "What it is",
    tables: [
      {
        columns: ["about", "value"],
        rows: [
          ["run", made.run],
          ["architecture", architecture],
          ["recipe", config.recipe],
          ["first weights", start],
          [
            "optimizer steps",
            `${made.step.toLocaleString("en-US")} of ${config.optimization.steps.toLocaleString("en-US")}`,
          ],
          [
            "tokens seen",
            `${made.tokensSeen.toLocaleString("en-US")}, ${made.supervisedTokens.toLocaleString("en-US")} of them targets of the loss`,
          ],
          ["context length", `${config.data.contextLength.toLocaleString("en-US")} tokens`],
          ["weights", made.weights],
          ["output", "text, with the probability of each token"],
          ["code", `${commit}${code?.hasChanges ? " with changes" : ""}`],
        ],
      },
    ],
    answers: ["4", "6a", "6d"],
  };
}

function dataSection({ data }: ModelProvenance, isRestricted: boolean): CardSection {
  const sum = data.reduce((total, { weight }) => total + (weight ?? 0), 0);
  const rows = data.map(({ part, domain, weight, documentCount, tokenCount, sensitivity, fingerprint }) => [
    part === "train" ? "training" : "held out",
    domain,
    weight === null ? "-" : shareText(weight / sum),
    countText(documentCount, isRestricted),
    countText(tokenCount, isRestricted),
    sensitivity,
    fingerprint,
  ]);
  const sources = data.flatMap(({ part, domain, tokenCount, sources: own }) =>
    own.map((source) => [
      part === "train" ? "training" : "held out",
      domain,
      source.source,
      countText(source.documentCount, isRestricted),
      shareText(source.tokenCount / (tokenCount ?? NaN)),
    ]),
  );
  return {
    title: "Data",
    tables: [
      {
        caption: "What it was trained on, and the data set aside to measure its loss.",
        columns: ["part", "domain", "share of training", "documents", "tokens", "sensitivity", "fingerprint"],
        rows,
      },
      ...(sources.length === 0
        ? []
        : [
            {
              caption: "The largest sources.",
              columns: ["part", "domain", "source", "documents", "share of its tokens"],
              rows: sources,
            },
          ]),
    ],
    answers: ["5a", "5b"],
  };
}

function recipeSection({ config }: ModelProvenance): CardSection {
  const rows = config.choices.map(({ name, value, source }) => [name, JSON.stringify(value) ?? "", source]);
  return {
    title: "Recipe",
    tables: [{ columns: ["name", "value", "where it comes from"], rows }],
    answers: ["6b", "6c"],
  };
}

function lossSection({ losses }: ModelProvenance): CardSection {
  if (losses.length === 0) return { title: "Loss", paragraphs: ["No loss was kept with this export."] };
  const rows = losses.map(({ on, step, domain, loss, tokens }) => [
    on === "train" ? "training data" : "held-out data",
    step.toLocaleString("en-US"),
    domain,
    typeof loss === "number" ? loss.toFixed(4) : loss,
    tokens.toLocaleString("en-US"),
  ]);
  return {
    title: "Loss",
    paragraphs: ["Mean over the supervised tokens of each domain, in nats a token."],
    tables: [{ columns: ["measured on", "step", "domain", "loss", "tokens"], rows }],
  };
}

/**
 * Of a restricted evaluation the groups of too few questions, and where these are too few together so many of the next
 * smallest that the whole less what is shown tells nothing of them.
 */
function hiddenGroups({ bySubject, isRestricted }: EvaluationFacts): ReadonlySet<AccuracyFacts> {
  const hidden = new Set<AccuracyFacts>();
  if (!isRestricted) return hidden;
  let questions = 0;
  for (const group of bySubject.toSorted((one, other) => one.n - other.n)) {
    const isEnough = questions === 0 || questions >= minimumCount();
    if (group.n >= minimumCount() && isEnough) break;
    hidden.add(group);
    questions += group.n;
  }
  return hidden;
}

function evaluationSection(evaluations: readonly EvaluationFacts[]): CardSection {
  const title = "Evaluation";
  if (evaluations.length === 0)
    return { title, paragraphs: ["No results of this model were found: it was not evaluated."] };
  const cells = ({ n, accuracy, interval }: AccuracyFacts, isHidden: boolean): string[] =>
    isHidden
      ? ["not shown", "-", "-"]
      : [
          n.toLocaleString("en-US"),
          shareText(accuracy),
          `${shareText(interval.low)} to ${shareText(interval.high)}`,
        ];
  const overall = evaluations.map((each) => [
    each.dataset,
    each.strategy,
    each.scoring,
    ...cells(each.overall, each.isRestricted && each.overall.n < minimumCount()),
    shareText(each.chance),
  ]);
  const subgroups = evaluations.flatMap((each) => {
    const hidden = hiddenGroups(each);
    return each.bySubject.map((group) => [
      each.dataset,
      each.strategy,
      group.subject,
      ...cells(group, hidden.has(group)),
    ]);
  });
  const measures = ["questions", "accuracy", "95 % interval"];
  return {
    title,
    paragraphs: [
      "Share of multiple-choice questions answered right, with Wilson's interval. It says nothing of free text.",
    ],
    tables: [
      { columns: ["questions of", "strategy", "scoring", ...measures, "guessing"], rows: overall },
      ...(subgroups.length === 0
        ? []
        : [
            {
              caption: "By the data's own subjects; many subgroups are compared, so some differ by chance.",
              columns: ["questions of", "strategy", "subject", ...measures],
              rows: subgroups,
            },
          ]),
    ],
    answers: ["7a", "17"],
  };
}

function memorySection(report: CanaryReport | undefined): CardSection {
  const title = "Memorisation";
  if (report === undefined)
    return {
      title,
      paragraphs: ["Not tested: whether it gives back texts that it was trained on is not known."],
    };
  const verdict =
    report.isMemorised === null
      ? "The test says nothing of this training: controls that were not planted were found too."
      : report.isMemorised
        ? "It gives back secrets that were planted in its data, so it may give back others."
        : "None of the secrets that were planted in its data was found in it.";
  const rows = report.groups.map((group) => [
    group.repetitions === 0 ? "0 (controls)" : String(group.repetitions),
    String(group.canaries),
    String(group.extracted),
    `${shareText(group.extractedInterval.low)} to ${shareText(group.extractedInterval.high)}`,
    String(group.exposed),
    group.meanExposure.toFixed(2),
  ]);
  return {
    title,
    paragraphs: [
      verdict,
      `Secrets were planted so many times before training; each is ranked among ${report.ranked.toLocaleString("en-US")} by likelihood.`,
    ],
    tables: [
      {
        columns: [
          "planted times",
          "secrets",
          "written out",
          "95 % interval",
          "exposed",
          "mean exposure, bits",
        ],
        rows,
      },
    ],
  };
}

function limitsSection(isEvaluated: boolean, notes: CardNotes): CardSection {
  return {
    title: "Limits",
    points: [
      "Not for clinical use without validation: no measurement here is of care, of patients or of outcomes.",
      "It writes what is likely, not what is true, and its knowledge ends with its data.",
      ...(isEvaluated
        ? [
            "Accuracy on multiple-choice questions does not carry over to free text, other languages or other hospitals.",
          ]
        : ["Nothing here says how good it is."]),
      "Filters and deduplication miss some of what they look for; what they took out is told in counts only.",
      ...(notes["19b"] === undefined ? [] : [notes["19b"]]),
    ],
    answers: ["19b"],
  };
}
