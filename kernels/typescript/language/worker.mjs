// Plain JavaScript, as in main.mjs: the compile cache must be on before the first .ts file is loaded.
import { enableCompileCache, flushCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

enableCompileCache(fileURLToPath(new URL("../../../.rounds/compile-cache", import.meta.url)));
const { serveLanguage } = await import("./serve.ts");
await serveLanguage();
setTimeout(flushCompileCache, 2_000).unref();
