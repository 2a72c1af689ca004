import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { integerOption, objectOption, textOption } from "../../core/options.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import { planMixture } from "../../corpus/mix/plan-mixture.ts";
import type { PlanMixtureOptions } from "../../corpus/mix/plan-mixture.ts";
import { readManifest } from "../../corpus/tokens/manifest.ts";
import { checkSettings } from "./check-settings.ts";
import type { PipelineStep } from "./pipeline-step.ts";
import { trainFolder } from "./tokenize-step.ts";

const isNumbers = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  Object.values(value).every((each) => typeof each === "number");

const rules = {
  step: textOption(undefined),
  epochs: objectOption<never>(
    "a number above 0, or one for each domain",
    (value) => typeof (value as unknown) === "number" || isNumbers(value),
  ),
  weights: objectOption<Readonly<Record<string, number>>>("a number above 0 for each domain", isNumbers),
  tokens: integerOption(undefined, { minimum: 1 }),
  contextLength: integerOption(4096, { minimum: 1 }),
};

/** The mixture over the token shards, in `mixture.json`: rows, tokens and epochs by domain, and the trainer's weights. */
export function mixStep(settings: unknown, place: string): PipelineStep {
  const { step: _step, epochs, weights, tokens, contextLength } = checkSettings(settings, rules, place);
  const options: PlanMixtureOptions = {
    contextLength,
    ...(epochs !== undefined && { epochs: epochs as number }),
    ...(weights !== undefined && { weights }),
    ...(tokens !== undefined && { tokens }),
  };
  return {
    name: "mix",
    settings: { ...options },
    files: [],
    takes: "shards",
    gives: "plan",
    async run(shards, { stepFolder }) {
      const folder = join(shards, trainFolder);
      // A corpus of which nothing was left has no domains.
      const names = existsSync(folder) ? (await readdir(folder)).toSorted() : [];
      const manifests = await Promise.all(names.map((name) => readManifest(join(folder, name))));
      const held = manifests.filter(({ tokenCount }) => tokenCount > 0);
      if (held.length === 0) {
        const warnings = ["no document was left to mix, so there is no mixture.json"];
        return { in: 0, kept: 0, dropped: 0, droppedBy: {}, warnings, details: {} };
      }
      try {
        const plan = planMixture(held, options);
        const train = plan.domains.map(({ domain, weight }) => ({
          domain,
          path: join(folder, domain),
          weight,
        }));
        await writeFileAtomically(join(stepFolder, "mixture.json"), `${JSON.stringify({ plan }, null, 1)}\n`);
        const count = held.reduce((sum, { documentCount }) => sum + documentCount, 0);
        const { warnings, ...details } = plan;
        return {
          in: count,
          kept: count,
          dropped: 0,
          droppedBy: {},
          warnings,
          details: { ...details, train },
        };
      } catch (error) {
        if (!(error instanceof ArgumentError)) throw error;
        throw new DataError(`${place}: ${error.message}`, { path: place }, { cause: error });
      }
    },
  };
}
