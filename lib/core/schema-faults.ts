import type { ErrorObject } from "ajv/dist/2020.js";

import { describeValue } from "./errors.ts";
import { nearestName } from "./nearest-name.ts";

/**
 * What a validation found, as sentences for people: each names its key, what was expected and what came.
 *
 * @param errors of Ajv with `allErrors` and `verbose`; an unknown key is answered with the nearest names
 */
export function schemaFaults(errors: readonly ErrorObject[]): string[] {
  // anyOf, oneOf and if only repeat what the errors of their branches say.
  const telling = errors.filter(({ keyword }) => !["anyOf", "oneOf", "if"].includes(keyword));
  // Where a key may be an object or null, an object with a fault inside is told to be null as well.
  const isDetail = ({ keyword, params, data }: ErrorObject): boolean =>
    keyword !== "type" || params["type"] !== "null" || data === null || typeof data !== "object";
  const detailed = telling.filter(isDetail);
  const faults = detailed.map((error) => faultOf(error, typesAt(error.instancePath, detailed)));
  return [...new Set(faults)];
}

function typesAt(path: string, errors: readonly ErrorObject[]): string {
  const atPath = errors.filter(({ keyword, instancePath }) => keyword === "type" && instancePath === path);
  return [...new Set(atPath.flatMap(({ params }) => params["type"] as string | string[]))].join(" or ");
}

function faultOf(error: ErrorObject, types: string): string {
  const place = error.instancePath
    .slice(1)
    .replaceAll(/\/(\d+)/g, "[$1]")
    .replaceAll("/", ".");
  const key = (name: string): string => (place === "" ? name : `${place}.${name}`);
  const parameters = error.params as Record<string, unknown>;
  const got = `, got ${describeValue(error.data)}`;
  const { keyword } = error;
  if (place === "" && keyword === "type") return `The whole must be ${types}${got}`;
  switch (keyword) {
    case "additionalProperties": {
      const unknown = parameters["additionalProperty"] as string;
      const names = Object.keys((error.parentSchema as { properties: object }).properties);
      const nearest = nearestName(unknown, names);
      const suggestion = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
      return `"${key(unknown)}" is no key${suggestion}; keys are ${names.join(", ")}`;
    }
    case "required":
    case "dependentRequired":
      return `"${key(parameters["missingProperty"] as string)}" is missing`;
    case "enum":
      return `"${place}" must be one of ${(parameters["allowedValues"] as unknown[]).map((value) => JSON.stringify(value)).join(", ")}${got}`;
    case "discriminator": {
      const { tag, tagValue } = parameters as { tag: string; tagValue: unknown };
      return `"${key(tag)}" must be one of ${tagsOf(error)}, got ${describeValue(tagValue)}`;
    }
    case "const":
      return `"${place}" must be ${JSON.stringify(parameters["allowedValue"])}${got}`;
    case "type":
      return `"${place}" must be ${types}${got}`;
    case "minItems":
    case "maxItems":
      return `"${place}" must have ${keyword === "minItems" ? "at least" : "at most"} ${String(parameters["limit"])} entries${got}`;
    default:
      return `"${place}" ${error.message}${got}`;
  }
}

function tagsOf({ parentSchema }: ErrorObject): string {
  const { oneOf } = parentSchema as { oneOf: { properties: { kind: { const: string } } }[] };
  return oneOf.map(({ properties }) => JSON.stringify(properties.kind.const)).join(", ");
}
