import type { PublicName } from "./public-names.ts";

/** What each room is for, in the order of the way of the data. */
const rooms: Readonly<Record<string, string>> = {
  table: "Tables: open, query, profile, stream, write.",
  display: "What a cell shows: figures, tables, progress, markup, widgets.",
  plots: "Figures from rows; pure functions.",
  data: "The catalogue of data sets, and where their files are.",
  corpus: "Documents: read, filter, deduplicate, decontaminate, mix, tokenize.",
  care: "Personal data, licences and what may be done with them.",
  train: "Recipes, the training configuration, and what a run takes.",
  jobs: "Runs on this machine and on a cluster: plan, submit, follow, fetch.",
  runs: "Metrics of runs, and runs beside each other.",
  instruct: "Instruction samples: read, convert, mix, encode.",
  models: "Language models: log-likelihoods, outputs, embeddings.",
  prompts: "Strategies: from a question to its prompts.",
  evals: "Questions, scores, intervals, comparisons, reviews.",
  lab: "What joins rooms: pipelines, watching, prompt trials, sweeps.",
  paper: "Every number taken from the paper, with its place in it.",
  core: "Errors, random numbers, statistics, the audit log.",
};

/** Tags of a doc comment that a reader sees, and their titles. */
const shownTags: Readonly<Record<string, string>> = {
  param: "Takes",
  returns: "Gives",
  throws: "Throws",
  see: "See",
};

/** The pages of docs/reference by their file names. */
export function referencePages(names: readonly PublicName[]): Map<string, string> {
  const unknown = names.find(({ room }) => rooms[room] === undefined);
  if (unknown !== undefined)
    throw new Error(`commands/reference/reference-pages.ts says nothing of the room ${unknown.room}`);
  const byName = new Map(names.map((each) => [each.name, each]));
  const pages = new Map([["README.md", indexPage(names)]]);
  for (const room of Object.keys(rooms)) {
    const own = names.filter((each) => each.room === room);
    if (own.length > 0) pages.set(`${room}.md`, roomPage(room, own, byName));
  }
  return pages;
}

function indexPage(names: readonly PublicName[]): string {
  const sections = Object.entries(rooms).flatMap(([room, about]) => {
    const own = names.filter((each) => each.room === room);
    if (own.length === 0) return [];
    const lines = own
      .filter(({ kind }) => kind !== "type")
      .map((each) => `- [\`${each.name}\`](${room}.md#${anchor(each)}): ${firstSentence(each)}`);
    const types = own.filter(({ name, kind }) => kind === "type" && !name.endsWith("Options"));
    const typeLinks = types.map((each) => `[\`${each.name}\`](${room}.md#${anchor(each)})`).join(", ");
    const end = types.length > 0 ? `\n\nTypes: ${typeLinks}` : "";
    return [`## [${room}](${room}.md)\n\n${about}\n\n${lines.join("\n")}${end}`];
  });
  return `# Reference

Everything that \`import { ... } from "rounds"\` gives, written from the doc comments of the code by \`npm run docs\`. The order in which one uses it: [the way of the data](../data-path.md).

${sections.join("\n\n")}
`;
}

function roomPage(
  room: string,
  names: readonly PublicName[],
  byName: ReadonlyMap<string, PublicName>,
): string {
  const link = (name: string): string => {
    const target = byName.get(name);
    if (target === undefined) return `\`${name}\``;
    const page = target.room === room ? "" : `${target.room}.md`;
    return `[\`${name}\`](${page}#${anchor(target)})`;
  };
  const ordered = [
    ...names.filter(({ kind }) => kind !== "type"),
    ...names.filter(({ kind }) => kind === "type"),
  ];
  return `# ${room}

${rooms[room]!} [All names](README.md).

${ordered.map((each) => entry(each, link)).join("\n\n")}
`;
}

function entry(name: PublicName, link: (name: string) => string): string {
  const resolved = (text: string): string =>
    text.replaceAll(/\{@link (\w+)[^}]*\}/gu, (_, target: string) => link(target));
  const parts = [`## ${heading(name)}`];
  if (name.text !== "") parts.push(resolved(name.text));
  else parts.push(`Options of ${name.users.map(link).join(", ")}.`);
  parts.push(codeBlock(name.signature));
  const tags = name.tags.flatMap((tag) => {
    const title = shownTags[tag.name];
    return title === undefined || tag.text === "" ? [] : [`- ${title}: ${resolved(asLine(tag))}`];
  });
  if (tags.length > 0) parts.push(tags.join("\n"));
  for (const { name: tag, text } of name.tags) if (tag === "example") parts.push(codeBlock(text));
  const others = name.mentions.map(link);
  const file = `[${name.path}](../../${name.path})`;
  parts.push(others.length > 0 ? `${file}; see ${others.join(", ")}` : file);
  return parts.join("\n\n");
}

/** A parameter and a thrown class stand first in their tags' texts. */
function asLine({ name, text }: { readonly name: string; readonly text: string }): string {
  const line = text.replaceAll(/\s*\n\s*/gu, " ");
  if (name === "param") return line.replace(/^(\S+) (?:- )?/u, "`$1`: ");
  if (name === "throws") return line.replace(/^\{(\w+)\} ?/u, "`$1`: ");
  return line;
}

function codeBlock(code: string): string {
  return `\`\`\`ts\n${code}\n\`\`\``;
}

/** Code hosts compare headings without their case: a type is told from the function of its name. */
function heading({ name, kind }: PublicName): string {
  return kind === "type" ? `type ${name}` : name;
}

function anchor(name: PublicName): string {
  return heading(name).toLowerCase().replaceAll(" ", "-");
}

export function firstSentence({ text }: Pick<PublicName, "text">): string {
  const [paragraph = ""] = text.split(/\n\s*\n/u);
  const line = paragraph.replaceAll(/\s*\n\s*/gu, " ").replaceAll(/\{@link (\w+)[^}]*\}/gu, "`$1`");
  return /^.*?[.?](?=\s|$)/u.exec(line)?.[0] ?? line;
}
