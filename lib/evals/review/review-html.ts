import { createHash } from "node:crypto";
import { fingerprint } from "../../core/hash.ts";
import { html } from "../../display/markup.ts";
import type { ReviewAnswer, ReviewItem } from "./review-sheet.ts";

/** Runs in the physician's browser: keeps the labels there until they are saved, and saves them as the CSV's columns. */
const script = `
const form = document.querySelector("form");
const name = "rounds-review-" + form.dataset.sheet;
const rows = () => [...form.querySelectorAll("section")].map((section) => [
  section.dataset.code,
  section.querySelector("input:checked")?.value ?? "",
  section.querySelector("textarea").value,
]);
const show = () => {
  const all = rows();
  document.querySelector("output").textContent = all.filter((row) => row[1] !== "").length + " of " + all.length;
};
// A browser may refuse to keep anything.
const kept = (() => { try { return localStorage; } catch { return undefined; } })();
for (const [code, label, comment] of JSON.parse(kept?.getItem(name) ?? "[]")) {
  const section = form.querySelector('section[data-code="' + code + '"]');
  if (!section) continue;
  for (const input of section.querySelectorAll("input")) input.checked = input.value === label;
  section.querySelector("textarea").value = comment;
}
form.addEventListener("input", () => { kept?.setItem(name, JSON.stringify(rows())); show(); });
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const cell = (text) => '"' + (/^\\s*[=+\\-@]/.test(text) ? "'" : "") + text.replaceAll('"', '""') + '"';
  const lines = [["code", "label", "comment"], ...rows()].map((row) => row.map(cell).join(",") + "\\r\\n");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\\uFEFF", ...lines], { type: "text/csv" }));
  link.download = "labels.csv";
  link.click();
});
show();
`;

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; }
section { border-top: 1px solid #767676; padding: 1rem 0; }
.text { white-space: pre-wrap; }
.answers { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
label { display: block; }
textarea { width: 100%; font: inherit; }
footer { position: sticky; bottom: 0; background: #fff; border-top: 1px solid #767676; padding: .5rem 0; }
`;

/** Items as a page of its own, without anything from a network; all their text is escaped. */
export function reviewHtml(items: readonly ReviewItem[], labels: readonly string[]): string {
  const body = html`<body>
    <h1>Review of ${items.length} questions</h1>
    <p>Two models answered each question. Say which answer is right by your own judgement.</p>
    <form data-sheet="${fingerprint(items).slice(0, 16)}">
      ${items.map((item) => itemHtml(item, labels))}
      <footer><output></output> judged <button>Save labels.csv</button></footer>
    </form>
  </body>`;
  const scriptHash = createHash("sha256").update(script).digest("base64");
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'`;
  return [
    "<!doctype html>",
    '<html lang="en">',
    '<head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<title>Review of ${items.length} questions</title>`,
    `<style>${style}</style></head>`,
    String(body),
    `<script>${script}</script>`,
    "</html>\n",
  ].join("\n");
}

function itemHtml({ code, context, question, options, answers }: ReviewItem, labels: readonly string[]) {
  return html`<section data-code="${code}">
    <h2>${code}</h2>
    ${context === undefined ? "" : html`<p class="text">${context}</p>`}
    <p class="text">${question}</p>
    <ul>
      ${options.map((option) => html`<li>${option}</li>`)}
    </ul>
    <div class="answers">${answers.map(answerHtml)}</div>
    <fieldset>
      <legend>Your judgement of ${code}</legend>
      ${labels.map((label) => html`<label><input type="radio" name="${code}" value="${label}" /> ${label}</label>`)}
      <label>Comment <textarea rows="2"></textarea></label>
    </fieldset>
  </section>`;
}

function answerHtml({ answer, output }: ReviewAnswer, index: number) {
  return html`<div>
    <h3>Answer ${index + 1}</h3>
    <p>${answer}</p>
    ${output === undefined ? "" : html`<p class="text">${output}</p>`}
  </div>`;
}
