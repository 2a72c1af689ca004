import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { diffStrategies } from "../../lib/prompts/diff-strategies.ts";
import { ensemble } from "../../lib/prompts/ensemble.ts";
import { fewShot } from "../../lib/prompts/few-shot.ts";
import { withTemplate } from "../../lib/prompts/with-template.ts";
import { chainOfThought, noPrompt, zeroShot } from "../../lib/prompts/without-examples.ts";
import { example, question } from "./prompt-cases.ts";

const template = `{% for example in examples %}
Q: {{ example.question }}
{{ example.options | join(" / ") }}
A: {% if example.reasoning %}{{ example.reasoning }} So: {% endif %}{{ example.answer }}

{% endfor %}
Q: {{ question }}
{% for option in options %}
{{ loop.index }}) {{ option }}
{% endfor %}
A:
`;
const asked = "Q: Which drug lowers fever?\n1) Aspirin\n2) Heparin\n3) Insulin\n4) Digoxin\n5) Warfarin\nA:";

const textOf = async (strategy: ReturnType<typeof zeroShot>, one = question): Promise<string> =>
  (await strategy.prompts([one]))[0]![0]!.text;

describe("withTemplate", () => {
  it("puts question, options and examples into words of one's own", async () => {
    assert.equal(await textOf(withTemplate(zeroShot(), template)), asked);
    const shown = fewShot([example("rate", "By count."), example("rub", "Heard.")]);
    assert.equal(
      await textOf(withTemplate(shown, template)),
      `Q: What is rate of the heart?\nrate right / rate wrong\nA: By count. So: rate right\n\nQ: What is rub of the heart?\nrub right / rub wrong\nA: Heard. So: rub right\n\n${asked}`,
    );
  });

  it("lets the model reason where it is told what comes before the answer", async () => {
    const [prompts] = await withTemplate(zeroShot(), template, {
      answerCue: "So: ",
      stop: ["Q:"],
    }).prompts([question]);
    assert.deepEqual([prompts![0]!.answerCue, prompts![0]!.stop], [" So:", ["Q:"]]);
    assert.equal(withTemplate(zeroShot(), template).reasons, false);
    assert.equal(withTemplate(chainOfThought(), template).reasons, false);
  });

  it("writes every text as it is, whatever it holds", async () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((value) => value.trim() !== "");
    const hostile = fc.oneof(
      text,
      fc.constantFrom("{{ question }}", "{% endfor %}", "<b>&amp;</b>", "{# x #}", "'\"\\"),
    );
    await fc.assert(
      fc.asyncProperty(hostile, fc.array(hostile, { minLength: 2, maxLength: 5 }), async (said, options) => {
        const plain = withTemplate(zeroShot(), "[{{ question }}]\n[{{ options | join('][') }}]\nA:");
        assert.equal(
          await textOf(plain, { id: "q", question: said, options }),
          `[${said}]\n[${options.join("][")}]\nA:`,
        );
      }),
    );
  });

  it("shows an ensemble's options in the order of the run", async () => {
    const [prompts] = await ensemble(withTemplate(zeroShot(), template), { runs: 3 }).prompts([question]);
    for (const { text, permutation } of prompts!)
      assert.ok(
        text.includes(`1) ${question.options[permutation[0]!]}\n2) ${question.options[permutation[1]!]}`),
      );
  });

  it("is varied, printed and told apart by its words; other words are another format", () => {
    const strategy = withTemplate(fewShot([example("rate")]), template);
    const other = strategy.vary({ template: `Do answer. ${template}`, examples: [example("rub")] });
    assert.deepEqual(
      diffStrategies(strategy, other).map(({ setting }) => setting),
      ["format", "template", "of.examples", "of.fingerprint"],
    );
    assert.notEqual(strategy.fingerprint, other.fingerprint);
    assert.match(strategy.format, /^template [0-9a-f]{8}$/u);
    assert.equal(strategy.vary({}).fingerprint, strategy.fingerprint);
    assert.match(String(strategy), /^few-shot \{ template: /u);
    assert.throws(() => strategy.vary({ tmeplate: "x" }), { parameter: "tmeplate" });
  });

  it("names a variable that there is not, and what cannot be read", () => {
    const refused = (text: string, message: RegExp) =>
      assert.throws(() => withTemplate(zeroShot(), text), {
        name: "ArgumentError",
        parameter: "template",
        message,
      });
    refused("{{ qestion }}", /there is no qestion \(did you mean question\?\)/u);
    refused("{% for option in optoins %}{{ option }}{% endfor %}", /did you mean options/u);
    refused("{{ strftime_now('%Y') }} {{ question }}", /there is no strftime_now/u);
    refused("{{ question", /can be read \(Unexpected end of input\)/u);
    refused(" ", /not empty/u);
    withTemplate(
      zeroShot(),
      "{% set n = namespace(x=1) %}{% set n.x = 2 %}{{ question is defined }}{{ n.x }}{{ question }}",
    );
    withTemplate(
      zeroShot(),
      "{% macro say(text) %}{{ text | upper }}{% endmacro %}{{ say(question) }}{{ {'a': options}['a'] }}",
    );
  });

  it("refuses words that leave out the question, an option or an example", async () => {
    const refused = (strategy: ReturnType<typeof zeroShot>, message: RegExp) =>
      assert.rejects(strategy.prompts([question]), { name: "ArgumentError", parameter: "template", message });
    await refused(withTemplate(zeroShot(), "Answer: {{ options }}"), /shows the text of question/u);
    await refused(withTemplate(zeroShot(), "{{ question }} {{ options[0] }}"), /shows every option/u);
    const bare = withTemplate(noPrompt(), "{{ question }}", { showsOptions: false });
    assert.equal(await textOf(bare), "Which drug lowers fever?");
    assert.throws(() => ensemble(bare), { parameter: "strategy" });
    await refused(
      withTemplate(fewShot([example("rate")]), "{{ question }} {{ options | join(' ') }}"),
      /shows the example .*rate.* with its answer/u,
    );
    await refused(
      withTemplate(zeroShot(), "{{ question | nothing }}"),
      /filled in \(Unknown StringValue filter/u,
    );
    assert.throws(() => withTemplate(ensemble(zeroShot()), template), { parameter: "strategy" });
  });
});
