import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import type { CardNotes } from "../care/card/tripod-items.ts";
import type { Purpose } from "../care/licence-terms.ts";
import { writeCard } from "../lab/card/write-card.ts";
import { pathOf, readOptions, UsageError, type CliCommand } from "./command.ts";

const usage = `npm run -s rounds -- card RUN|EXPORT|CORPUS [--results FILE ...] [--notes FILE]

  RUN|EXPORT|CORPUS    a run folder, an exported model, a pipeline's output, or a folder of token shards
  --results FILE ...   results of the model, besides those that the register of lineage names
  --canaries FILE      report of a test for memorised secrets (default: canary-report.json in the folder)
  --notes FILE         what only people can say, by item of TRIPOD-LLM: {"3b": "...", "13": "..."}
  --purpose PURPOSE    research, share or commercial; refused where the licences forbid it
  --output FOLDER      where README.md and card.html go (default: into the folder itself)

What is not known is named on the card. Prints {markdown, html, notFilled}.`;

const names = ["results", "canaries", "notes", "purpose", "output"] as const;

export const card: CliCommand = {
  summary: "write the card of a model or a corpus, as Markdown and HTML",
  usage,
  async run(parameters, { folder }) {
    const [path, ...rest] = parameters;
    if (path === undefined || path.startsWith("-"))
      throw new UsageError(`name a run, an export or a corpus\n\n${usage}`);
    const { values, lists } = readOptions(rest, names, ["results"]);
    const output = pathOf(folder, values.output);
    const canaries = pathOf(folder, values.canaries);
    const notes = values.notes === undefined ? {} : await readNotes(resolve(folder, values.notes));
    const written = await writeCard(resolve(folder, path), {
      results: (lists.results ?? []).map((each) => resolve(folder, each)),
      notes,
      ...(canaries !== undefined && { canaries }),
      ...(values.purpose !== undefined && { purpose: values.purpose as Purpose }),
      ...(output !== undefined && { output }),
    });
    const { markdown, html } = written;
    const items = written.card.sections.at(-1)?.tables?.[0]?.rows ?? [];
    const notFilled = items.filter(([, , answer]) => answer === "NOT FILLED").map(([item]) => item);
    return { markdown, html, notFilled };
  },
};

async function readNotes(path: string): Promise<CardNotes> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as CardNotes;
  } catch (error) {
    throw new UsageError(`--notes ${path} is no JSON file: ${(error as Error).message}`, { cause: error });
  }
}
