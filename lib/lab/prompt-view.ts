import { html, type Markup } from "../display/markup.ts";
import type { RichBundle } from "../display/bundle.ts";
import type { PromptTrial, TriedRun } from "./try-prompt.ts";

type Trial = Omit<PromptTrial, symbol>;

/** A trial as a page without scripts: what came out, then each run's prompt, output and options. All text is escaped. */
export function trialBundle(trial: Trial): RichBundle {
  const { strategy, model, runs } = trial;
  const page = html`<div>
    <p><strong>${strategy.name}</strong> on ${model}: ${verdict(trial)}</p>
    ${runs.map((run) => runView(trial, run))}
  </div>`;
  return { data: { "text/html": String(page), "text/plain": trialText(trial) } };
}

/** "2 of 5 runs choose Aspirin (right)" */
function verdict({ question, runs, vote }: Trial): string {
  const { choice, counts, tied } = vote;
  if (choice === null) return "no answer";
  const known =
    question.answerIndex === undefined ? "" : choice === question.answerIndex ? " (right)" : " (wrong)";
  const tie = tied.length > 0 ? `, first of ${tied.length} with as many votes` : "";
  const voters = runs.length === 1 ? "chooses" : `${counts[choice]} of ${runs.length} runs choose`;
  return `${voters} ${question.options[choice]}${known}${tie}`;
}

function runView(trial: Trial, run: TriedRun): Markup {
  const { prompt, promptTokens, output, outputTokens } = run;
  const wrap = "white-space:pre-wrap;overflow-wrap:anywhere";
  const seeded = prompt.temperature > 0 ? `, temperature ${prompt.temperature}, seed ${prompt.seed}` : "";
  return html`<details open>
    <summary>Run ${prompt.run + 1}: ${trial.question.options[run.choice]}${seeded}</summary>
    <p>Prompt, ${promptTokens} tokens</p>
    <pre style="${wrap}">${prompt.text}</pre>
    <p>${prompt.answerCue === undefined ? "Output" : "Reasoning"}, ${outputTokens} tokens</p>
    <pre style="${wrap}">${output}</pre>
    ${optionTable(trial, run)}
  </details>`;
}

function optionTable({ question, normalisation }: Trial, { prompt, options, choice }: TriedRun): Markup {
  const number = "text-align:right;font-variant-numeric:tabular-nums";
  const rows = prompt.permutation.map((place) => {
    const { logLikelihood, tokens } = options[place]!;
    const signs = [
      ...(place === choice ? ["chosen"] : []),
      ...(place === question.answerIndex ? ["right answer"] : []),
    ];
    return html`<tr>
      <td>${question.options[place]}</td>
      <td style="${number}">${logLikelihood.sum.toFixed(3)}</td>
      <td style="${number}">${logLikelihood.token.toFixed(3)}</td>
      <td style="${number}">${logLikelihood.byte.toFixed(3)}</td>
      <td style="${number}">${tokens}</td>
      <td>${signs.join(", ")}</td>
    </tr>`;
  });
  return html`<table>
    <caption>
      Log-likelihood of each option, chosen by ${normalisation}
    </caption>
    <thead>
      <tr>
        ${["Option", "Sum", "A token", "A byte", "Tokens", ""].map((name) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

function trialText(trial: Trial): string {
  const { strategy, question, runs } = trial;
  const blocks = runs.map(({ prompt, output, options, choice }) => {
    const scored = prompt.permutation.map((place) => {
      const sign = place === choice ? ">" : " ";
      return `${sign} ${options[place]!.logLikelihood.sum.toFixed(3).padStart(9)}  ${question.options[place]}`;
    });
    return [`Run ${prompt.run + 1}`, prompt.text + output, ...scored].join("\n");
  });
  return [`${strategy.name} ${verdict(trial)}`, ...blocks].join("\n\n");
}
