import { ArgumentError } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import { callbackOption, checkOptions, choiceOption, integerOption, objectOption } from "../core/options.ts";
import type {
  CallOptions,
  CallProgress,
  LanguageModel,
  Likelihood,
  LikelihoodRequest,
} from "../models/language-model.ts";
import { roleKeywords } from "../paper/prompt-format.ts";
import { chooseOptions, normalisations, scoreOption, type Normalisation } from "./option-score.ts";
import { parseAnswer } from "./parse-answer.ts";
import type { QuestionPrompt } from "./question-prompt.ts";
import { questionKey, scorings, type QuestionResult, type Scoring } from "./question-result.ts";
import { optionLetter, type Question } from "./question.ts";
import { summarizeResults, type ResultsSummary } from "./summarize-results.ts";

export interface ScoreQuestionsOptions {
  readonly prompt: QuestionPrompt;
  /** @default "full-text" */
  readonly scoring?: Scoring;
  /** The one that makes the choice; every other is in the result too. @default "sum" */
  readonly normalisation?: Normalisation;
  /** Of a generated answer. @default 256 */
  readonly maximumTokens?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CallProgress) => void;
}

export interface ScoredQuestions {
  /** In the order of the questions. */
  readonly results: readonly QuestionResult[];
  readonly summary: ResultsSummary;
}

const rules = {
  prompt: objectOption<QuestionPrompt>(
    "a prompt: { name, write }",
    (value) => typeof value === "object" && typeof (value as QuestionPrompt)?.write === "function",
  ),
  scoring: choiceOption("full-text", scorings),
  normalisation: choiceOption("sum", normalisations),
  maximumTokens: integerOption(256, { minimum: 1 }),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
  onProgress: callbackOption<(progress: CallProgress) => void>(),
};

/** A question as it is put to the model. */
interface Asked {
  readonly question: Question;
  readonly prompt: string;
}

/**
 * Ask a model multiple-choice questions and say how often it is right.
 *
 * `full-text` and `letter` compare log-likelihoods of what may follow the prompt and one space: each option's text
 * without white space around it, or its letter. `generate` reads the model's output with `parseAnswer`; an output that
 * names no option is wrong, and counted. For letters the prompt is given the options as `A. Aspirin`. Of equal scores
 * the lowest place wins.
 *
 * @throws {ArgumentError} no questions, one twice, a gold answer that is no option, letters under a prompt that does
 *   not show the options, `pmi` under one that has no unconditional part
 * @throws {ModelError} of the endpoint; finished answers are in the model's cache, if it has one
 *
 * @example
 * const { questions } = await loadQuestions("medqa-test");
 * const { summary } = await scoreQuestions(model, questions, { prompt: zeroShot, normalisation: "byte" });
 * summary.accuracy; // with summary.interval
 */
export async function scoreQuestions(
  model: LanguageModel,
  questions: readonly Question[],
  options: ScoreQuestionsOptions,
): Promise<ScoredQuestions> {
  const { prompt, scoring, normalisation, maximumTokens, signal, onProgress } = checkOptions(options, rules);
  if (prompt === undefined) throw new ArgumentError("prompt", "a prompt: { name, write }", prompt);
  if (scoring !== "generate" && normalisation === "pmi" && prompt.unconditional === undefined)
    throw new ArgumentError(
      "normalisation",
      `another than pmi: ${prompt.name} has no unconditional part`,
      "pmi",
    );
  checkQuestions(questions);
  const calls = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  const asked = await Promise.all(
    questions.map((question) => ask(question, prompt, scoring !== "full-text")),
  );
  const answered =
    scoring === "generate"
      ? await generated(model, asked, maximumTokens, calls)
      : await compared(model, asked, { scoring, normalisation, unconditional: prompt.unconditional }, calls);
  const results = answered.map((answer, index): QuestionResult => {
    const { question, prompt: text } = asked[index]!;
    const { id, dataset, subject, options: given, answerIndex: gold } = question;
    return {
      id,
      dataset,
      ...(subject !== undefined && { subject }),
      model: model.name,
      scoring,
      prompt: prompt.name,
      promptSha256: sha256(text),
      optionCount: given.length,
      gold,
      correct: answer.choice === gold,
      ...answer,
    };
  });
  return { results, summary: summarizeResults(results) };
}

function checkQuestions(questions: readonly Question[]): void {
  if (questions.length === 0) throw new ArgumentError("questions", "at least one", questions);
  const seen = new Set<string>();
  for (const question of questions) {
    const key = questionKey(question);
    if (seen.has(key)) throw new ArgumentError("questions", "each there once", key);
    seen.add(key);
    if (question.options[question.answerIndex] === undefined) {
      const place = `a place among the ${question.options.length} options of ${key}`;
      throw new ArgumentError("answerIndex", place, question.answerIndex);
    }
  }
}

async function ask(question: Question, prompt: QuestionPrompt, lettered: boolean): Promise<Asked> {
  if (!lettered) return { question, prompt: await prompt.write(question) };
  const labelled = question.options.map((option, index) => `${optionLetter(index)}. ${option.trim()}`);
  const text = await prompt.write({ ...question, options: labelled });
  if (!labelled.every((option) => text.includes(option))) {
    const expected = "one that shows the options: their letters say nothing without them";
    throw new ArgumentError("prompt", expected, prompt.name);
  }
  return { question, prompt: text };
}

type Answered = Pick<
  QuestionResult,
  "choice" | "choices" | "normalisation" | "options" | "output" | "tokens"
>;

async function compared(
  model: LanguageModel,
  asked: readonly Asked[],
  how: {
    readonly scoring: Scoring;
    readonly normalisation: Normalisation;
    readonly unconditional: string | undefined;
  },
  calls: CallOptions,
): Promise<Answered[]> {
  const answers = asked.map(({ question: { options } }) =>
    options.map((option, index) => (how.scoring === "letter" ? optionLetter(index) : option.trim())),
  );
  const continuation = (answer: string): string => ` ${answer}`;
  const requests = asked.map(({ prompt }, index): LikelihoodRequest => ({
    context: prompt,
    continuations: answers[index]!.map(continuation),
  }));
  // Answers recur (yes and no, letters, the same drug): without the question each is asked for once.
  const distinct = how.unconditional === undefined ? [] : [...new Set(answers.flat())];
  if (how.unconditional !== undefined)
    requests.push({ context: how.unconditional, continuations: distinct.map(continuation) });
  const likelihoods = await model.logLikelihood(requests, calls);
  const unconditional = new Map<string, Likelihood>(
    distinct.map((answer, index) => [answer, likelihoods.at(-1)![index]!]),
  );
  return answers.map((texts, index) => {
    const scores = texts.map((text, place) =>
      scoreOption(text, likelihoods[index]![place]!, unconditional.get(text)),
    );
    const choices = chooseOptions(scores);
    return {
      choice: choices[how.normalisation]!,
      normalisation: how.normalisation,
      choices,
      options: scores,
      tokens: scores.reduce((sum, { tokens }) => sum + tokens, 0),
    };
  });
}

/** A model that was not taught to end goes on with a next question, whose answer must not be read. */
const stop = [roleKeywords.system, roleKeywords.prompter];

async function generated(
  model: LanguageModel,
  asked: readonly Asked[],
  maximumTokens: number,
  calls: CallOptions,
): Promise<Answered[]> {
  const requests = asked.map(({ prompt }) => ({ prompt, maximumTokens, temperature: 0, stop }));
  const generations = await model.generate(requests, calls);
  return generations.map(({ text, tokens }, index) => ({
    choice: parseAnswer(text, asked[index]!.question.options)?.index ?? null,
    output: text,
    tokens,
  }));
}
