/** Opening and profiling a corpus against polars in ipykernel; the first rows of a big Parquet file. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { KernelClient } from "../kernels/client/kernel-client.ts";
import { fromRows } from "../lib/table/from-rows.ts";
import { projectRoot, stateDirectory, venv } from "../setup/paths.mjs";
import { interleave, median, milliseconds, pairedRatio, summary, type Measurement } from "./harness.ts";
import { jsonLinesCorpus } from "./json-lines-corpus.ts";

const environment = { PATH: `${join(venv, "bin")}${delimiter}${process.env["PATH"]}` };
const rounds = 9;

/** The same figures as `profile()` gives: nulls, distinct, quantiles, lengths, duplicates, histograms, top values. */
const polarsProfile = (path: string, inferRows: number | null) => `
frame = polars.read_ndjson(${JSON.stringify(path)}, infer_schema_length=${inferRows ?? "None"})
profile = {"rows": frame.height, "duplicate_rows": frame.height - frame.n_unique(), "columns": []}
quantiles = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
for name in frame.columns:
    column = frame[name]
    entry = {"nulls": column.null_count(), "distinct": column.n_unique(), "min": column.min(), "max": column.max()}
    measures = [column.str.len_chars(), column.str.len_bytes()] if column.dtype == polars.String else [column]
    for measure in measures:
        entry["mean"], entry["std"] = measure.mean(), measure.std()
        entry["quantiles"] = [measure.quantile(q) for q in quantiles]
        entry["histogram"] = measure.drop_nulls().hist(bin_count=20)
    if entry["distinct"] < 1000:
        entry["top"] = column.value_counts(sort=True).head(10)
    profile["columns"].append(entry)
len(profile["columns"])`;

export default async function tableBenchmark(): Promise<Measurement[]> {
  const corpus = await jsonLinesCorpus();
  const ours = await KernelClient.start({ kernelspec: join(projectRoot, "kernels", "typescript") });
  const ipykernel = await KernelClient.start({
    kernelspec: join(venv, "share", "jupyter", "kernels", "python3"),
    environment,
  });
  try {
    await run(ours, `import { open } from "rounds";`);
    await run(ipykernel, "import polars");
    const profile = await interleave(rounds, {
      ours: () =>
        milliseconds(() =>
          run(ours, `(await (await open(${JSON.stringify(corpus)})).profile()).columns.length`),
        ),
      // As we do: types that hold for the whole file.
      polars: () => milliseconds(() => run(ipykernel, polarsProfile(corpus, null))),
      // As polars does when left alone: types of the first hundred rows.
      hasty: () => milliseconds(() => run(ipykernel, polarsProfile(corpus, 100))),
    });
    const parquet = await tenMillionRows();
    const first: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const fresh = await KernelClient.start({ kernelspec: join(projectRoot, "kernels", "typescript") });
      await run(fresh, `import { open } from "rounds";`);
      first.push(
        await milliseconds(() => run(fresh, `const big = await open(${JSON.stringify(parquet)}); big`)),
      );
      await fresh.shutdown();
    }
    return [
      {
        what: "open + profile of a 140 MB JSONL / the same with polars in ipykernel",
        value: pairedRatio(profile.ours, profile.polars),
        unit: "ratio",
        atMost: 1,
        detail: `${summary(profile.ours, "ms")} against ${summary(profile.polars, "ms")}`,
      },
      {
        what: "the same where polars looks at the first 100 rows for its types",
        value: pairedRatio(profile.ours, profile.hasty),
        unit: "ratio",
        atMost: 1,
        detail: `${summary(profile.ours, "ms")} against ${summary(profile.hasty, "ms")}`,
      },
      {
        what: "first rows of a 10-million-row Parquet on screen, in a fresh kernel",
        value: median(first),
        unit: "ms",
        atMost: 200,
        detail: summary(first, "ms"),
      },
    ];
  } finally {
    await Promise.all([ours.shutdown(), ipykernel.shutdown()]);
  }
}

async function run(kernel: KernelClient, code: string): Promise<void> {
  const { reply } = await kernel.execute(code);
  if (reply.status !== "ok")
    throw new Error(`${reply.ename}: ${reply.evalue}\n${reply.traceback?.join("\n")}`);
}

async function tenMillionRows(): Promise<string> {
  const path = join(stateDirectory, "bench", "ten-million.parquet");
  if (existsSync(path)) return path;
  const seed = fromRows([{ rows: 10_000_000 }]);
  await seed
    .sql(
      `SELECT i AS id, 'document ' || i AS title, (i * 7919) % 36 + 1990 AS year, hash(i) / 1.8446744073709552e19 AS score,
              CASE i % 4 WHEN 0 THEN 'pmc' WHEN 1 THEN 'textbook' WHEN 2 THEN 'answers' END AS source
       FROM range((SELECT rows FROM this)) AS numbers(i)`,
    )
    .writeParquet(path);
  return path;
}
