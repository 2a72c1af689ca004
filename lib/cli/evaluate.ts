import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { unknownName } from "../core/nearest-name.ts";
import { loadTokenizer } from "../corpus/tokens/load-tokenizer.ts";
import { loadCatalogue } from "../data/catalogue.ts";
import { combinations, type Combination } from "../evals/combine-runs.ts";
import { loadQuestions, type QuestionSet } from "../evals/load-questions.ts";
import { normalisations, type Normalisation } from "../evals/option-score.ts";
import { scorings, type Scoring } from "../evals/question-result.ts";
import type { QuestionSchema } from "../evals/question-schema.ts";
import { writeResults } from "../evals/results-file.ts";
import { scoreQuestions } from "../evals/score-questions.ts";
import { connectModel, type ConnectModelOptions } from "../models/connect-model.ts";
import { startLocalServer } from "../models/local-server.ts";
import { ensemble } from "../prompts/ensemble.ts";
import type { Strategy } from "../prompts/strategy.ts";
import { chainOfThought, noPrompt, zeroShot } from "../prompts/without-examples.ts";
import { numberOf, pathOf, readOptions, UsageError, type CliCommand } from "./command.ts";
import { ProgressLine } from "./progress-line.ts";

const answersFolder = join(fileURLToPath(new URL("../..", import.meta.url)), ".rounds", "answers");

const usage = `npm run -s rounds -- evaluate --model DIR|--endpoint URL --questions FILE.jsonl --output RESULTS.jsonl

  --model DIR             folder of a model in Hugging Face format, served while it is evaluated
  --endpoint URL          OpenAI-compatible, up to and with /v1; its key in OPENAI_API_KEY
  --questions FILE.jsonl  lines {id, question, options: [...], answer: index from 0}, and subject and context where
                          there are; or a question set of the catalogue
  --split NAME            of the catalogue's set
  --output RESULTS.jsonl  one line a question
  --scoring full-text|letter|chain-then-full-text|generate
                          likelihood of each option's whole text (default), of its letter, of its text after reasoning
                          that the model writes; or what the model writes
  --strategy zero-shot|no-prompt|chain-of-thought|chain-of-thought-ensemble
                          how it is asked (default: zero-shot, or chain-of-thought where reasoning is written)
  --normalisation sum|token|character|byte|pmi
                          which makes the choice (default: sum); all are in the results
  --combination vote|mean-likelihood
                          how an ensemble's runs become one answer (default: vote)
  --max-tokens N          of an output or of reasoning (default: 256)
  --name NAME             of the endpoint's model, where it serves several
  --tokenizer PATH        of the endpoint's model (default: its own /tokenize)
  --concurrency N         requests at a time (default: 4)
  --cache DIR             answers that are not asked for twice (default: the project's)

Stopped or killed, it goes on where it was when it is started again. Prints {model, questions, scoring, strategy,
format, normalisation, n, correct, accuracy, interval, chance, unparsed, byNormalisation, bySubject, calibration, ...}.`;

/** Those that need no examples, which a command line cannot give. */
const strategies: Readonly<Record<string, () => Strategy>> = {
  "zero-shot": zeroShot,
  "no-prompt": noPrompt,
  "chain-of-thought": chainOfThought,
  "chain-of-thought-ensemble": () => ensemble(chainOfThought()),
};

const names = [
  "model",
  "endpoint",
  "questions",
  "split",
  "output",
  "scoring",
  "strategy",
  "normalisation",
  "combination",
  "max-tokens",
  "name",
  "tokenizer",
  "concurrency",
  "cache",
] as const;

const fileSchema: QuestionSchema = {
  id: "id",
  question: "question",
  options: "options",
  answer: "answer",
  answerIs: "index from 0",
  context: "context",
  subject: "subject",
};

export const evaluate: CliCommand = {
  summary: "score a model on multiple-choice questions, by likelihood or by what it writes",
  usage,
  async run(parameters, { folder, signal }) {
    const { values } = readOptions(parameters, names, []);
    const required = (name: "questions" | "output"): string => {
      const value = values[name];
      if (value === undefined) throw new UsageError(`--${name} is missing\n\n${usage}`);
      return value;
    };
    const asked = required("questions");
    const output = pathOf(folder, required("output"))!;
    if ((values.model === undefined) === (values.endpoint === undefined))
      throw new UsageError(`give --model or --endpoint\n\n${usage}`);
    const scoring = oneOf("scoring", values.scoring ?? "full-text", scorings) as Scoring;
    const normalisation = oneOf(
      "normalisation",
      values.normalisation ?? "sum",
      normalisations,
    ) as Normalisation;
    const byDefault = scoring === "chain-then-full-text" ? "chain-of-thought" : "zero-shot";
    const strategy = strategies[oneOf("strategy", values.strategy ?? byDefault, Object.keys(strategies))]!();
    const combination = oneOf("combination", values.combination ?? "vote", combinations) as Combination;
    const set = await questionsOf(folder, asked, values.split);
    for (const { id, reason } of set.rejected)
      process.stderr.write(`⚠ question ${id} is left out: ${reason}\n`);

    const tokenizerPath = pathOf(folder, values.tokenizer ?? values.model);
    const tokenizer = tokenizerPath === undefined ? undefined : await loadTokenizer(tokenizerPath);
    await using server =
      values.model === undefined
        ? undefined
        : await startLocalServer(pathOf(folder, values.model)!, {
            onLine: (line) => void process.stderr.write(`${line}\n`),
            signal,
          });
    const concurrency = numberOf("concurrency", values.concurrency);
    const connection: ConnectModelOptions = {
      cacheFolder: pathOf(folder, values.cache) ?? answersFolder,
      ...(server !== undefined && { apiKey: server.token }),
      ...(values.name !== undefined && { model: values.name }),
      ...(tokenizer !== undefined && { encode: (text: string) => [...tokenizer.encode(text)] }),
      ...(concurrency !== undefined && { concurrency }),
      signal,
    };
    const model = await connectModel(server?.url ?? values.endpoint!, connection);
    const progress = new ProgressLine();
    const maximumTokens = numberOf("max-tokens", values["max-tokens"]);
    const { results, summary } = await scoreQuestions(model, set.questions, {
      strategy,
      scoring,
      normalisation,
      combination,
      ...(maximumTokens !== undefined && { maximumTokens }),
      signal,
      onProgress: ({ done, total }) => progress.update({ step: "answers", done, total, unit: "answers" }),
    });
    await writeResults(output, results);
    return {
      model: { name: model.name, fingerprint: model.fingerprint },
      questions: { dataset: set.dataset, synthetic: set.synthetic, rejected: set.rejected },
      scoring,
      strategy: strategy.name,
      format: strategy.format,
      ...(scoring !== "generate" && { normalisation }),
      ...summary,
      tokensSpent: model.tokensSpent,
    };
  },
};

function oneOf(name: string, value: string, known: readonly string[]): string {
  if (known.includes(value)) return value;
  throw new UsageError(unknownName(`--${name}`, value, known).message);
}

/** A set of the catalogue by its name, else a file. */
function questionsOf(folder: string, asked: string, split: string | undefined): Promise<QuestionSet> {
  const isNamed = loadCatalogue().entries.some(({ name }) => name === asked);
  if (isNamed) return loadQuestions(asked, split === undefined ? {} : { split });
  if (split !== undefined) throw new UsageError("--split is for question sets of the catalogue");
  return loadQuestions(pathOf(folder, asked)!, { schema: fileSchema });
}
