/** `npm start` with everything set up, to a server that answers. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { projectRoot } from "../setup/paths.mjs";
import { median, milliseconds, summary, type Measurement } from "./harness.ts";

const rounds = 5;

export default async function startBenchmark(): Promise<Measurement[]> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) samples.push(await startOnce());
  const what = "npm start warm, to a server that answers";
  return [
    { what, value: median(samples) / 1000, unit: "s", atMost: 10, detail: summary(samples, "ms") },
    await setUpWithNothingToDo(),
  ];
}

async function startOnce(): Promise<number> {
  const child = spawn("npm", ["start", "--", "--no-browser"], {
    cwd: projectRoot,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const elapsed = await milliseconds(async () => {
    for (let text = ""; !text.includes("Rounds is ready");)
      text += String((await once(child.stdout, "data"))[0]);
  });
  child.kill("SIGINT");
  await ended;
  return elapsed;
}

async function setUpWithNothingToDo(): Promise<Measurement> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    samples.push(
      await milliseconds(() =>
        once(spawn("npm", ["run", "-s", "setup"], { cwd: projectRoot, stdio: "ignore" }), "close"),
      ),
    );
  }
  const what = "set-up when nothing changed";
  return { what, value: median(samples) / 1000, unit: "s", atMost: 2, detail: summary(samples, "ms") };
}
