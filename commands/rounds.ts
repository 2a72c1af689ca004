/** `npm run -s rounds -- COMMAND ...`: the steps of the laboratory for scripts and cluster tasks. */
import { runCommandLine } from "../lib/cli.ts";

process.exitCode = await runCommandLine(process.argv.slice(2), process.env["INIT_CWD"] ?? process.cwd());
