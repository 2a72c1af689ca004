import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));
/** Node 24, linked here by npm from the platform's package. */
export const projectNode = join(projectRoot, "node_modules", ".bin", "node");
export const nodeModules = join(projectRoot, "node_modules");
export const venv = join(projectRoot, ".venv");
export const venvPython = join(venv, "bin", "python");
/** Everything that Rounds writes for itself and git ignores: stamps, caches, JupyterLab's own state. */
export const stateDirectory = join(projectRoot, ".rounds");
/** Holds `@zilliz/milvus2-sdk-node` for the test of Milvus. */
export const milvusClient = join(stateDirectory, "milvus");
