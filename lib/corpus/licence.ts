/**
 * The SPDX identifier of a licence that is told by its address, its identifier or its name.
 *
 * Creative Commons licences without a version come out as their family ("CC-BY"); "/igo/" stays in the name, as
 * SPDX writes it. What is not understood is null, never guessed.
 *
 * @see https://spdx.org/licenses
 *
 * @example
 * licenceIdentifier("http://creativecommons.org/licenses/by-nc/4.0/") //=> "CC-BY-NC-4.0"
 */
export function licenceIdentifier(statement: string): string | null {
  const text = statement.trim();
  return fromAddress(text) ?? fromIdentifier(text) ?? fromWords(text);
}

function fromAddress(text: string): string | null {
  const licence =
    /creativecommons\.org\/licen[cs]es\/(by-nd-nc|by(?:-nc)?(?:-sa|-nd)?)(?![\w-])(?:\/(\d\.\d))?(\/igo)?/iu.exec(
      text,
    );
  if (licence !== null) {
    const [, written, version, igo] = licence;
    // Version 1.0 has its parts in another order.
    const parts = written!.replace(/nd-nc/iu, "nc-nd");
    const suffix = version === undefined ? "" : `-${version}${igo === undefined ? "" : "-IGO"}`;
    return `CC-${parts.toUpperCase()}${suffix}`;
  }
  if (/creativecommons\.org\/publicdomain\/zero/iu.test(text)) return "CC0-1.0";
  if (/creativecommons\.org\/(?:publicdomain\/mark|licenses\/publicdomain)/iu.test(text)) return "CC-PDM-1.0";
  if (/nationalarchives\.gov\.uk\/doc\/open-government-licence\/version\/3/iu.test(text)) return "OGL-UK-3.0";
  return null;
}

function fromIdentifier(text: string): string | null {
  const creative = /^cc[ -]?(by(?:[ -]nc)?(?:[ -](?:sa|nd))?)(?:[ -]?(\d\.\d))?$/iu.exec(text);
  if (creative !== null) {
    const family = creative[1]!.toUpperCase().replaceAll(" ", "-");
    return `CC-${family}${creative[2] === undefined ? "" : `-${creative[2]}`}`;
  }
  if (/^(?:cc[ -]?0(?:[ -]?1\.0)?|cc[ -]?zero)$/iu.test(text)) return "CC0-1.0";
  const names = text.split(/ (?:OR|AND|WITH) /u);
  return names.every((name) => spdxName.test(name)) ? text : null;
}

/** Licences of texts and data that data files name, as SPDX writes them. */
const spdxName =
  /^(?:CC-[\w.-]+|CC0-1\.0|MIT(?:-0)?|ISC|Apache-2\.0|BSD-[\w-]+|ODC-By-1\.0|ODbL-1\.0|PDDL-1\.0|OGL-UK-[123]\.0|GFDL-[\w.-]+|(?:A|L)?GPL-[\w.-]+|MPL-2\.0|Unlicense|LicenseRef-[\w.-]+)$/u;

/** Phrases of licence statements; the restrictive ones first, since their texts hold the other words too. */
const phrases: readonly (readonly [pattern: RegExp, identifier: string])[] = [
  [/creative commons attribution[ -]+non-?commercial[ -]+no-?deriv\w*/iu, "CC-BY-NC-ND"],
  [/creative commons attribution[ -]+non-?commercial[ -]+share-?alike/iu, "CC-BY-NC-SA"],
  [/creative commons attribution[ -]+non-?commercial/iu, "CC-BY-NC"],
  [/creative commons attribution[ -]+no-?deriv\w*/iu, "CC-BY-ND"],
  [/creative commons attribution[ -]+share-?alike/iu, "CC-BY-SA"],
  [/creative commons (?:cc0|zero|public domain dedication)|\bcc0\b|public domain dedication/iu, "CC0-1.0"],
  [/creative commons public domain/iu, "CC-PDDC"],
  [/creative commons attribution|\bcc[ -]by\b(?![ -](?:nc|nd|sa))/iu, "CC-BY"],
];

function fromWords(text: string): string | null {
  const words = text.replaceAll(/\s+/gu, " ");
  const found = phrases.find(([pattern]) => pattern.test(words))?.[1];
  if (found === undefined || (!found.includes("-NC") && /non-?commercial/iu.test(words))) return null;
  const version = /\b(?:licen[cs]e|international|version|v\.?)?\s*([1-4]\.0)\b/iu.exec(words)?.[1];
  return found === "CC0-1.0" || version === undefined ? found : `${found}-${version}`;
}
