import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { checkOptions, textOption } from "../../core/options.ts";
import { DISPLAY_SYMBOL, type Displayable, type RichBundle } from "../../display/bundle.ts";
import { figureBundle } from "../../display/figure.ts";
import { runsFolder } from "../../jobs/run-folder.ts";
import { chainFigure, type ChainBox } from "../../plots/chain-figure.ts";
import type { Figure, FigureSource } from "../../plots/figure.ts";
import { placeOf } from "../stages/rerun.ts";
import { inOrder } from "../stages/in-order.ts";
import { provenanceOf } from "../stages/stage-figure.ts";
import { chainOfPath } from "./chain-of-path.ts";
import { chainOfStage } from "./chain-of-stage.ts";
import { codeWords, short } from "./describe-made.ts";

export interface ExplainOptions {
  /** The study that drew the figure. @default where the register of lineage knows it */
  readonly study?: string;
}

/** What something was made from. In a notebook it shows the chain from left to right. */
export class Explanation implements Displayable {
  /** Each stands after what it was made from. */
  readonly boxes: readonly ChainBox[];

  constructor(boxes: readonly ChainBox[]) {
    const byId = new Map(boxes.map((box) => [box.id, box]));
    const links = boxes.map(({ id, from }) => ({ name: id, inputs: from }));
    this.boxes = inOrder(links).map(({ name }) => byId.get(name)!);
  }

  get figure(): Figure {
    return chainFigure(this.boxes, { title: `What ${this.boxes.at(-1)!.title} was made from` });
  }

  /** A line for each box: its number, what it is and which it was made from. */
  toString(): string {
    const places = new Map(this.boxes.map(({ id }, index) => [id, index + 1]));
    const lines = this.boxes.map(({ title, kind, lines: facts, from }, index) => {
      const before = from.flatMap((id) => places.get(id) ?? []);
      const made = before.length === 0 ? "" : `, from ${before.join(", ")}`;
      return `${index + 1}. ${title} (${kind})${made}: ${facts.filter((line) => line !== kind).join("; ")}`;
    });
    return lines.join("\n");
  }

  async [DISPLAY_SYMBOL](): Promise<RichBundle> {
    const { boxes } = this;
    const alt = `${boxes.length} boxes with arrows, from ${boxes[0]!.title} to ${boxes.at(-1)!.title}`;
    const bundle = await figureBundle(this.figure, { alt });
    // The picture's words are short: a notebook holds them three times.
    return { ...bundle, data: { ...bundle.data, "text/plain": this.toString() } };
  }
}

/**
 * Say what made a figure or a result: data, code, configuration, run, checkpoint and evaluation, as a chain.
 *
 * @param made the figure of a stage, of runs or of results; or the path of a stage's folder, a run folder, a results
 *   file or anything else that Rounds wrote
 * @throws {ArgumentError} a figure that says nothing of what it was made from
 * @throws {DataError} nothing is known of the path
 *
 * @example
 * await explain("runs/study/figure-2");
 */
export async function explain(made: Figure | string, options: ExplainOptions = {}): Promise<Explanation> {
  const { study } = checkOptions(options, { study: textOption(undefined) });
  const boxes = typeof made === "string" ? await chainOf(made) : await chainOfFigure(made, study);
  return new Explanation(boxes);
}

async function chainOf(path: string): Promise<ChainBox[]> {
  const folder = resolve(path);
  if (existsSync(join(folder, "stage.json"))) return chainOfStage(await placeOf(folder));
  const boxes = await chainOfPath(folder);
  if (boxes.length === 0) {
    const message = `${folder} is not there, and nothing is known of it`;
    throw new DataError(message, { path: folder });
  }
  return boxes;
}

async function chainOfFigure(figure: Figure, study: string | undefined): Promise<ChainBox[]> {
  if (provenanceOf(figure) !== undefined) return chainOfStage(await placeOf(figure, study));
  const { sources, kind } = (figure.layout["meta"] ?? {}) as { sources?: FigureSource[]; kind?: string };
  if (!Array.isArray(sources) || sources.length === 0)
    throw new ArgumentError(
      "made",
      "a figure of a stage, of runs or of results: this one does not say of what",
      figure,
    );
  const chains = await Promise.all(sources.map(chainOfSource));
  const boxes = new Map(chains.flat().map((box) => [box.id, box]));
  const ends = chains.map((chain) => chain.at(-1)!.id);
  const title = (figure.layout["title"] as { text?: string } | undefined)?.text ?? kind ?? "Figure";
  return [...boxes.values(), { id: "this figure", title, kind: "figure", lines: [], from: ends }];
}

/** A run that is here tells more than the figure does. */
async function chainOfSource(source: FigureSource): Promise<ChainBox[]> {
  const { kind, name, fingerprint, data = [], code } = source;
  const folder = join(runsFolder(), basename(name));
  if (kind === "run" && existsSync(join(folder, "spec.json"))) return chainOfPath(folder);
  const parts = data.map((each): ChainBox => ({
    id: each,
    title: `data ${short(each)}`,
    kind: "shards",
    lines: [],
    from: [],
  }));
  const lines = [
    ...(fingerprint === undefined ? [] : [`${kind === "run" ? "config" : "model"} ${short(fingerprint)}`]),
    ...(code === undefined ? [] : [codeWords(code)]),
  ];
  return [...parts, { id: name, title: name, kind, lines, from: data }];
}
