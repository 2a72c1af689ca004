import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { TestNotebook } from "./notebook.ts";

const notebook = new TestNotebook();
const { directory } = notebook;
writeFileSync(
  join(directory, "text.ts"),
  "/** Number of words. */\nexport function countWords(text: string): number { return text.split(/\\s+/).length }\n",
);

describe("types of a notebook", () => {
  it("of earlier cells are known in later ones: values, functions, classes, types, imports", () => {
    const errors = [
      notebook.run("interface Patient { name: string; age: number }\nconst patients: Patient[] = [];"),
      notebook.run("/** The oldest patient. */\nfunction oldest() { return patients[0] }"),
      notebook.run("class Ward<T extends Patient> {\n  /** Who lies there. */\n  beds: T[] = [];\n}"),
      notebook.run(
        "import { join } from 'node:path';\nconst ward = new Ward<Patient>(), [first] = ward.beds;",
      ),
      notebook.run("const text: string = join(oldest().name, first.name);\ntype Name = Patient['name'];"),
      notebook.run("const name: Name = text;"),
    ];
    assert.deepEqual(errors.flat(), []);
    assert.deepEqual(notebook.matches("oldest().|"), ["age", "name"]);
    assert.deepEqual(notebook.matches("ward.beds[0].a|"), ["age"]);
  });

  it("of a name declared again are the newest", () => {
    notebook.run("let measure = 1");
    notebook.run("function double() { return measure * 2 }");
    assert.deepEqual(notebook.run("let measure = { unit: 'mg' }; measure.unit"), []);
    assert.deepEqual(notebook.matches("measure.u|"), ["unit"]);
    assert.deepEqual(notebook.matches("double().toF|"), ["toFixed"]);
  });

  it("come with a signature and the documentation that the user wrote", () => {
    const item = notebook.item("oldest; ol|", "oldest");
    assert.deepEqual(
      [item?.type, item?.signature, item?.documentation],
      ["function", "oldest(): Patient", "The oldest patient."],
    );
    assert.equal(notebook.inspect("oldest|"), "function oldest(): Patient\n\nThe oldest patient.");
    const beds = notebook.item("ward.|", "beds");
    assert.deepEqual(
      [beds?.type, beds?.signature, beds?.documentation],
      ["property", "beds: Patient[]", "Who lies there."],
    );
    assert.match(
      notebook.inspect("ward.beds|") ?? "",
      /Ward<Patient>\.beds: Patient\[\]\n\nWho lies there\./,
    );
  });

  it("of local files are known, and follow an edit", () => {
    assert.deepEqual(notebook.run("import { countWords } from './text';"), []);
    assert.equal(
      notebook.inspect("countWords|"),
      "function countWords(text: string): number\n\nNumber of words.",
    );
    writeFileSync(
      join(directory, "text.ts"),
      "export function countWords(text: string[]) { return text.length }\n",
    );
    assert.deepEqual(notebook.run("import { countWords } from './text'; countWords('a b');").length, 1);
  });

  it("of libraries come with their documentation", () => {
    notebook.run("import { fromRows, open } from 'rounds'; import { readFile } from 'node:fs/promises';");
    notebook.run("import { tableFromArrays } from 'apache-arrow'; import * as http2 from 'http2'");
    assert.match(notebook.inspect("fromRows|") ?? "", /^function fromRows<[\s\S]*Make a table from an array/);
    assert.match(
      notebook.inspect("readFile(|") ?? "",
      /^readFile\(\/\* here: \*\/ path: [\s\S]*reads the entire/,
    );
    assert.match(notebook.inspect("tableFromArrays|") ?? "", /^function tableFromArrays</);
    assert.deepEqual(notebook.matches("http2.createSecureS|"), ["createSecureServer"]);
    assert.deepEqual(notebook.matches("import { fromR| } from 'rounds'"), ["fromRows"]);
    assert.deepEqual(notebook.matches("open('x').the|"), ["then"]);
  });

  it("of a call show the parameter at hand", () => {
    notebook.run("/** Adds. */\nfunction add(left: number, right = 1) { return left + right }");
    assert.equal(
      notebook.inspect("add(1, |"),
      "add(left: number, /* here: */ right?: number): number\n\nAdds.",
    );
    assert.equal(notebook.inspect("nothingOfTheKind(|"), undefined);
  });

  it("complete names of the notebook before those of Node, and in code that is not finished", () => {
    notebook.run("const patientsOfToday = patients.slice()");
    assert.deepEqual(notebook.matches("patientsOf|"), ["patientsOfToday"]);
    assert.deepEqual(notebook.matches("if (true) { patients.filter((one) => one.na|"), ["name"]);
    assert.deepEqual(notebook.matches("patients.map(({ a| }) => 1)"), ["age"]);
    assert.ok(notebook.matches("con|").includes("console"));
    assert.ok(notebook.matches("inp|").includes("input"));
  });

  it("leave to values what is of any type", () => {
    notebook.run("const anything: any = JSON.parse('{}')");
    assert.deepEqual(notebook.matches("anything.|"), []);
    assert.equal(notebook.inspect("anything|"), undefined);
  });
});

describe("type errors", () => {
  const checked = new TestNotebook();

  it("are one line each, with cell, line and column", () => {
    assert.deepEqual(checked.run("const year = 2000;\n  year.toUpper();"), [
      "Cell [1]:2:8 warning TS2339: Property 'toUpper' does not exist on type '2000'.",
    ]);
  });

  it("suggest the name that was meant, letters swapped too", () => {
    checked.run("const row = { pmid: '1', year: 2000 }; const pick = (key: keyof typeof row) => row[key];");
    const [property, key, argument] = checked.run("row.yaer; row['yaer']; pick('yaer')");
    assert.match(property!, /^Cell \[3\]:1:5 .*'yaer' does not exist.* Did you mean 'year'\?$/);
    assert.match(key!, /^Cell \[3\]:1:11 .*'yaer' does not exist.* Did you mean 'year'\?$/);
    assert.match(argument!, /"yaer".* Did you mean 'year'\?$/);
  });

  it("of assignments to a constant of an earlier cell say so, and others are let be", () => {
    checked.run("const fixed = 1; let loose = 1; let best: string | undefined;");
    assert.deepEqual(checked.run("loose = 2; loose += 1; best = 'a'; "), []);
    assert.deepEqual(checked.run("best.length"), []);
    assert.match(
      checked.run("fixed = 2")[0]!,
      /Cannot assign to 'fixed' because an earlier cell declares it/,
    );
  });

  const quiet = {
    "values that nothing uses": "const unused = 1; unused; 1 + 1",
    "top-level await": "await 1; for await (const one of [1]) one;",
    "elements that may be missing":
      "[1, 2].map(String)[5].length; ({} as Record<string, string>)['a'].length",
    "parameters without a type": "function loose(a, { b }, ...c) { return a + b + c }",
    "an object as a dictionary":
      "const counts = {}; for (const word of ['a']) counts[word] = (counts[word] ?? 0) + 1",
    "a list that starts empty": "const list = []; list.push(1); list[0].toFixed()",
    "code that is never reached": "function f() { return 1; f() }",
    "a cell that is no TypeScript": "const const = 1",
    "Node's globals":
      "console.log(process.version, require('fs'), __dirname, import.meta.dirname, Buffer, fetch)",
    "a package without types": "import plotly from 'plotly.js'; plotly.newPlot()",
  };
  for (const [what, source] of Object.entries(quiet)) {
    it(`are none for ${what}`, () => assert.deepEqual(checked.run(source), []));
  }

  it("are ten at most", () => {
    const lines = checked.run(Array.from({ length: 14 }, (_, index) => `nothing${index};`).join("\n"));
    assert.equal(lines.length, 11);
    assert.match(lines[10]!, /^Cell \[\d+\]: 4 more warnings$/);
  });
});

describe("types that values say", () => {
  it("reach all that the cell and later ones make of them", () => {
    const table = new TestNotebook();
    table.run(
      "import { open } from 'rounds';\n/** All documents. */\nconst docs = await open('x.csv');\n" +
        "const rows = await docs.head(), first = rows[0];",
    );
    table.refine({ docs: 'import("rounds").Table<{ pmid: string; year: number | null }>' });
    assert.deepEqual(table.matches("first.|"), ["pmid", "year"]);
    assert.deepEqual(table.matches("for await (const row of docs) row.|"), ["pmid", "year"]);
    assert.deepEqual(table.matches("docs.select('|"), ["pmid", "year"]);
    assert.deepEqual(table.matches("docs.select('y|"), ["year"]);
    assert.match(table.inspect("docs|") ?? "", /year: number \| null;[\s\S]*All documents\./);
    const [warning, ...others] = table.run("for (const row of rows) console.log(row.yaer, row.year)");
    assert.match(warning!, /Property 'yaer' does not exist on type .* Did you mean 'year'\?/);
    assert.deepEqual(others, []);
  });

  it("follow a name that a later cell assigns", () => {
    const assigning = new TestNotebook();
    const tableOf = (column: string): string => `import("rounds").Table<{ ${column}: number }>`;
    assigning.run('import { open } from "rounds";\nlet docs = await open("a.csv");');
    assigning.refine({ docs: tableOf("year") });
    assert.deepEqual(assigning.run('docs = await open("b.csv");'), []);
    assigning.refine({ docs: tableOf("weight") });
    assert.deepEqual(assigning.matches("for (const row of await docs.head()) row.we|"), ["weight"]);
    assert.deepEqual(assigning.run("for (const row of await docs.head()) console.log(row.weight);"), []);
    assert.match(assigning.run("for (const row of await docs.head()) row.year;")[0] ?? "", /'year'/);
    assert.deepEqual(
      assigning.run('function other() { docs = 1 as never; }\nif (docs) docs = await open("c.csv");'),
      [],
    );
    assigning.refine({ docs: tableOf("height") });
    assert.deepEqual(assigning.matches("for (const row of await docs.head()) row.he|"), ["height"]);
  });

  it("come from cells that are modules, which change", () => {
    const modules = new TestNotebook();
    const source = "/** @module lengths */ export const mile = 1609; export interface Way { metres: number }";
    assert.deepEqual(modules.run(source), []);
    assert.deepEqual(
      modules.run('import { mile, type Way } from "./lengths";\nconst way: Way = { metres: mile };'),
      [],
    );
    assert.deepEqual(modules.matches("way.met|"), ["metres"]);
    modules.run("/** @module lengths */ export const mile = 'a word';");
    assert.match(
      modules.run('import { mile as other } from "./lengths";\nconst n: number = other;')[0]!,
      /'string'/,
    );
  });

  it("of names that are forgotten are unknown again", () => {
    const forgetful = new TestNotebook();
    forgetful.run("const beds = 1, wards = 2;");
    forgetful.types.forget(["beds"]);
    assert.deepEqual(forgetful.matches("war|"), ["wards"]);
    assert.match(forgetful.run("beds.toFixed()")[0]!, /Cannot find name 'beds'/);
  });

  it("know the kernel object, with its documentation", () => {
    const typed = new TestNotebook();
    assert.deepEqual(typed.matches("kernel.|").toSorted(), [
      "install",
      "memory",
      "reset",
      "status",
      "time",
      "variables",
    ]);
    assert.match(typed.inspect("kernel.mem|ory()")!, /Kernel\.memory\(\): Memory[\s\S]*in bytes/);
    assert.deepEqual(
      typed.run(
        "const bytes: number | undefined = kernel.variables()[0]?.bytes; const text: string = (await kernel.time(() => 'a')).value;",
      ),
      [],
    );
    assert.match(
      typed.run("const wrong: number = (await kernel.time(async () => 'a')).value;")[0]!,
      /'string'/,
    );
    assert.deepEqual(typed.run("const kernel = 1; kernel.toFixed();"), []);
  });

  it("make no noise of nulls and of whole numbers that may be large", () => {
    const table = new TestNotebook();
    table.run(
      "import { open } from 'rounds';\nconst docs = await open('x.csv'); const rows = await docs.head();",
    );
    const row = "{ title: string | null; year: number | bigint | null; words: number | bigint }";
    table.refine({ docs: `import("rounds").Table<${row}>`, rows: `${row}[]` });
    const source = `for (const row of rows) {
  row.title.length; row.title.slice(row.words); Math.max(row.words); row.words + 1; row.words * 2;
  row.year + 1; Math.sqrt(row.year); const title: string = row.title; title;
}`;
    assert.deepEqual(table.run(source), []);
    assert.match(table.run("rows.map((row) => row.title.lenght)")[0]!, /Did you mean 'length'\?/);
    assert.match(table.run("rows.map((row) => Math.sqrt(row.title))")[0]!, /'string/);
  });

  it("do not replace what the user wrote", () => {
    const typed = new TestNotebook();
    typed.run("import { open, type Table } from 'rounds';");
    typed.run(
      "const mine: Table<{ year: number }> = await open('x'), given = await open<{ id: bigint }>('x');",
    );
    typed.refine({ mine: "{ wrong: 1 }", given: "{ wrong: 1 }" });
    assert.deepEqual(typed.run("mine.count(); given.count()"), []);
  });
});
