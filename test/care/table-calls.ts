/** Calls of tables, figures and displays with restricted data, as a notebook makes them. */
import { join } from "node:path";

import * as rounds from "../../lib/index.ts";
import { patients, type Calls } from "./planted-world.ts";

const restricted = { sensitivity: "restricted" } as const;

export const tableCalls: Calls = {
  Table: ({ table, exported, rows }) => [
    () => table,
    () => table.rows(),
    () => table.head(3),
    () => table.tail(3),
    () => table.where("age > 0").rows(),
    () => table.select("note").orderBy("note").limit(3).rows(),
    () => table.sample(5, { seed: 1 }).rows(),
    () => table.sql("SELECT unit, count(*) AS n FROM this GROUP BY unit").rows(),
    () => table.sql("SELECT error(note) FROM this").rows(),
    () => table.sql("SELECT CAST(note AS INTEGER) FROM this").rows(),
    () => table.where("note = 3").count(),
    () => Array.fromAsync(table),
    () => table.profile(),
    async () => [await table.profile()],
    () => table.toArrow(),
    async () => ({ held: await table.toArrow() }),
    () => table.writeParquet(join(exported, "table.parquet")),
    () => table.writeCsv(join(exported, "table.csv")),
    async () => rounds.open((await table.writeParquet(join(exported, "again.parquet"))).path),
    () => rows[0],
    () => rows.slice(0, 3),
    () => [rows[0]!["held"], rows[0]!["list"]],
    () => new Map([["a", rows[0]]]),
    () => ({ a: { b: { c: rows } } }),
    () => Promise.reject(rows[0]),
    () => Promise.reject(new Error("no", { cause: rows[0] })),
    () => table.columns(),
    () => table[Symbol.for("rounds.type") as never],
  ],
  open: ({ planted }) =>
    ["patients.jsonl", "broken.jsonl", "ragged.csv", "broken.json", "binary.parquet"].map(
      (name) => async () => (await rounds.open(join(planted, name), restricted)).rows(),
    ),
  fromRows: ({ rows }) => [
    () => rounds.fromRows(rows),
    () => rounds.fromRows([...rows, { note: 1 }]).rows(),
    () => rounds.fromRows(patients(), restricted),
    () => rounds.fromRows([{ note: 1 }, ...patients()], restricted),
  ],
  fromArrow: ({ table }) => [
    async () => rounds.fromArrow(await table.toArrow()),
    async () => (await table.toArrow()).slice(0, 3),
  ],
  show: ({ table, rows, documents, questions }) => [
    () => rounds.show(table),
    () => rounds.show(rows),
    () => rounds.show(documents),
    () => rounds.show(documents[0]),
    () => rounds.show({ questions }),
    () => rounds.show(rows, { caption: "patients" }),
  ],
  figures: ({ rows, table }) => [
    ...[
      rounds.lineFigure,
      rounds.scatterFigure,
      rounds.barFigure,
      rounds.boxFigure,
      rounds.heatmapFigure,
    ].map(
      (draw) => () =>
        (draw as (rows: readonly object[], options: object) => unknown)(rows, {
          x: "id",
          y: "age",
          z: "age",
          label: "note",
          color: "unit",
        }),
    ),
    () => rounds.histogramFigure(rows, { x: "age", color: "unit" }),
    async () => rounds.lineFigure((await table.head(30)) as never, { x: "id", y: "age" }),
    () => rounds.figure({ data: [{ type: "scatter", customdata: rows }], layout: {} }),
    () => ({ data: [{ type: "scatter", customdata: rows }], layout: {} }),
  ],
  markdown: ({ rows, documents }) => [
    () => rounds.html`<p>${rows as never}</p>`,
    () => rounds.markdown(documents[0] as never),
  ],
  progress: ({ documents }) => [
    () => Array.fromAsync(rounds.progress(documents, { label: "notes" }) as never),
  ],
};
