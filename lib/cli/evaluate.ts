import { existsSync, statSync } from "node:fs";
import { access, constants } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { recordMade } from "../core/lineage.ts";
import { makeFolder } from "../core/make-folder.ts";
import { unknownName } from "../core/nearest-name.ts";
import { decontaminate } from "../corpus/decontaminate/decontaminate.ts";
import { readDocumentLines } from "../corpus/document.ts";
import { loadTokenizer } from "../corpus/tokens/load-tokenizer.ts";
import { combinations, type Combination } from "../evals/combine-runs.ts";
import { normalisations, type Normalisation } from "../evals/option-score.ts";
import { scorings, type QuestionResult, type Scoring } from "../evals/question-result.ts";
import type { Question } from "../evals/question.ts";
import { writeResults } from "../evals/results-file.ts";
import { scoreQuestions } from "../evals/score-questions.ts";
import { accuracyByContamination } from "../evals/summarize-results.ts";
import { confirmEndpoint } from "../models/confirm-endpoint.ts";
import { connectModel, type ConnectModelOptions } from "../models/connect-model.ts";
import type { LocalServer } from "../models/local-server.ts";
import type { Embedder } from "../prompts/strategy.ts";
import type { Sensitivity } from "../table/sensitivity.ts";
import { numberOf, pathOf, readOptions, UsageError, type CliCommand } from "./command.ts";
import { embeds, examplesOf, namedStrategy, questionsOf, strategyNames } from "./evaluate-strategy.ts";
import { checkModelFolder, serveFolder } from "./model-folder.ts";
import { ProgressLine } from "./progress-line.ts";

const answersFolder = join(fileURLToPath(new URL("../..", import.meta.url)), ".rounds", "answers");

const usage = `npm run -s rounds -- evaluate --model DIR|--endpoint URL --questions FILE.jsonl --output RESULTS.jsonl

  --model DIR             folder of a model in Hugging Face format, served while it is evaluated
  --endpoint URL          OpenAI-compatible, up to and with /v1; its key in OPENAI_API_KEY
  --questions FILE.jsonl  lines {id, question, options: [...], answer: index from 0}, and subject, split and context
                          where there are; or a question set of the catalogue
  --split NAME            of the questions
  --output RESULTS.jsonl  one line a question
  --scoring full-text|letter|chain-then-full-text|generate
                          likelihood of each option's whole text (default), of its letter, of its text after reasoning
                          that the model writes; or what the model writes
  --normalisation sum|token|character|byte|pmi
                          which makes the choice (default: sum); all are in the results
  --max-tokens N          of an output or of reasoning (default: 256)

  --strategy NAME         how it is asked (default: zero-shot, or chain-of-thought where reasoning is written)
                            zero-shot, no-prompt, chain-of-thought, chain-of-thought-ensemble
                            with examples: few-shot, nearest-examples, nearest-examples-ensemble, medprompt
  --examples FILE.jsonl   as the questions, and reasoning on every line where the strategy is to show it
  --shots N               examples before each question (default: 5); few-shot takes the file's first
  --runs N, --temperature T, --seed N
                          of an ensemble (default: 5 runs, at 0.2 or medprompt's 0, seed 0)
  --combination vote|mean-likelihood
                          how an ensemble's runs become one answer (default: vote)
  --embedding-model DIR|--embedding-endpoint URL
                          what finds the nearest examples (default: the model itself)

  --corpus FILE.jsonl ... documents that the model was trained on: questions that they hold are reported, with the
                          accuracy on them and on the others
  --trained-on NAME ...   data sets that the model was trained on, to be warned of
  --restricted            the questions and examples are: they go to no endpoint elsewhere that was not confirmed for it
  --reason TEXT           with --confirm and --restricted: why restricted text may go there; kept with the approval
  --confirm               what is asked may be sent to the endpoint, which is not on this machine; remembered
  --name NAME             of the endpoint's model, where it serves several
  --tokenizer PATH        of the endpoint's model (default: its own /tokenize)
  --concurrency N         requests at a time (default: 4)
  --token-budget N        what may be sent and received; the request that could pass it is not sent
  --cache DIR             answers that are not asked for twice (default: the project's)

Stopped or killed, it goes on where it was when it is started again. Prints {model, questions, scoring, strategy,
format, normalisation, n, correct, accuracy, interval, chance, unparsed, byNormalisation, bySubject, calibration,
warnings, ...}.`;

const names = [
  "reason",
  "model",
  "endpoint",
  "questions",
  "split",
  "output",
  "scoring",
  "strategy",
  "examples",
  "shots",
  "runs",
  "temperature",
  "seed",
  "embedding-model",
  "embedding-endpoint",
  "normalisation",
  "combination",
  "max-tokens",
  "corpus",
  "trained-on",
  "name",
  "tokenizer",
  "concurrency",
  "token-budget",
  "cache",
] as const;

type Values = Partial<Record<(typeof names)[number], string>>;

export const evaluate: CliCommand = {
  summary: "score a model on multiple-choice questions, by likelihood or by what it writes",
  usage,
  async run(parameters, { folder, signal }) {
    const { values, lists, flags } = readOptions(
      parameters,
      [...names, "restricted", "confirm"],
      ["corpus", "trained-on"],
      ["restricted", "confirm"],
    );
    const required = (name: "questions" | "output"): string => {
      const value = values[name];
      if (value === undefined) throw new UsageError(`--${name} is missing\n\n${usage}`);
      return value;
    };
    const asked = required("questions");
    const output = pathOf(folder, required("output"))!;
    if ((values.model === undefined) === (values.endpoint === undefined))
      throw new UsageError(`give --model or --endpoint\n\n${usage}`);
    if (values["embedding-model"] !== undefined && values["embedding-endpoint"] !== undefined)
      throw new UsageError("give --embedding-model or --embedding-endpoint, not both");
    for (const option of ["model", "embedding-model"] as const)
      if (values[option] !== undefined) checkModelFolder(option, pathOf(folder, values[option])!);
    const scoring = oneOf("scoring", values.scoring ?? "full-text", scorings) as Scoring;
    const normalisation = oneOf(
      "normalisation",
      values.normalisation ?? "sum",
      normalisations,
    ) as Normalisation;
    const combination = oneOf("combination", values.combination ?? "vote", combinations) as Combination;
    // Left out, the files' folders say it.
    const given: Sensitivity | undefined = flags.includes("restricted") ? "restricted" : undefined;
    const byDefault = scoring === "chain-then-full-text" ? "chain-of-thought" : "zero-shot";
    const strategyName = oneOf("strategy", values.strategy ?? byDefault, strategyNames);
    const strategy = namedStrategy({
      name: strategyName,
      examples:
        values.examples === undefined
          ? undefined
          : await examplesOf(folder, values.examples, { sensitivity: given }),
      count: numberOf("shots", values.shots) ?? 5,
      runs: numberOf("runs", values.runs) ?? 5,
      temperature: numberOf("temperature", values.temperature),
      seed: numberOf("seed", values.seed) ?? 0,
    });
    const set = await questionsOf(folder, asked, { split: values.split, sensitivity: given });
    const { sensitivity } = set;
    const from = sourcesOf(values, folder);
    const cacheFolder = pathOf(folder, values.cache) ?? answersFolder;
    recordMade({ kind: "cache", path: cacheFolder, from, sensitivity, step: "rounds evaluate" });
    for (const { id, reason } of set.rejected)
      process.stderr.write(`⚠ question ${id} is left out: ${reason}\n`);
    if (set.questions.length === 0)
      throw new UsageError(
        `--questions ${asked} has no question that can be asked: ${set.rejected.length} are left out`,
      );
    await checkFiles(
      output,
      (lists.corpus ?? []).map((path) => pathOf(folder, path)!),
    );

    await using servers = new AsyncDisposableStack();
    const serve = async (path: string): Promise<LocalServer> => {
      const onLine = (line: string): void => void process.stderr.write(`${line}\n`);
      return servers.use(await serveFolder(pathOf(folder, path)!, { onLine, signal }));
    };
    const server = values.model === undefined ? undefined : await serve(values.model);
    if (flags.includes("confirm") && values.endpoint !== undefined)
      await confirmEndpoint(values.endpoint, {
        sensitivity,
        ...(values.reason !== undefined && { reason: values.reason }),
      });
    const model = await connectModel(server?.url ?? values.endpoint!, {
      ...(await connectionOf(values, folder, signal)),
      ...(server !== undefined && { apiKey: server.token }),
    });
    const embedder = embeds(strategyName) ? await embedderOf(values, folder, serve, signal) : undefined;
    const progress = new ProgressLine();
    const maximumTokens = numberOf("max-tokens", values["max-tokens"]);
    const { results, summary, warnings } = await scoreQuestions(model, set.questions, {
      strategy,
      scoring,
      normalisation,
      combination,
      ...(maximumTokens !== undefined && { maximumTokens }),
      ...(embedder !== undefined && { embedder }),
      trainedOn: lists["trained-on"] ?? [],
      signal,
      onProgress: ({ done, total }) => progress.update({ step: "answers", done, total, unit: "answers" }),
    });
    for (const warning of warnings) process.stderr.write(`⚠ ${warning}\n`);
    await writeResults(output, results, { from });
    return {
      model: { name: model.name, fingerprint: model.fingerprint },
      questions: { dataset: set.dataset, synthetic: set.synthetic, rejected: set.rejected },
      scoring,
      strategy: strategy.name,
      strategyFingerprint: strategy.fingerprint,
      format: strategy.format,
      ...(scoring !== "generate" && { normalisation }),
      ...summary,
      ...(lists.corpus !== undefined && {
        contamination: await contaminationOf(set.questions, results, lists.corpus, folder, signal),
      }),
      warnings,
      tokensSpent: model.tokensSpent,
    };
  },
};

/** Files and folders that the results come from; a question set of the catalogue and an endpoint by their names. */
function sourcesOf({ model, endpoint, questions, examples, ...others }: Values, folder: string): string[] {
  const embedder = others["embedding-model"];
  const paths = [
    model,
    embedder,
    ...[questions, examples].filter((path) => path !== undefined && existsSync(pathOf(folder, path)!)),
  ];
  return [
    ...paths.flatMap((path) => pathOf(folder, path) ?? []),
    ...(endpoint === undefined ? [] : [endpoint]),
  ];
}

/** Before hours of work, not after them. */
async function checkFiles(output: string, corpus: readonly string[]): Promise<void> {
  makeFolder(dirname(output));
  await access(dirname(output), constants.W_OK);
  if (existsSync(output) && statSync(output).isDirectory())
    throw new UsageError(`--output ${output} is a folder`);
  for (const path of corpus)
    if (!existsSync(path)) throw new UsageError(`--corpus: there is no file ${path}`);
}

async function connectionOf(
  values: Values,
  folder: string,
  signal: AbortSignal,
): Promise<ConnectModelOptions> {
  const tokenizerPath = pathOf(folder, values.tokenizer ?? values.model);
  const tokenizer = tokenizerPath === undefined ? undefined : await loadTokenizer(tokenizerPath);
  const concurrency = numberOf("concurrency", values.concurrency);
  const tokens = numberOf("token-budget", values["token-budget"]);
  return {
    cacheFolder: pathOf(folder, values.cache) ?? answersFolder,
    ...(values.name !== undefined && { model: values.name }),
    ...(tokenizer !== undefined && { encode: (text: string) => [...tokenizer.encode(text)] }),
    ...(concurrency !== undefined && { concurrency }),
    ...(tokens !== undefined && { budget: { tokens } }),
    signal,
  };
}

/** What finds the nearest examples, where it is another model than the one that is asked. */
async function embedderOf(
  values: Values,
  folder: string,
  serve: (path: string) => Promise<LocalServer>,
  signal: AbortSignal,
): Promise<Embedder | undefined> {
  const { "embedding-model": path, "embedding-endpoint": url } = values;
  if (path === undefined && url === undefined) return undefined;
  const server = path === undefined ? undefined : await serve(path);
  return connectModel(server?.url ?? url!, {
    cacheFolder: pathOf(folder, values.cache) ?? answersFolder,
    ...(server !== undefined && { apiKey: server.token }),
    // An encoder has no likelihoods to be checked.
    selfCheck: false,
    signal,
  });
}

/** What of the questions the corpus holds, and the accuracy on those and on the others. */
async function contaminationOf(
  questions: readonly Question[],
  results: readonly QuestionResult[],
  paths: readonly string[],
  folder: string,
  signal: AbortSignal,
) {
  async function* documents() {
    for (const path of paths) yield* readDocumentLines(pathOf(folder, path)!);
  }
  const passed = decontaminate(documents(), questions, { drop: false, signal });
  for await (const _ of passed) {
    // Read for its report alone.
  }
  const { in: count, datasets, questions: found } = passed.report;
  return { documents: count, datasets, accuracy: accuracyByContamination(results, found), questions: found };
}

function oneOf(name: string, value: string, known: readonly string[]): string {
  if (known.includes(value)) return value;
  throw new UsageError(unknownName(`--${name}`, value, known).message);
}
