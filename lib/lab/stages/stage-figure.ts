import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { checkFields, checkText } from "../../core/arguments.ts";
import { DataError } from "../../core/errors.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import type { Figure } from "../../plots/figure.ts";

/** Which stage drew a figure, in `layout.meta.provenance`; the key names the stage's content, not a place. */
interface FigureProvenance {
  readonly stage: string;
  readonly key: string;
}

/** The file of a stage that drew a figure. */
export const figureFile = "figure.json";

export async function writeStageFigure(
  folder: string,
  { data, layout }: Figure,
  provenance: FigureProvenance,
): Promise<void> {
  const meta = { ...(layout["meta"] as object | undefined), provenance };
  const text = JSON.stringify({ data, layout: { ...layout, meta } }, (_key, value: unknown) => {
    if (typeof value === "bigint") return Number(value);
    return ArrayBuffer.isView(value) && !(value instanceof DataView) ? [...(value as Float64Array)] : value;
  });
  await writeFileAtomically(join(folder, figureFile), `${text}\n`);
}

/**
 * The figure that a stage has drawn.
 *
 * @param folder the stage's folder in its study
 * @throws {DataError} it has drawn none
 */
export async function readStageFigure(folder: string): Promise<Figure> {
  checkText("folder", "the folder of a stage", folder);
  const path = join(folder, figureFile);
  try {
    return JSON.parse(await readFile(path, "utf8")) as Figure;
  } catch (error) {
    throw new DataError(`${path} is no figure of a stage`, { path }, { cause: error });
  }
}

/** Which stage drew this figure; undefined of any other figure. */
export function provenanceOf(made: Figure): FigureProvenance | undefined {
  checkFields("made", "a figure, or the folder of a stage", made, ["data", "layout"]);
  const { layout } = made;
  const { provenance } = (layout["meta"] ?? {}) as { provenance?: Partial<FigureProvenance> };
  const { stage, key } = provenance ?? {};
  return typeof stage === "string" && typeof key === "string" ? { stage, key } : undefined;
}
