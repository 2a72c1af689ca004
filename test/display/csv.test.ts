import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";
import * as fc from "fast-check";

// The viewer's own file: it has no dependencies and touches the page only inside its functions.
const { toCsv } = (await import(
  new URL("../../labextensions/rounds-viewer/static/csv.js", import.meta.url).href
)) as {
  toCsv: (names: string[], rows: (string | null)[][]) => string;
};

describe("CSV copied from the viewer", () => {
  const folder = mkdtempSync(join(tmpdir(), "rounds-csv-"));
  let connection: DuckDBConnection;
  before(async () => {
    connection = await (await DuckDBInstance.create()).connect();
  });
  after(() => {
    connection.closeSync();
    rmSync(folder, { recursive: true });
  });

  it("is what DuckDB writes for the same texts", async () => {
    const text = fc.string({
      unit: fc.constantFrom("a", " ", ",", '"', "\n", "\r", "'", ";", "#", "é", "\t"),
      maxLength: 6,
    });
    const cell = fc.option(text, { nil: null });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }), async (rows) => {
        const path = join(folder, "expected.csv");
        await connection.run('CREATE OR REPLACE TABLE texts (first VARCHAR, "sec,ond" VARCHAR)');
        for (const row of rows) await connection.run("INSERT INTO texts VALUES ($1, $2)", row);
        await connection.run(`COPY texts TO '${path}' (HEADER)`);
        assert.equal(toCsv(["first", "sec,ond"], rows), readFileSync(path, "utf8"));
      }),
      { numRuns: 60 },
    );
  });
});
