/** The stock tslab kernel on the project's Node, with `rounds` to import and its values to show. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { installHost } from "./host.ts";
import { writeRoundsPackage } from "./rounds-package.ts";

const { startKernel } = createRequire(import.meta.url)("tslab/dist/main.js") as {
  startKernel: (options: { configPath: string | undefined; enableFindLocal: boolean }) => void;
};

try {
  await writeRoundsPackage(fileURLToPath(new URL("../..", import.meta.url)));
} catch (error) {
  // tslab is of use without it.
  console.error(`notebooks cannot import "rounds": ${String(error)}`);
}
installHost();
startKernel({ configPath: process.argv[2], enableFindLocal: false });
