import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { type Lab, startLab } from "./support-lab.ts";

/** Stands in every row; must stand in no output. */
const SECRET = "NOTE-OF-A-PATIENT";

describe("no row of a restricted table is in any output", () => {
  let lab: Lab;
  const write = (name: string, content: string): void => writeFileSync(join(lab.folder, name), content);
  before(async () => {
    lab = await startLab();
    const rows = Array.from({ length: 30 }, (_, index) => ({
      id: index,
      note: `${SECRET} ${index}`,
      age: 40,
    }));
    write("patients.jsonl", rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    write("patients.csv", `id,note\n1,${SECRET}\n2,x\n`);
    write("broken.jsonl", `{"id":1,"note":"a"}\n{"id":2,"note":"${SECRET}\n`);
    write("garbage.jsonl", `{"id":1,"note":"a"}\n${SECRET}\n`);
    write("change.jsonl", `{"id":1}\n{"id":"${SECRET}"}\n`);
    write("twice.jsonl", `{"id":1,"id":"${SECRET}"}\n`);
    write("ragged.csv", `id,note\n1,${SECRET}\n2,b,${SECRET}\n`);
    await lab.run(`const restricted = { sensitivity: "restricted" };
      const patients = await rounds.open("patients.jsonl", restricted);`);
  });

  for (const code of [
    "patients",
    "await rounds.show(patients)",
    "await patients.profile()",
    "({ patients, list: [patients] })",
    'patients.where("age > 3").sql("SELECT note FROM this")',
    'patients.sql("SELECT string_agg(note) AS notes FROM this")',
    'rounds.fromRows([{ id: 1 }]).sql("SELECT note FROM this JOIN p USING (id)", [], { tables: { p: patients } })',
    "await patients.toArrow()",
    "(await patients.toArrow()).slice(0, 3)",
    "rounds.fromArrow(await patients.toArrow())",
    'await patients.writeParquet("patients.parquet"); await rounds.open("patients.parquet")',
  ]) {
    it(`shown: ${code}`, async () => {
      const data = await lab.show(code);
      assert.ok(!JSON.stringify(data).includes(SECRET));
      assert.match(String(data["text/plain"]), /restricted/u);
    });
  }

  for (const [code, told] of Object.entries({
    'await patients.sql("SELECT CAST(note AS INTEGER) AS n FROM this").rows()':
      /SELECT CAST\(note AS INTEGER\)/u,
    'await patients.sql("SELECT CAST(note AS INTEGER) AS n FROM this").profile()':
      /SELECT CAST\(note AS INTEGER\)/u,
    'await patients.sql("SELECT CAST(note AS INTEGER) AS n FROM this").toArrow()':
      /SELECT CAST\(note AS INTEGER\)/u,
    'for await (const row of patients.where("note = 3")) row': /note = 3/u,
    "await patients.sql(\"SELECT strptime(note, '%Y') FROM this\").rows()": /strptime/u,
    'await patients.sql("SELECT error(note) FROM this").rows()': /error\(note\)/u,
    'await rounds.open("broken.jsonl", restricted)': /broken\.jsonl, line 2/u,
    'await rounds.open("garbage.jsonl", restricted)': /garbage\.jsonl, line 2/u,
    'await rounds.open("change.jsonl", restricted)': /change\.jsonl, line 2/u,
    'await rounds.open("twice.jsonl", restricted)': /twice\.jsonl, line 1/u,
    'await rounds.open("ragged.csv", restricted)': /ragged\.csv, line 3/u,
    "rounds.fromRows([{ note: 1 }, { note: (await patients.head(1))[0].note }], restricted)":
      /rows\[1\]\.note/u,
    'await (await rounds.open("patients.jsonl", { ...restricted, types: { note: "INTEGER" } })).rows()':
      /patients\.jsonl/u,
    'await (await rounds.open("patients.csv", { ...restricted, types: { note: "INTEGER" } })).rows()':
      /patients\.csv/u,
  })) {
    it(`in an error: ${code}`, async () => {
      const { message, traceback } = await lab.fail(code);
      assert.match(message, told);
      assert.ok(!traceback.includes(SECRET), traceback);
      assert.match(message, /restricted/u);
    });
  }

  it("a mistake in a query is told in full", async () => {
    const { message } = await lab.fail('await patients.sql("SELECT nota FROM this").rows()');
    assert.match(message, /Did you mean "note"\?/u);
  });
});
