/** A client of a session in a process of its own, that may be killed: prints "ready" and runs a cell that never ends. */
import { remoteKernel } from "../../lib/lab/remote-kernel.ts";

const [config, runs, idleMinutes] = process.argv.slice(2) as [string, string, string];
const kernel = await remoteKernel({
  cluster: "here",
  gpus: 1,
  idleMinutes: Number(idleMinutes),
  config,
  runs,
});
await kernel.run("import os");
process.stdout.write("ready\n");
await kernel.run("while True: pass");
