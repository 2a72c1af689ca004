import { setDatasetResolver } from "../table/datasets.ts";
import { loadCatalogue } from "./catalogue.ts";
import { resolveDataset } from "./resolve-dataset.ts";
import { showNotice } from "./show-notice.ts";

/** Importing this file lets `open("pubmedqa-labelled")` and its like find the catalogue's data sets. */
setDatasetResolver({
  names: () => loadCatalogue().entries.map((entry) => entry.name),
  async resolve(name) {
    const resolved = await resolveDataset(name);
    showNotice(resolved);
    const { path, entry, synthetic } = resolved;
    const types = Object.fromEntries(entry.schema.map((column) => [column.name, column.type]));
    if (entry.keyColumn !== undefined) delete types[entry.keyColumn];
    const source = synthetic ? `${name} (synthetic sample)` : name;
    return { path, source, sensitivity: entry.sensitivity, keyed: entry.keyColumn, types };
  },
});
