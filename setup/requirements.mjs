import { SetupError } from "./run-step.mjs";
import { hasTorchBuild } from "./torch.mjs";

const trains = hasTorchBuild ? ["train"] : [];
const needsPython = {
  start: ["lab"],
  notebooks: [],
  check: [],
  test: ["lab", ...trains, "test"],
  bench: ["lab", ...trains, "bench"],
};
const parts = ["lab", "train", "test", "bench"];
const trainerCommands = new Set(["train", "serve"]);

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
  const asksForHelp = parameters.includes("--help") || parameters.includes("-h");
  if (name === "rounds") {
    const [command] = parameters;
    // An endpoint has its own PyTorch.
    const serves = command === "evaluate" && parameters.some((word) => /^--model(=|$)/.test(word));
    return (trainerCommands.has(command) || serves) && !asksForHelp ? ["train"] : [];
  }
  const makesPages = parameters.some((word) => /^--html(=|$)/.test(word));
  return makesPages ? ["lab"] : (needsPython[name] ?? []);
}
