import { SeededRandom } from "../../../lib/core/seeded-random.ts";
import { inventedSubject } from "./documents.ts";
import { paragraph, sentence } from "./grammar.ts";
import { articleSections, medicalWords } from "./medical-words.ts";

/** A question with its right answer and three wrong ones, before a data set's layout is put on it. */
interface Draft {
  readonly question: string;
  readonly answer: string;
  readonly wrong: readonly string[];
  readonly subject: string;
}

/** What is true in the invented world: one fact joins a disease to everything that can be asked of it. */
interface Fact extends Record<string, string> {
  readonly disease: string;
  readonly drug: string;
  readonly protein: string;
  readonly organ: string;
  readonly symptom: string;
}

/** Facts that share no name, so that each question has one answer. */
function inventedFacts(count: number, random: SeededRandom): Fact[] {
  const facts: Fact[] = [];
  const taken = new Set<string>();
  while (facts.length < count) {
    const subject = inventedSubject(random) as Fact;
    const names = [subject.disease, subject.drug, subject.protein];
    if (names.some((name) => taken.has(name))) continue;
    for (const name of names) taken.add(name);
    const pick = (slot: string) => sentence(`{${slot}}`, medicalWords, subject, random).toLowerCase();
    facts.push({ ...subject, organ: pick("organ"), symptom: pick("symptom") });
  }
  return facts;
}

type Asked = "drug" | "protein" | "organ" | "symptom" | "disease";

const shortQuestions: readonly [Asked, string][] = [
  ["drug", "Which drug is given first in {disease}?"],
  ["protein", "Which protein is raised in the serum of people with {disease}?"],
  ["organ", "Which organ is the first to change in {disease}?"],
  ["symptom", "Which of the following is the earliest sign of {disease}?"],
  ["disease", "{drug} is used to treat which of the following conditions?"],
  ["protein", "{drug} acts on which of these proteins?"],
  ["disease", "A raised level of {protein} together with {symptom} suggests which condition?"],
];

const vignettes: readonly [Asked, string][] = [
  [
    "drug",
    "A {18-80}-year-old {beekeeper|choir singer|bus driver|rower|retired teacher} comes to the clinic in {place} because of {symptom} for the past {2-30} {days|weeks}. Temperature is 3{6-8}.{0-9} °C and pulse is {58-110} a minute. Serum {protein} is {two|three|five} times the upper limit, and an image shows a {shrunken|swollen|mottled} {organ}. Which of the following is the most appropriate treatment?",
  ],
  [
    "disease",
    "A {19-70}-year-old {woman|man} who {moved to|works in} {place} is brought in by {a neighbour|a sister|a colleague}. For {3-20} weeks there has been {symptom}, and walking is {slow|unsteady|painless}. A biopsy of the {organ} shows {many pale|few round|clustered} cells that hold {protein}. Which of the following is the most likely diagnosis?",
  ],
  [
    "organ",
    "A {5-16}-year-old {girl|boy} with {disease} is seen for a {yearly|monthly} visit. The parents report {symptom} after {swimming|school|long drives}. {drug} was stopped {4-40} days ago, and {protein} has since {doubled|risen|returned}. Damage to which of the following organs should be looked for first?",
  ],
  [
    "protein",
    "In a trial in {place}, {drug} brought relief to {31-90} of {91-200} people with {symptom}. Those who did not respond {carried|had lost} one gene. The product of this gene lies in the {organ} and is the target of the drug. Which of the following proteins is it?",
  ],
];

function draft(
  [asked, template]: readonly [Asked, string],
  fact: Fact,
  facts: readonly Fact[],
  random: SeededRandom,
): Draft {
  const answer = fact[asked];
  const others = [...new Set(facts.map((other) => other[asked]))].filter((text) => text !== answer);
  const question = sentence(template, medicalWords, fact, random);
  return { question, answer, wrong: random.sample(others, 3), subject: asked };
}

/** The four options, with the right one at the given place. */
function optionsOf({ answer, wrong }: Draft, place: number): string[] {
  return wrong.toSpliced(place, 0, answer);
}

/** Places 0 to 3 in random order, each equally often. */
function balancedPlaces(count: number, random: SeededRandom): number[] {
  return random.shuffle(Array.from({ length: count }, (_, index) => index % 4));
}

const letters = ["A", "B", "C", "D"];

function byLetter(options: readonly string[]): Record<string, string> {
  return Object.fromEntries(options.map((option, index) => [letters[index]!, option]));
}

const subjects: Readonly<Record<string, string>> = {
  drug: "Pharmacology",
  protein: "Biochemistry",
  organ: "Anatomy",
  symptom: "Medicine",
  disease: "Pathology",
};

const mmluSubjects = ["anatomy", "clinical_knowledge", "college_medicine"];

/** Question sets in the layouts of the real ones, about one invented world; some questions occur in two sets. */
export function generateQuestions(seed: string) {
  const random = new SeededRandom(`${seed}/questions`);
  const facts = inventedFacts(36, random);
  const long = facts.flatMap((fact, index) => {
    const templates = index % 3 === 0 ? random.sample(vignettes, 2) : [random.choice(vignettes)];
    return templates.map((template) => draft(template, fact, facts, random));
  });
  const short = random.shuffle(
    facts.flatMap((fact) =>
      random.sample(shortQuestions, 4).map((template) => draft(template, fact, facts, random)),
    ),
  );
  const forMmlu = short.slice(0, 51);
  const reworded = forMmlu
    .slice(20, 24)
    .map((shared) => ({ ...shared, question: inCapitals(shared.question) }));
  const vignettesAgain = long
    .slice(0, 2)
    .map((shared) => ({ ...shared, question: `${shared.question} Choose one.` }));
  const forMedmcqa = [...short.slice(51, 105), ...reworded, ...vignettesAgain];
  return {
    medqa: medqaRows(long, random),
    medmcqa: medmcqaRows(random.shuffle(forMedmcqa), random),
    mmlu: mmluRows(forMmlu, random),
    ...pubmedqaRows(random),
  };
}

/** The same question in other letters' case and punctuation, as sets that copy one another have it. */
function inCapitals(question: string): string {
  return question.toUpperCase().replace("?", " :");
}

function medqaRows(drafts: readonly Draft[], random: SeededRandom) {
  const places = balancedPlaces(drafts.length, random);
  return drafts.map((item, index) => ({
    question: item.question,
    answer: item.answer,
    options: byLetter(optionsOf(item, places[index]!)),
    meta_info: index % 2 === 0 ? "step1" : "step2&3",
    answer_idx: letters[places[index]!]!,
    metamap_phrases: ["synthetic"],
  }));
}

function medmcqaRows(drafts: readonly Draft[], random: SeededRandom) {
  const places = balancedPlaces(drafts.length, random);
  return drafts.map((item, index) => {
    const [opa, opb, opc, opd] = optionsOf(item, places[index]!);
    return {
      question: item.question,
      exp: index % 2 === 0 ? null : `Synthetic explanation: in this invented world it is ${item.answer}.`,
      cop: places[index]! + 1,
      opa,
      opb,
      opc,
      opd,
      subject_name: subjects[item.subject],
      topic_name: null,
      id: `synthetic-medmcqa-${index + 1}`,
      choice_type: "single",
    };
  });
}

function mmluRows(drafts: readonly Draft[], random: SeededRandom) {
  const places = balancedPlaces(drafts.length, random);
  const perSubject = drafts.length / mmluSubjects.length;
  return drafts.map((item, index) => {
    const subject = mmluSubjects[Math.floor(index / perSubject)]!;
    const within = index % perSubject;
    const [split, number] = within < 5 ? ["dev", within] : ["test", within - 5];
    // The last question of each subject repeats its first: texts are no keys.
    const repeated = within === perSubject - 1 ? drafts[index - within + 5]! : item;
    return {
      id: `synthetic-${subject}-${split}-${number}`,
      subject,
      split,
      question: repeated.question,
      options: byLetter(optionsOf(repeated, places[index]!)),
      answer: letters[places[index]!]!,
    };
  });
}

const askedOfAbstracts = [
  "Does {drug} change {measure} in {population}?",
  "Is {symptom} linked to {factor} in {population}?",
  "Can {drug} replace {comparator} in {disease}?",
  "Do {protein} levels predict {measure} in {disease}?",
];

const conclusions: Readonly<Record<string, string>> = {
  yes: "{drug} {did change|clearly changed} {measure} in this invented sample, and {factor} did not explain it.",
  no: "{drug} {made no difference to|left unchanged} {measure}; {symptom} was as common as with {comparator}.",
  maybe: "{drug} may change {measure}, but the interval was wide and {factor} could not be ruled out.",
};

function pubmedqaRows(random: SeededRandom) {
  const labels = ["BACKGROUND", "METHODS", "RESULTS"];
  const sections = [
    articleSections["Introduction"]!,
    articleSections["Methods"]!,
    articleSections["Results"]!,
  ];
  // The real set's shares: about 55 % yes, 34 % no, 11 % maybe.
  const decisions = random.shuffle(
    Array.from({ length: 48 }, (_, index) => (index < 26 ? "yes" : index < 42 ? "no" : "maybe")),
  );
  const rows = decisions.map((decision, index) => {
    const subject = inventedSubject(random);
    const write = (template: string) => sentence(template, medicalWords, subject, random);
    const row = {
      QUESTION: write(random.choice(askedOfAbstracts)),
      CONTEXTS: sections.map((templates) =>
        paragraph(templates, random.integer(2, 4), medicalWords, subject, random),
      ),
      LABELS: labels,
      MESHES: ["Synthetic", ...random.sample(["Adult", "Aged", "Female", "Male", "Humans", "Sleep"], 3)],
      YEAR: index % 16 === 3 ? null : String(random.integer(1995, 2019)),
      reasoning_required_pred: random.chance(0.8) ? decision : "maybe",
      reasoning_free_pred: decision,
      final_decision: decision,
      LONG_ANSWER: write(conclusions[decision]!),
    };
    return [`9100${String(index + 1).padStart(4, "0")}`, row] as const;
  });
  const testIds = rows.filter((_, index) => index % 2 === 1).map(([pmid, row]) => [pmid, row.final_decision]);
  return {
    pubmedqa: Object.fromEntries(rows) as Record<string, (typeof rows)[number][1]>,
    pubmedqaTestIds: Object.fromEntries(testIds) as Record<string, string>,
  };
}
