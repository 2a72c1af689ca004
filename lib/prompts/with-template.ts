import { Template } from "@huggingface/jinja";

import { ArgumentError } from "../core/errors.ts";
import { fingerprint } from "../core/hash.ts";
import { nearestName } from "../core/nearest-name.ts";
import { booleanOption, checkOptions, type OptionRule } from "../core/options.ts";
import { roleKeywords } from "../paper/prompt-format.ts";
import { keyOf, type PromptExample, type PromptQuestion } from "./prompt-question.ts";
import { checkStrategy, splitChanges, Strategy } from "./strategy.ts";
import type { PromptWriter } from "./write-prompt.ts";

export interface TemplateOptions {
  /** What results and tables call it. @default the strategy's own */
  readonly name?: string;
  /**
   * Stands between the reasoning that the model writes and its answer: with it the model reasons after the prompt,
   * without it the answer comes at once. `generateChains` reads outputs by "the answer is".
   */
  readonly answerCue?: string;
  /** Where an output ends. @default the paper's keywords, `<|system|>` and `<|prompter|>` */
  readonly stop?: readonly string[];
  /** Whether the options are in the prompt; an ensemble shuffles them. @default true */
  readonly showsOptions?: boolean;
}

const textOrNone: OptionRule<string | undefined> = {
  expected: "a text that is not empty",
  default: undefined,
  accepts: (value) => typeof value === "string" && value.trim() !== "",
};
const rules = {
  name: textOrNone,
  answerCue: textOrNone,
  stop: {
    expected: "a list of texts that are not empty",
    default: [roleKeywords.system, roleKeywords.prompter],
    accepts: (value) =>
      Array.isArray(value) && value.every((text) => typeof text === "string" && text !== ""),
  } satisfies OptionRule<string[]> as OptionRule<readonly string[]>,
  showsOptions: booleanOption(true),
};

/** What a template may name. */
const variables = ["question", "context", "options", "examples"];
const builtIn = [
  "loop",
  "range",
  "namespace",
  "raise_exception",
  "true",
  "false",
  "none",
  "True",
  "False",
  "None",
];

/**
 * A strategy in words of one's own: a Jinja template instead of the paper's Figures 4 and 5.
 *
 * A template has `question`, `context`, `options` (in the order of the run) and `examples`, the nearest last, each with
 * `question`, `context`, `options`, `answer` and `reasoning`. Texts are put in as they are: nothing is escaped, and what
 * looks like a template in a question stays text. White space at the end is cut; what the model writes begins with a
 * space. A line with a `{% %}` alone leaves none behind.
 *
 * @param strategy of one run; wrap the result in an `ensemble`
 * @throws {ArgumentError} a template that cannot be read, or names what there is not; when prompts are written: one that
 *   leaves out the question, an option or an example
 *
 * @see Jinja, the language of models' own chat templates: https://jinja.palletsprojects.com
 *
 * @example
 * const [[prompt]] = await withTemplate(zeroShot(), "Q: {{ question }} ({{ options | join(' or ') }})\nA:").prompts([
 *   { id: "q", question: "Is 1 < 2?", options: ["yes", "no"] },
 * ]);
 * prompt.text; // "Q: Is 1 < 2? (yes or no)\nA:"
 */
export function withTemplate(strategy: Strategy, template: string, options: TemplateOptions = {}): Strategy {
  const checked = checkOptions(options, rules);
  const { name, answerCue, ...others } = checked;
  checkStrategy(strategy, "strategy");
  if ("runs" in strategy.settings || "template" in strategy.settings)
    throw new ArgumentError(
      "strategy",
      "of one run, in the paper's words; wrap the result in an ensemble",
      strategy,
    );
  const given = { ...(answerCue !== undefined && { answerCue }), ...others };
  return new Strategy({
    name: name ?? strategy.name,
    writer: templateWriter(template, answerCue, others),
    settings: { template, ...given, of: { name: strategy.name, ...strategy.settings } },
    examples: (questions, tools) => strategy.examples(questions, tools),
    rules: { template: { ...textOrNone, default: template }, ...rules, ...strategy.rules },
    vary: (changes) => {
      const [{ template: words = template, ...own }, inner] = splitChanges(changes, { template, ...rules });
      return withTemplate(strategy.vary(inner), words as string, {
        ...(name !== undefined && { name }),
        ...given,
        ...own,
      });
    },
  });
}

function templateWriter(
  text: string,
  answerCue: string | undefined,
  { stop, showsOptions }: Pick<Required<TemplateOptions>, "stop" | "showsOptions">,
): PromptWriter {
  const template = readTemplate(text);
  const name = fingerprint({ text, answerCue: answerCue ?? null, stop }).slice(0, 8);
  return {
    format: `template ${name}`,
    showsOptions,
    // As the paper's: white space stands before it, none after.
    ...(answerCue !== undefined && { answerCue: answerCue.replace(/^(?=\S)/u, " ").trimEnd() }),
    stop,
    write(question, examples) {
      const written = render(template, question, examples);
      checkShown(written, question, examples, showsOptions);
      return written;
    },
  };
}

function readTemplate(text: string): Template {
  if (typeof text !== "string" || text.trim() === "")
    throw new ArgumentError("template", "a text that is not empty", text);
  let template: Template;
  try {
    template = new Template(text);
  } catch (error) {
    throw templateError("a template that can be read", text, error);
  }
  const { named, defined } = namesOf(template.parsed);
  const known = new Set([...variables, ...builtIn, ...defined]);
  const unknown = [...named].find((name) => !known.has(name));
  if (unknown === undefined) return template;
  const nearest = nearestName(unknown, variables);
  const suggestion = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
  const expected = `a template of ${variables.join(", ")}: there is no ${unknown}${suggestion}`;
  throw new ArgumentError("template", expected, text);
}

function render(
  template: Template,
  { question, context, options }: PromptQuestion,
  examples: readonly PromptExample[],
): string {
  const shown = examples.map((example) => ({
    question: example.question,
    context: example.context ?? "",
    options: [...example.options],
    answer: example.options[example.answerIndex]!,
    reasoning: example.reasoning ?? "",
  }));
  try {
    return template
      .render({ question, context: context ?? "", options: [...options], examples: shown })
      .trimEnd();
  } catch (error) {
    throw templateError("a template that can be filled in", question, error);
  }
}

/** An error of the template's own language says what is wrong, and not that it is the template. */
function templateError(expected: string, received: string, cause: unknown): ArgumentError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ArgumentError("template", `${expected} (${reason})`, received, { cause });
}

/** A question without its text, or an example that is not there, would change a score without a word. */
function checkShown(
  written: string,
  question: PromptQuestion,
  examples: readonly PromptExample[],
  showsOptions: boolean,
): void {
  const missing = (text: string): boolean => !written.includes(text.trim());
  const place = `of question ${keyOf(question)}`;
  if (missing(question.question))
    throw new ArgumentError("template", `one that shows the text ${place}`, written);
  const option = showsOptions ? question.options.find(missing) : undefined;
  if (option !== undefined)
    throw new ArgumentError(
      "template",
      `one that shows every option ${place} (or showsOptions: false)`,
      written,
    );
  const example = examples.find(({ question: text, options, answerIndex }) =>
    [text, options[answerIndex]!].some(missing),
  );
  if (example !== undefined)
    throw new ArgumentError(
      "template",
      `one that shows the example ${keyOf(example)} with its answer`,
      written,
    );
}

/** Parts of the syntax tree that are words, not variables: `| join(", ")`, `is defined`, `f(sep=1)`. */
const words: Readonly<Record<string, string>> = {
  FilterExpression: "filter",
  FilterStatement: "filter",
  TestExpression: "test",
  KeywordArgumentExpression: "key",
};
/** Parts that make names: of loops, sets and macros. */
const definitions: Readonly<Record<string, readonly string[]>> = {
  For: ["loopvar"],
  Set: ["assignee"],
  Macro: ["name", "args"],
  CallStatement: ["callerArgs"],
};

/** The names that a template uses, and those that it makes itself. */
function namesOf(tree: unknown): { readonly named: Set<string>; readonly defined: Set<string> } {
  const [named, defined] = [new Set<string>(), new Set<string>()];
  const visit = (node: unknown, into: Set<string>): void => {
    if (typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) return node.forEach((each) => visit(each, into));
    if (node instanceof Map) return [...node].forEach((entry) => visit(entry, into));
    const { type = "", ...parts } = node as { type?: string } & Record<string, unknown>;
    if (type === "Identifier") into.add(String(parts["value"]));
    for (const [part, value] of Object.entries(parts)) {
      const isMember = type === "MemberExpression" && part === "property" && parts["computed"] !== true;
      if (isMember || words[type] === part) visit((value as { args?: unknown }).args, named);
      else visit(value, definitions[type]?.includes(part) ? defined : into);
    }
  };
  visit(tree, named);
  return { named, defined };
}
