import { createRequire } from "node:module";
import { PROTOCOL_VERSION } from "./message.ts";

const require = createRequire(import.meta.url);
const { version: TYPESCRIPT_VERSION } = require("typescript/package.json") as { version: string };

/** Content of a `kernel_info_reply`. */
export const KERNEL_INFO = {
  status: "ok",
  protocol_version: PROTOCOL_VERSION,
  implementation: "rounds-typescript",
  implementation_version: "0.1.0",
  language_info: {
    name: "typescript",
    // Notebooks store it: Node's version would differ between machines.
    version: TYPESCRIPT_VERSION,
    mimetype: "text/typescript",
    file_extension: ".ts",
    pygments_lexer: "typescript",
    codemirror_mode: "typescript",
    nbconvert_exporter: "script",
  },
  banner: `TypeScript ${TYPESCRIPT_VERSION} on Node ${process.versions.node}`,
  help_links: [
    { text: "TypeScript handbook", url: "https://www.typescriptlang.org/docs/handbook/" },
    { text: "Node.js API", url: "https://nodejs.org/docs/latest-v24.x/api/" },
  ],
  debugger: true,
  supported_features: ["debugger"],
} as const;
