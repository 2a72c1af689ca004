import { isAbsolute } from "node:path";
import { ArgumentError } from "../../core/errors.ts";
import { canonicalJson } from "../../core/hash.ts";
import { unknownName } from "../../core/nearest-name.ts";
import type { Stage } from "./stage.ts";

/**
 * The stages in an order in which each stands after its inputs; of those that are free, in the order given.
 *
 * @throws {ArgumentError} no stage, a name that is no folder's name or stands twice, an input that no stage is, a
 *   file that is not absolute, settings that are not JSON, or a cycle
 */
export function orderStages(stages: readonly Stage[]): readonly Stage[] {
  if (stages.length === 0) throw new ArgumentError("stages", "at least one", stages);
  const byName = new Map<string, Stage>();
  for (const [index, stage] of stages.entries()) {
    checkStage(stage, `stages[${index}]`);
    // On some disks two names that differ in case are one folder.
    const name = stage.name.toLowerCase();
    if (byName.has(name))
      throw new ArgumentError(`stages[${index}].name`, "a name that no other stage has", stage.name);
    byName.set(name, stage);
  }
  const names = stages.map(({ name }) => name);
  for (const [index, { inputs }] of stages.entries()) {
    for (const [place, input] of inputs.entries()) {
      const parameter = `stages[${index}].inputs[${place}]`;
      if (!names.includes(input)) throw unknownName(parameter, input, names);
      if (inputs.indexOf(input) !== place)
        throw new ArgumentError(parameter, "an input that is named once", input);
    }
  }
  return sortByInputs(stages);
}

function checkStage({ name, settings, files }: Stage, place: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,99}$/.test(name))
    throw new ArgumentError(
      `${place}.name`,
      "a folder's name: letters, digits, dots and dashes, at most 100",
      name,
    );
  for (const [index, file] of files.entries())
    if (!isAbsolute(file)) throw new ArgumentError(`${place}.files[${index}]`, "an absolute path", file);
  try {
    canonicalJson(settings);
  } catch (error) {
    const { message } = error as Error;
    throw new ArgumentError(`${place}.settings`, `plain JSON (stage "${name}": ${message})`, settings);
  }
}

function sortByInputs(stages: readonly Stage[]): Stage[] {
  const ordered: Stage[] = [];
  const placed = new Set<string>();
  let left = [...stages];
  while (left.length > 0) {
    const next = left.find(({ inputs }) => inputs.every((input) => placed.has(input)));
    if (next === undefined)
      throw new ArgumentError("stages", `without a cycle: ${findCycle(left).join(" -> ")}`, stages);
    ordered.push(next);
    placed.add(next.name);
    left = left.filter((stage) => stage !== next);
  }
  return ordered;
}

/** Each of the stages that are left waits for another of them: going on from one comes back. */
function findCycle(left: readonly Stage[]): string[] {
  const byName = new Map(left.map((stage) => [stage.name, stage]));
  const path: string[] = [];
  let name = left[0]!.name;
  while (!path.includes(name)) {
    path.push(name);
    name = byName.get(name)!.inputs.find((input) => byName.has(input))!;
  }
  // Inputs point backwards: from what is made to what it is made of.
  return [...path.slice(path.indexOf(name)), name].toReversed();
}
