/** `node study-client.ts CONFIG RUNS CODE TOKEN`: submits the tiny study, from a process that may be killed. */
import { planStudy } from "../../lib/lab/study-plan/plan-study.ts";
import { submitStudy } from "../../lib/lab/study-plan/submit-study.ts";
import { tinyStudy } from "./tiny-study.ts";

const [config, runs, code, token] = process.argv.slice(2) as [string, string, string, string];
const plan = await planStudy({ cluster: "loopback", study: tinyStudy(), config });
await submitStudy(plan, { token, config, runs, code });
