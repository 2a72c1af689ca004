/** Runs a graph of stages until it ends or is killed: graph, folder, files and log as JSON in the first argument. */
import { runStages } from "../../lib/lab/stages/run-stages.ts";
import { stagesOf, type StageCase } from "./stage-cases.ts";

const { cases, files, folder, log } = JSON.parse(process.argv[2]!) as {
  cases: StageCase[];
  files: string[];
  folder: string;
  log: string;
};
await runStages(stagesOf(cases, files, { path: log, milliseconds: 60 }), { folder, workers: 2 });
