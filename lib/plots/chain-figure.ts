import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { COLORWAY, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Layout, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";

/** Something that was made, and what it was made from. */
export interface ChainBox {
  readonly id: string;
  readonly title: string;
  /** What colour it has: "corpus", "run", "figure". */
  readonly kind: string;
  /** Short facts, one a line: fingerprints, counts. */
  readonly lines: readonly string[];
  /** Ids of other boxes. */
  readonly from: readonly string[];
}

/** Of the boxes; a column is this and a gap wide. */
const boxWidth = 0.82;
/** Longer lines are cut; the pointer shows them whole. */
const mostCharacters = 24;
/** So are more lines. */
const mostLines = 5;
/** More boxes in one column are counted in the last one. */
const mostInColumn = 6;

/**
 * What something was made from, as boxes with arrows from left to right.
 *
 * A box stands right of all that it was made from. It sets no background and no text colour, so that it is read in
 * light, dark and print. Where a column would hold more than 6 boxes, the last one counts the rest.
 *
 * @throws {ArgumentError} no box, an id that stands twice, or a circle
 *
 * @example
 * chainFigure([
 *   { id: "a", title: "Corpus", kind: "corpus", lines: ["3 documents"], from: [] },
 *   { id: "b", title: "Run", kind: "run", lines: [], from: ["a"] },
 * ]).data[0].x //=> [0, 1]
 */
export function chainFigure(boxes: readonly ChainBox[], options: FigureOptions = {}): Figure {
  checkList("boxes", "a list of boxes", boxes);
  checkFigureOptions(options);
  if (boxes.length === 0) throw new ArgumentError("boxes", "at least one", boxes);
  const placed = placeBoxes(columnsOf(boxes));
  const kinds = [...new Set(boxes.map(({ kind }) => kind))];
  const colorOf = (kind: string): string => COLORWAY[kinds.indexOf(kind) % COLORWAY.length]!;
  const texts = placed.map(textOf);
  const lineCount = Math.max(...texts.map((text) => text.split("<br>").length));
  const rowPixels = 26 + 15 * lineCount;
  const rows = Math.max(...placed.map(({ rows: count }) => count));
  const columns = Math.max(...placed.map(({ column }) => column)) + 1;
  const [halfWidth, halfHeight] = [boxWidth / 2, (rowPixels - 16) / rowPixels / 2];
  const shapes = placed.map(({ column, y, box }): Layout => ({
    type: "rect",
    layer: "below",
    x0: column - halfWidth,
    x1: column + halfWidth,
    y0: y - halfHeight,
    y1: y + halfHeight,
    line: { color: colorOf(box.kind), width: 2 },
    fillcolor: `${colorOf(box.kind)}22`,
  }));
  const labels = placed.map(({ column, y }, index): Layout => ({
    x: column - halfWidth,
    y,
    text: texts[index],
    showarrow: false,
    xanchor: "left",
    align: "left",
    xshift: 4,
    font: { size: 10 },
  }));
  const points = {
    type: "scatter",
    mode: "markers",
    x: placed.map(({ column }) => column),
    y: placed.map(({ y }) => y),
    marker: { opacity: 0, size: 40 },
    customdata: placed.map(({ box }) =>
      [box.title, box.kind, ...box.lines].map(escapePlotlyText).join("<br>"),
    ),
    hovertemplate: "%{customdata}<extra></extra>",
  };
  const hidden = { visible: false, fixedrange: true };
  const axes = {
    x: { ...hidden, range: [-0.55, columns - 0.45] },
    y: { ...hidden, range: [-0.6, rows - 0.4] },
  };
  const size = { height: 80 + rows * rowPixels, ...options };
  const composed = composeFigure("Chain", [points, ...arrows(placed, halfWidth)], axes, size);
  const layout = {
    ...composed.layout,
    width: Math.max(560, 40 + 175 * columns),
    margin: { l: 16, r: 16, t: options.title === undefined ? 16 : 56, b: 16 },
    shapes,
    annotations: labels,
  };
  return { data: composed.data, layout };
}

interface PlacedBox {
  readonly box: ChainBox;
  readonly column: number;
  /** From the bottom. */
  readonly y: number;
  /** Of the fullest column. */
  readonly rows: number;
}

/** Each box in the first column that is right of all its sources. */
function columnsOf(boxes: readonly ChainBox[]): ChainBox[][] {
  const byId = new Map(boxes.map((box) => [box.id, box]));
  if (byId.size < boxes.length) throw new ArgumentError("boxes", "with an id each", boxes);
  const columnById = new Map<string, number>();
  const columnOf = (box: ChainBox, path: readonly string[]): number => {
    if (path.includes(box.id))
      throw new ArgumentError("boxes", `no circle: ${[...path, box.id].join(" -> ")}`, boxes);
    const held = columnById.get(box.id);
    if (held !== undefined) return held;
    const before = box.from.flatMap((id) => byId.get(id) ?? []);
    const column = Math.max(-1, ...before.map((each) => columnOf(each, [...path, box.id]))) + 1;
    columnById.set(box.id, column);
    return column;
  };
  const columns: ChainBox[][] = [];
  for (const box of boxes) (columns[columnOf(box, [])] ??= []).push(box);
  return columns.map(countRest);
}

/** A long column ends in a box that stands for the rest of it. */
function countRest(column: readonly ChainBox[]): ChainBox[] {
  if (column.length <= mostInColumn) return [...column];
  const rest = column.slice(mostInColumn - 1);
  const more = {
    id: rest.map(({ id }) => id).join("\n"),
    title: `and ${rest.length} more`,
    kind: rest[0]!.kind,
    lines: rest.slice(0, 3).map(({ title }) => title),
    from: rest.flatMap(({ from }) => from),
  };
  return [...column.slice(0, mostInColumn - 1), more];
}

/** Boxes of a column stand where their sources do, as far as there is room. */
function placeBoxes(columns: readonly (readonly ChainBox[])[]): PlacedBox[] {
  const rows = Math.max(...columns.map((column) => column.length));
  const placed: PlacedBox[] = [];
  for (const [column, held] of columns.entries()) {
    const heights = new Map(held.map((box) => [box, meanHeight(box, placed)]));
    const sorted = held.toSorted((left, right) => (heights.get(right) ?? 0) - (heights.get(left) ?? 0));
    // Whole rows, so that the gaps between them run through all columns.
    const top = rows - 1 - Math.floor((rows - held.length) / 2);
    for (const [index, box] of sorted.entries()) placed.push({ box, column, y: top - index, rows });
  }
  return placed;
}

function meanHeight({ from }: ChainBox, placed: readonly PlacedBox[]): number {
  const before = placed.filter((each) => from.some((id) => holds(each.box, id)));
  return before.reduce((sum, { y }) => sum + y, 0) / Math.max(1, before.length);
}

/** A box that stands for several has all their ids. */
function holds(box: ChainBox, id: string): boolean {
  return box.id === id || box.id.split("\n").includes(id);
}

/** Lines from box to box, in the gap of a row past the boxes between, and the heads of the arrows. */
function arrows(placed: readonly PlacedBox[], halfWidth: number): Trace[] {
  const x: (number | null)[] = [];
  const y: (number | null)[] = [];
  const heads = new Set<PlacedBox>();
  for (const end of placed) {
    for (const start of placed) {
      if (start.column >= end.column || !end.box.from.some((id) => holds(start.box, id))) continue;
      const bend = end.column - start.column > 1 ? end.y + (start.y < end.y ? -0.5 : 0.5) : undefined;
      const corners = bend === undefined ? [] : [start.column + 0.5, end.column - 0.5];
      x.push(start.column + halfWidth, ...corners, end.column - halfWidth - 0.03, null);
      y.push(start.y, ...corners.map(() => bend!), end.y, null);
      heads.add(end);
    }
  }
  if (heads.size === 0) return [];
  const color = "#8b949e";
  const shared = { type: "scatter", hoverinfo: "skip" };
  return [
    { ...shared, mode: "lines", x, y, line: { color, width: 1.5 } },
    {
      ...shared,
      mode: "markers",
      x: [...heads].map(({ column }) => column - halfWidth - 0.03),
      y: [...heads].map((end) => end.y),
      marker: { color, symbol: "triangle-right", size: 10 },
    },
  ];
}

function textOf({ box }: PlacedBox): string {
  const title = inTwoLines(box.title).map((line) => `<b>${escapePlotlyText(line)}</b>`);
  const lines = box.lines.slice(0, mostLines).map((line) => escapePlotlyText(clipped(line, mostCharacters)));
  return [...title, ...lines].join("<br>");
}

/** A title is broken between words, once. */
function inTwoLines(title: string): string[] {
  const most = mostCharacters - 2;
  const place = title.lastIndexOf(" ", most);
  if (title.length <= most || place <= 0) return [clipped(title, most)];
  return [title.slice(0, place), clipped(title.slice(place + 1), most)];
}

function clipped(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}
