import { STRATEGIES_MIME, type RichBundle } from "../display/bundle.ts";
import { textTable } from "../display/text-table.ts";
import type { Question } from "../evals/question.ts";
import { costText } from "./meter-model.ts";
import { clipText } from "./saved-texts.ts";
import type { StrategyRow } from "./compare-strategies.ts";

/** A comparison as far as it has come. */
export interface ShownComparison {
  readonly state: "running" | "done" | "stopped";
  /** What is being done, while it runs. */
  readonly doing?: string;
  readonly questions: readonly Question[];
  /** Questions that every row has answered. */
  readonly asked: number;
  readonly rows: readonly StrategyRow[];
}

const maximumFlips = 20;
const maximumTextCharacters = 240;
/** Of all flipped questions as a notebook writes them. */
const flipCharacters = 80_000;

const headings = [
  "Strategy",
  "Accuracy",
  "95 % interval",
  "Tokens in",
  "Tokens out",
  "Cost",
  "Against the first",
  "Flips",
];

/** A comparison as the viewer's prompt view, as a table without scripts, and as text. */
export function comparisonBundle(shown: ShownComparison): RichBundle {
  const { rows } = shown;
  const names = [...headings, pNameOf(rows), ""];
  const cells = rows.map(cellsOf);
  const page = textTable({
    caption: detailOf(shown),
    columns: names.map((name, index) => ({ name, isNumeric: index >= 1 && index <= 5 })),
    rows: cells,
  });
  const lines = [detailOf(shown), ...cells.map((row) => row.filter((cell) => cell !== "").join("  "))];
  return {
    data: {
      [STRATEGIES_MIME]: comparisonModel(shown),
      "text/html": String(page),
      "text/plain": lines.join("\n"),
    },
  };
}

/** What the viewer draws. */
function comparisonModel(shown: ShownComparison): object {
  const { state, questions, asked, rows } = shown;
  let left = flipCharacters;
  return {
    version: 1,
    state,
    detail: detailOf(shown),
    asked,
    total: questions.length,
    chance: rows[0]?.summary.chance ?? 0,
    pName: pNameOf(rows),
    rows: rows.map((row) => {
      const { name, strategy, summary, againstFirst, usage } = row;
      const { accuracy, interval } = summary;
      const flips = againstFirst === undefined ? [] : flipsOf(row, questions);
      const kept = flips.filter((flip) => (left -= JSON.stringify(flip).length) >= 0);
      return {
        name,
        settings: clipText(String(strategy), 500),
        accuracy,
        low: interval.low,
        high: interval.high,
        tokens: `${count(usage.input)} + ${count(usage.output)}`,
        cost: usage.cost === undefined ? "" : costText(usage.cost),
        against: againstFirst === undefined ? null : { ...againstOf(row), flips: kept },
      };
    }),
  };
}

function againstOf({ againstFirst, correctedP }: StrategyRow) {
  const { difference, flips, notComparable } = againstFirst!;
  const gained = flips.filter(({ now }) => now === "right").length;
  return {
    difference: `${difference < 0 ? "−" : "+"}${percent(Math.abs(difference))}`,
    gained,
    lost: flips.length - gained,
    p: correctedP!.toPrecision(2),
    notComparable,
  };
}

function flipsOf({ againstFirst }: StrategyRow, questions: readonly Question[]): object[] {
  return againstFirst!.flips.slice(0, maximumFlips).map(({ id, dataset, gold, first, second, now }) => {
    const question = questions.find((each) => each.id === id && each.dataset === dataset)!;
    const restricted = question.sensitivity === "restricted";
    const option = (place: number | null): string => {
      if (place === null) return "no option";
      return restricted ? `option ${place + 1}` : clipText(question.options[place]!, maximumTextCharacters);
    };
    return {
      question: restricted ? `${id} (restricted)` : clipText(question.question, maximumTextCharacters),
      right: option(gold),
      before: option(first),
      now: option(second),
      isGain: now === "right",
    };
  });
}

function cellsOf(row: StrategyRow): string[] {
  const { name, summary, usage, againstFirst } = row;
  const { accuracy, interval } = summary;
  const fixed = [
    name,
    percent(accuracy),
    `${percent(interval.low)} to ${percent(interval.high)}`,
    count(usage.input),
    count(usage.output),
    usage.cost === undefined ? "" : costText(usage.cost),
  ];
  if (againstFirst === undefined) return [...fixed, "", "", "", ""];
  const { difference, gained, lost, p, notComparable } = againstOf(row);
  return [
    ...fixed,
    difference,
    `${gained} now right, ${lost} now wrong`,
    p,
    notComparable.length > 0 ? `not comparable: ${notComparable.join("; ")}` : "",
  ];
}

function detailOf({ state, doing, questions, asked }: ShownComparison): string {
  const of = asked < questions.length ? `${count(asked)} of ${count(questions.length)}` : count(asked);
  const words = `${of} questions; p by McNemar's exact test`;
  return [words, ...(state === "stopped" ? ["stopped"] : []), ...(doing === undefined ? [] : [doing])].join(
    " · ",
  );
}

/** Of several strategies' p values each is corrected for all. */
function pNameOf(rows: readonly StrategyRow[]): string {
  return rows.length > 2 ? "p (Holm)" : "p";
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
