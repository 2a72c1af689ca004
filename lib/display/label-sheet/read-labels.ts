import { DataError } from "../../core/errors.ts";
import { open } from "../../table/open.ts";

/** What a person said of one item of a sheet. */
export interface LabelledItem<Label extends string = string> {
  readonly code: string;
  readonly label: Label;
  readonly comment: string;
}

/**
 * Read the labels that a person gave: the filled-in CSV of a sheet, or what its page saves. Items without a label are
 * left out.
 *
 * Columns may be separated by commas, semicolons or tabs, as spreadsheets save them; further columns are not read.
 *
 * @param labels of each code of the sheet
 * @throws {DataError} no such file or columns, a code that is not the sheet's or comes twice, a label that is none: its
 *   row is in the error
 */
export async function readLabels<Label extends string>(
  path: string,
  labels: ReadonlyMap<string, readonly Label[]>,
): Promise<LabelledItem<Label>[]> {
  const items: LabelledItem<Label>[] = [];
  const seen = new Set<string>();
  let row = 1;
  for await (const cells of await open(path)) {
    row++;
    const { code, label, comment } = cells as Record<string, unknown>;
    const refuse = (message: string): DataError =>
      new DataError(`${path}, row ${row}: ${message}`, { path, row });
    if (typeof code !== "string")
      throw refuse("it has no code: the sheet's columns code and label are needed");
    const known = labels.get(code);
    if (known === undefined) throw refuse(`${code} is no code of this sheet`);
    if (seen.has(code)) throw refuse(`${code} is there twice`);
    seen.add(code);
    const said = label === null || label === undefined ? "" : String(label).trim().toLowerCase();
    if (said === "") continue;
    const meant = known.find((name) => name === said);
    if (meant === undefined) throw refuse(`"${said}" is none of the labels: ${known.join(", ")}`);
    items.push({ code, label: meant, comment: typeof comment === "string" ? comment : "" });
  }
  return items;
}
