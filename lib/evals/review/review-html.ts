import { fingerprint } from "../../core/hash.ts";
import { labelSheetPage } from "../../display/label-sheet/label-sheet-page.ts";
import { html, type Markup } from "../../display/markup.ts";
import type { ReviewAnswer, ReviewItem } from "./review-sheet.ts";

/** Items as a page of its own, without anything from a network; all their text is escaped. */
export function reviewHtml(items: readonly ReviewItem[], labels: readonly string[]): string {
  return labelSheetPage({
    title: `Review of ${items.length} questions`,
    question: "Two models answered each question. Say which answer is right by your own judgement.",
    fingerprint: fingerprint(items),
    items: items.map((item) => ({ code: item.code, body: bodyOf(item), labels })),
  });
}

function bodyOf({ context, question, options, answers }: ReviewItem): Markup[] {
  return [
    ...(context === undefined ? [] : [html`<p class="text">${context}</p>`]),
    html`<p class="text">${question}</p>
      <ul>
        ${options.map((option) => html`<li>${option}</li>`)}
      </ul>
      <div class="answers">${answers.map(answerHtml)}</div>`,
  ];
}

function answerHtml({ answer, output }: ReviewAnswer, index: number): Markup {
  return html`<div>
    <h3>Answer ${index + 1}</h3>
    <p>${answer}</p>
    ${output === undefined ? "" : html`<p class="text">${output}</p>`}
  </div>`;
}
