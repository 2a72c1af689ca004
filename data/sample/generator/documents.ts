import { jaccard, wordShingles } from "../../../lib/core/shingles.ts";
import { SeededRandom } from "../../../lib/core/seeded-random.ts";
import { generalSentences, generalWords } from "./general-words.ts";
import {
  inventedDisease,
  inventedDrug,
  inventedPerson,
  inventedPlace,
  inventedProtein,
  paragraph,
  sentence,
} from "./grammar.ts";
import { articleSections, healthAnswers, medicalWords, textbookSections } from "./medical-words.ts";

export interface Article {
  readonly id: string;
  readonly pmcid: string;
  readonly pmid: string | null;
  readonly doi: string | null;
  readonly title: string;
  readonly journal: string;
  readonly year: string;
  readonly license: string;
  readonly text: string;
}

/** The invented names that one document is about. */
export function inventedSubject(random: SeededRandom): Record<string, string> {
  return {
    disease: inventedDisease(random),
    drug: inventedDrug(random),
    drug2: inventedDrug(random),
    protein: inventedProtein(random),
    protein2: inventedProtein(random),
    place: inventedPlace(random),
    place2: inventedPlace(random),
    person: inventedPerson(random),
  };
}

function articleText(
  title: string,
  size: number,
  subject: Record<string, string>,
  random: SeededRandom,
): string {
  const sections = Object.entries(articleSections).map(([heading, templates]) => {
    const count = Math.max(1, Math.round(size * (0.6 + random.uniform() * 0.8)));
    return `# ${heading}\n${paragraph(templates, count, medicalWords, subject, random)}`;
  });
  return [title, ...sections].join("\n");
}

const titleTemplates = [
  "{drug} and {measure} in {disease}: a randomised trial in {place}",
  "Does {drug} change {measure} in {population}?",
  "{drug} against {comparator} for {disease}",
  "{factor} and {symptom} in {population}: a cohort from {place}",
];

function article(number: number, size: number, random: SeededRandom): Article {
  const subject = inventedSubject(random);
  const title = sentence(random.choice(titleTemplates), medicalWords, subject, random);
  const license = random.weightedChoice(["CC-BY", "CC-BY+CC0-data", "CC0"], [7, 2, 1]);
  const [doi, pmid] = [`10.0000/synthetic.${number}`, String(90_000_000 + number)];
  return {
    id: `PMCSYNTHETIC${number}`,
    pmcid: `SYNTHETIC${number}`,
    pmid: random.chance(0.03) ? null : pmid,
    doi: random.chance(0.03) ? null : doi,
    title,
    journal: `Synthetic Journal of ${random.choice(["Invented Medicine", "Imaginary Trials", "Fictional Nursing", "Made-up Methods"])}`,
    year: String(random.integer(2001, 2022)),
    license,
    text: articleText(title, size, subject, random),
  };
}

/** A copy with a share of its words replaced, scattered over the text. */
function withScatteredEdits(text: string, share: number, random: SeededRandom): string {
  return text.replaceAll(/[a-z]{4,}/gu, (word) =>
    random.chance(share) ? random.choice(replacements) : word,
  );
}

const replacements = ["broadly", "partly", "again", "later", "roughly", "seldom", "mainly", "often", "early"];

/** A copy with one run of sentences taken out. */
function withoutBlock(text: string, share: number, random: SeededRandom): string {
  const sentences = text.split(". ");
  const removed = Math.max(1, Math.round(sentences.length * share));
  const start = random.integer(1, sentences.length - removed);
  return [...sentences.slice(0, start), ...sentences.slice(start + removed)].join(". ");
}

const foreignTexts: readonly { language: string; title: string; text: string }[] = [
  {
    language: "German",
    title: "Schlaf und Gleichgewicht bei erfundener Krankheit",
    text: "Diese Zusammenfassung ist frei erfunden. Vierzig Freiwillige schliefen zwei Wochen lang eine Stunde länger als gewohnt. Ihr Gleichgewicht auf einem Bein wurde jeden Morgen gemessen und besserte sich um ein Viertel. In der Vergleichsgruppe blieb es gleich. Nebenwirkungen wurden nicht beobachtet, doch drei Personen klagten über lebhafte Träume. Ob der Erfolg anhält, müssen längere Beobachtungen zeigen.",
  },
  {
    language: "Spanish",
    title: "Luz de la mañana y fatiga en una enfermedad imaginaria",
    text: "Este resumen es inventado. Sesenta personas recibieron luz intensa cada mañana durante un mes, y otras sesenta siguieron con su vida habitual. La fatiga disminuyó en ambos grupos, aunque un poco más con la luz. Nadie abandonó el estudio por molestias. Los autores imaginarios concluyen que el efecto es pequeño y que la estación del año puede explicarlo.",
  },
  {
    language: "French",
    title: "Marche rapide et toux dans une maladie fictive",
    text: "Ce résumé est fictif. Trente adultes ont marché vite une heure par jour pendant six semaines. La toux du soir a diminué chez la moitié d'entre eux, mais le souffle n'a pas changé. Deux personnes ont arrêté à cause de douleurs aux genoux. Une étude plus longue dirait si la marche suffit.",
  },
];

/** A pair that was planted, with the exact similarity that it turned out to have. */
export interface PlantedPair {
  readonly original: string;
  readonly copy: string;
  readonly edit: string;
  readonly jaccard: number;
}

/** Articles with the accidents of a real collection: copies, edits, retraction, other languages, odd lengths. */
export function generateArticles(seed: string): { articles: Article[]; pairs: PlantedPair[] } {
  const random = new SeededRandom(`${seed}/articles`);
  const originals = Array.from({ length: 40 }, (_, index) => {
    const size = random.weightedChoice([2, 4, 6], [2, 5, 3]);
    return article(1001 + index, size, random.fork(`article-${index}`));
  });
  const edits: [string, (text: string) => string][] = [
    ["exact copy", (text) => text],
    ["exact copy", (text) => text],
    ["0.5% of the words", (text) => withScatteredEdits(text, 0.005, random)],
    ["1% of the words", (text) => withScatteredEdits(text, 0.01, random)],
    ["2% of the words", (text) => withScatteredEdits(text, 0.02, random)],
    ["5% of the words", (text) => withScatteredEdits(text, 0.05, random)],
    ["10% of the words", (text) => withScatteredEdits(text, 0.1, random)],
    ["a block of 5% removed", (text) => withoutBlock(text, 0.05, random)],
    ["a block of 20% removed", (text) => withoutBlock(text, 0.2, random)],
  ];
  const copies: Article[] = [];
  const pairs: PlantedPair[] = [];
  for (const [index, [edit, change]] of edits.entries()) {
    const original = originals[index * 4]!;
    const number = 2001 + index;
    const copy = { ...renumbered(original, number), text: change(original.text) };
    copies.push(copy);
    const similarity = jaccard(wordShingles(original.text), wordShingles(copy.text));
    pairs.push({ original: original.id, copy: copy.id, edit, jaccard: Number(similarity.toFixed(5)) });
  }
  const odd = oddArticles(originals, random);
  return { articles: random.shuffle([...originals, ...copies, ...odd]), pairs };
}

function renumbered(original: Article, number: number): Article {
  return {
    ...original,
    id: `PMCSYNTHETIC${number}`,
    pmcid: `SYNTHETIC${number}`,
    pmid: String(90_000_000 + number),
    doi: `10.0000/synthetic.${number}`,
  };
}

function oddArticles(originals: readonly Article[], random: SeededRandom): Article[] {
  const template = originals[1]!;
  const parts = Array.from({ length: 12 }, () => articleText("Part", 9, inventedSubject(random), random));
  const longText = ["A long synthetic report", ...parts].join("\n");
  const script =
    "<script>document.title = 'a synthetic document ran a script'</script> & <b>bold</b> \"quotes\"";
  return [
    { ...renumbered(template, 3001), title: "Synthetic article without text", text: "" },
    { ...renumbered(template, 3002), title: "Synthetic note", text: "Two words." },
    { ...renumbered(template, 3003), title: "A long synthetic report", text: longText },
    {
      ...renumbered(template, 3004),
      title: `Markup in a synthetic text ${script}`,
      text: `${script}\n${template.text.slice(0, 600)}`,
    },
    {
      ...renumbered(template, 3005),
      title: `Retracted: ${originals[2]!.title}`,
      text: `Retraction notice. This synthetic article was withdrawn by its imaginary authors.\n${originals[2]!.text.slice(0, 900)}`,
    },
    ...foreignTexts.map(({ title, text }, index) => ({ ...renumbered(template, 3006 + index), title, text })),
  ];
}

/** Modules of textbooks, medical or general; some titles repeat, as in real books. */
export function generateTextbook(kind: "medical" | "general", seed: string) {
  const random = new SeededRandom(`${seed}/textbook-${kind}`);
  const words = kind === "medical" ? medicalWords : generalWords;
  const templates = kind === "medical" ? textbookSections : generalSentences;
  const books =
    kind === "medical" ? ["anatomy", "microbiology", "nursing"] : ["history", "philosophy", "writing"];
  return Array.from({ length: 24 }, (_, index) => {
    const subject = inventedSubject(random);
    const book = books[index % books.length]!;
    const sections = Array.from({ length: random.integer(1, 4) }, () => {
      const heading = sentence(
        kind === "medical" ? "The {organ} and {tissue}" : "{thing}",
        words,
        subject,
        random,
      );
      return `# ${heading}\n${paragraph(templates, random.integer(4, 9), words, subject, random)}`;
    });
    const opening = paragraph(templates, 3, words, subject, random);
    return {
      id: `synthetic-${kind}-${index + 1}`,
      title: index < books.length ? "Introduction" : sections[0]!.slice(2).split("\n")[0]!,
      source: `synthetic/${book}`,
      commit: "0".repeat(40),
      path: `modules/synthetic-${index + 1}/index.cnxml`,
      license: "CC-BY-4.0",
      text: [opening, ...sections].join("\n"),
    };
  });
}

/** Questions and answers about invented diseases; many share a template, as the real ones do. */
export function generateHealthAnswers(seed: string) {
  const random = new SeededRandom(`${seed}/health-answers`);
  const asking: Record<string, string> = {
    information: "What is (are) {disease} ?",
    symptoms: "What are the symptoms of {disease} ?",
    treatment: "What are the treatments for {disease} ?",
    causes: "What causes {disease} ?",
  };
  return Array.from({ length: 24 }, (_, index) => {
    const subject = inventedSubject(random);
    const source = random.choice(["Synthetic Institute A", "Synthetic Institute B", "Synthetic Institute C"]);
    return Object.entries(healthAnswers).map(([qtype, templates], position) => ({
      doc: `synthetic_QA/${index + 1}.xml`,
      source,
      url: `https://synthetic.invalid/${index + 1}`,
      focus: subject["disease"]!,
      cui: [`CSYNTHETIC${index + 1}`],
      semantic_group: index % 12 === 5 ? null : "Disorders",
      qid: `synthetic-${index + 1}-${position + 1}`,
      qtype,
      question: sentence(asking[qtype]!, medicalWords, subject, random),
      answer: paragraph(templates, 4, medicalWords, subject, random),
    }));
  }).flat();
}
