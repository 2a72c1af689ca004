import { PROMPT_MIME, type RichBundle } from "../display/bundle.ts";
import { escapeHtml } from "../display/escape-html.ts";
import { html, type Markup } from "../display/markup.ts";
import { textTable } from "../display/text-table.ts";
import { softmax } from "../evals/calibration.ts";
import { normalisations, type Normalisation, type OptionScore } from "../evals/option-score.ts";
import { roleKeywords } from "../paper/prompt-format.ts";
import { usageText } from "./meter-model.ts";
import { clipText, TextBudget, type SavedText } from "./saved-texts.ts";
import type { PromptTrial, TriedRun } from "./try-prompt.ts";

type Trial = Omit<PromptTrial, symbol>;

/** What the viewer draws. Pieces of prompts that runs share, such as examples, are held once. */
interface TrialModel {
  readonly version: 1;
  readonly strategy: string;
  readonly settings: string;
  readonly model: string;
  readonly verdict: string;
  readonly usage: string;
  readonly normalisation: Normalisation;
  /** Texts of the question's options, and the place of the right one. */
  readonly options: readonly string[];
  readonly answer: number | null;
  readonly pieces: readonly string[];
  /** The first ones. */
  readonly runs: readonly TrialRunModel[];
  readonly runCount: number;
  /** Why texts are left out, where some are. */
  readonly leftOut: string;
}

interface TrialRunModel {
  readonly title: string;
  /** Places of its pieces, the question that is asked last; null where they are left out. */
  readonly prompt: readonly number[] | null;
  readonly promptCharacters: number;
  readonly promptTokens: number;
  readonly writes: "Reasoning" | "Output";
  readonly output: SavedText;
  readonly outputTokens: number;
  /** In the order of the prompt. */
  readonly options: readonly TrialOptionModel[];
}

interface TrialOptionModel {
  /** In the question. */
  readonly place: number;
  readonly tokens: number;
  readonly isChosen: boolean;
  /** Of the likelihood of all options. */
  readonly share: number;
  readonly logLikelihood: OptionScore["logLikelihood"];
}

/** Characters of prompts and outputs as a notebook writes them; an output stays under 200,000 with all else. */
const [liveCharacters, pageCharacters, plainCharacters] = [60_000, 40_000, 30_000];
const maximumRuns = 10;
const maximumOptionCharacters = 120;

/** What is shown: of a restricted question or example no text, and options by their numbers. */
type Shown = Trial & { readonly restricted: boolean };

/** A trial as the viewer's prompt view, as a page without scripts, and as text. */
export function trialBundle(trial: Trial): RichBundle {
  const restricted = trial.runs.some(({ prompt }) => prompt.sensitivity === "restricted");
  const options = trial.question.options.map((option, place) =>
    restricted ? `Option ${place + 1}` : option,
  );
  const shown = { ...trial, question: { ...trial.question, options }, restricted };
  return {
    data: {
      [PROMPT_MIME]: trialModel(shown),
      "text/html": String(trialPage(shown)),
      "text/plain": trialText(shown),
    },
  };
}

function budgetOf({ restricted }: Shown, characters: number): TextBudget {
  return new TextBudget(restricted ? -1 : characters);
}

function leftOutReason({ restricted }: Shown): string {
  return restricted ? "restricted: not saved with the notebook" : "left out to keep the notebook small";
}

function leftOutText(shown: Shown, { characters }: SavedText): string {
  return `${characters.toLocaleString("en-US")} characters, ${leftOutReason(shown)}`;
}

function trialModel(trial: Shown): TrialModel {
  const { strategy, model, question, normalisation, runs } = trial;
  const budget = budgetOf(trial, liveCharacters);
  const pieces: string[] = [];
  return {
    version: 1,
    strategy: strategy.name,
    settings: clipText(String(strategy), 1000),
    model,
    verdict: verdictOf(trial),
    usage: usageText(trial.usage),
    normalisation,
    options: question.options.map((option) => clipText(option, maximumOptionCharacters)),
    answer: question.answerIndex ?? null,
    pieces,
    runCount: runs.length,
    leftOut: leftOutReason(trial),
    runs: runs.slice(0, maximumRuns).map((run): TrialRunModel => {
      const { prompt, promptTokens, output, outputTokens } = run;
      const own = piecesOf(prompt.text);
      const fresh = own.filter((piece) => !pieces.includes(piece));
      const fits = budget.take(prompt.text, JSON.stringify(fresh).length).text !== null;
      if (fits) pieces.push(...new Set(fresh));
      return {
        title: titleOf(trial, run),
        prompt: fits ? own.map((piece) => pieces.indexOf(piece)) : null,
        promptCharacters: prompt.text.length,
        promptTokens,
        writes: prompt.answerCue === undefined ? "Output" : "Reasoning",
        output: budget.take(output, JSON.stringify(output).length),
        outputTokens,
        options: scoredOptions(trial, run),
      };
    }),
  };
}

/** A prompt as its examples and the question, which joined are the prompt again. */
function piecesOf(prompt: string): string[] {
  const start = roleKeywords.system.replaceAll("|", String.raw`\|`);
  return prompt.split(new RegExp(`(?<=\\n\\n)(?=${start}:)`, "u"));
}

/** In the order of the prompt. */
function scoredOptions({ normalisation }: Trial, { prompt, options, choice }: TriedRun): TrialOptionModel[] {
  const shares = softmax(options.map(({ logLikelihood }) => logLikelihood[normalisation]!));
  return prompt.permutation.map((place) => {
    const { tokens, logLikelihood } = options[place]!;
    return { place, tokens, isChosen: place === choice, share: shares[place]!, logLikelihood };
  });
}

/** "2 of 5 runs choose Aspirin (right)" */
function verdictOf({ question, runs, vote }: Trial): string {
  const { choice, counts, tied } = vote;
  if (choice === null) return "no answer";
  const known =
    question.answerIndex === undefined ? "" : choice === question.answerIndex ? " (right)" : " (wrong)";
  const tie = tied.length > 0 ? `, first of ${tied.length} with as many votes` : "";
  const voters = runs.length === 1 ? "chooses" : `${counts[choice]} of ${runs.length} runs choose`;
  return `${voters} ${clipText(question.options[choice]!, maximumOptionCharacters)}${known}${tie}`;
}

/** "Run 2: Aspirin, temperature 0.2, seed 7" */
function titleOf({ question }: Trial, { prompt, choice }: TriedRun): string {
  const { run, temperature, seed } = prompt;
  const seeded = temperature > 0 ? `, temperature ${temperature}, seed ${seed}` : "";
  return `Run ${run + 1}: ${clipText(question.options[choice]!, maximumOptionCharacters)}${seeded}`;
}

const normalisationNames: Readonly<Record<Normalisation, string>> = {
  sum: "Sum",
  token: "A token",
  character: "A character",
  byte: "A byte",
  pmi: "PMI",
};

function trialPage(trial: Shown): Markup {
  const { strategy, model, runs, usage } = trial;
  const budget = budgetOf(trial, pageCharacters);
  return html`<div>
    <p><strong>${strategy.name}</strong> on ${model}: ${verdictOf(trial)}. ${usageText(usage)}.</p>
    ${runs.slice(0, maximumRuns).map((run) => runPage(trial, run, budget))} ${moreRuns(trial)}
  </div>`;
}

function runPage(trial: Shown, run: TriedRun, budget: TextBudget): Markup {
  const { prompt, promptTokens, output, outputTokens } = run;
  return html`<details open>
    <summary>${titleOf(trial, run)}</summary>
    ${optionTable(trial, run)}
    <p>Prompt, ${promptTokens} tokens</p>
    ${textPage(trial, prompt.text, budget)}
    <p>${prompt.answerCue === undefined ? "Output" : "Reasoning"}, ${outputTokens} tokens</p>
    ${textPage(trial, output, budget)}
  </details>`;
}

function textPage(trial: Shown, text: string, budget: TextBudget): Markup {
  const saved = budget.take(text, JSON.stringify(escapeHtml(text)).length);
  if (saved.text === null) return html`<p><em>${leftOutText(trial, saved)}</em></p>`;
  return html`<pre style="white-space:pre-wrap;overflow-wrap:anywhere">${saved.text}</pre>`;
}

function optionTable(trial: Trial, run: TriedRun): Markup {
  const { question, normalisation } = trial;
  const scored = scoredOptions(trial, run);
  const known = normalisations.filter((name) => scored.every(({ logLikelihood }) => name in logLikelihood));
  const numbers = [...known.map((name) => normalisationNames[name]), "Tokens"];
  return textTable({
    caption: `Log-likelihood of each option, chosen by ${normalisationNames[normalisation].toLowerCase()}`,
    columns: [{ name: "Option" }, ...numbers.map((name) => ({ name, isNumeric: true })), { name: "" }],
    rows: scored.map(({ place, tokens, isChosen, logLikelihood }) => [
      clipText(question.options[place]!, maximumOptionCharacters),
      ...known.map((name) => logLikelihood[name]!.toFixed(3)),
      String(tokens),
      signsOf(isChosen, place === question.answerIndex),
    ]),
  });
}

function signsOf(isChosen: boolean, isRight: boolean): string {
  return [...(isChosen ? ["chosen"] : []), ...(isRight ? ["right answer"] : [])].join(", ");
}

function trialText(trial: Shown): string {
  const { strategy, question, runs, usage } = trial;
  const budget = budgetOf(trial, plainCharacters);
  const blocks = runs.slice(0, maximumRuns).map((run) => {
    const text = run.prompt.text + run.output;
    const saved = budget.take(text, JSON.stringify(text).length);
    const scored = scoredOptions(trial, run).map(({ place, isChosen, logLikelihood }) => {
      const option = clipText(question.options[place]!, maximumOptionCharacters);
      return `${isChosen ? ">" : " "} ${logLikelihood.sum.toFixed(3).padStart(9)}  ${option}`;
    });
    return [`Run ${run.prompt.run + 1}`, saved.text ?? leftOutText(trial, saved), ...scored].join("\n");
  });
  return [`${strategy.name} ${verdictOf(trial)}`, usageText(usage), ...blocks, moreRuns(trial)]
    .join("\n\n")
    .trimEnd();
}

function moreRuns({ runs }: Trial): string {
  return runs.length <= maximumRuns ? "" : `${runs.length - maximumRuns} more runs are not shown`;
}
