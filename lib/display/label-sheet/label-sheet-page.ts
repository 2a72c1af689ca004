import { createHash } from "node:crypto";
import { html, type Markup } from "../markup.ts";

/** A page of things to be judged. */
export interface LabelPage {
  readonly title: string;
  /** What the reader is asked. */
  readonly question: string;
  /** Of this sheet: labels of another are not taken for its own. */
  readonly fingerprint: string;
  readonly items: readonly LabelItem[];
}

export interface LabelItem {
  /** Unique in its sheet. */
  readonly code: string;
  readonly body: readonly Markup[];
  readonly labels: readonly string[];
}

/** Runs in the reader's browser: keeps the labels there until they are saved, and saves them as the CSV's columns. */
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

/** The items as a page of its own, without anything from a network, that saves its labels as `labels.csv`. */
export function labelSheetPage({ title, question, fingerprint, items }: LabelPage): string {
  const body = html`<body>
    <h1>${title}</h1>
    <p>${question}</p>
    <form data-sheet="${fingerprint.slice(0, 16)}">
      ${items.map(itemHtml)}
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
    String(html`<title>${title}</title>`),
    `<style>${style}</style></head>`,
    String(body),
    `<script>${script}</script>`,
    "</html>\n",
  ].join("\n");
}

function itemHtml({ code, body, labels }: LabelItem): Markup {
  return html`<section data-code="${code}">
    <h2>${code}</h2>
    ${body}
    <fieldset>
      <legend>Your judgement of ${code}</legend>
      ${labels.map((label) => html`<label><input type="radio" name="${code}" value="${label}" /> ${label}</label>`)}
      <label>Comment <textarea rows="2"></textarea></label>
    </fieldset>
  </section>`;
}
