import { setDatasetResolver } from "../table/datasets.ts";
import { loadCatalogue } from "./catalogue.ts";
import { resolveDataset } from "./resolve-dataset.ts";

/** Names whose notice was shown: once in a process is enough. */
const noticed = new Set<string>();

/** Importing this file lets `open("pubmedqa-labelled")` and its like find the catalogue's data sets. */
setDatasetResolver({
  names: () => loadCatalogue().entries.map((entry) => entry.name),
  async resolve(name) {
    const { path, entry, notice } = await resolveDataset(name);
    if (notice !== undefined && !noticed.has(name)) console.warn(notice);
    noticed.add(name);
    const types = Object.fromEntries(entry.schema.map((column) => [column.name, column.type]));
    if (entry.keyColumn !== undefined) delete types[entry.keyColumn];
    return { path, sensitivity: entry.sensitivity, keyed: entry.keyColumn, types };
  },
});
