import { SetupError } from "./run-step.mjs";
import { hasTorchBuild } from "./torch.mjs";

const trains = hasTorchBuild ? ["train"] : [];
const needsPython = {
  start: ["lab"],
  notebooks: [],
  check: [],
  test: ["lab", ...trains, "test"],
  bench: ["lab", ...trains, "bench"],
  // `train`, `serve` and `evaluate` set PyTorch up themselves, once they know that they can run.
  rounds: [],
};
const parts = ["lab", "train", "test", "bench"];

/**
 * The parts of set-up that a command needs besides the npm packages.
 *
 * @param {string} name of the command
 * @param {string[]} parameters what follows it
 */
export function requirementsOf(name, parameters) {
  // `npm run setup -- train` sets up one part; a notebook that trains for the first time calls it.
  if (name === "setup") {
    const unknown = parameters.find((part) => !parts.includes(part));
    if (unknown !== undefined) {
      throw new SetupError(`Set-up has no part "${unknown}"; parts are ${parts.join(", ")}.`);
    }
    return parameters.length > 0 ? parameters : ["lab", "test"];
  }
  if (parameters.includes("--help") || parameters.includes("-h")) return [];
  const makesPages = parameters.some((word) => /^--html(=|$)/.test(word));
  return makesPages ? ["lab"] : (needsPython[name] ?? []);
}
