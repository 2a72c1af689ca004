import type { Relation } from "./relation.ts";
import type { Sensitivity } from "./sensitivity.ts";

/** Opens files of another machine by its name; `lib/jobs` gives it, the machines are its clusters. */
export type RemoteOpener = (name: string, path: string, declared: Sensitivity) => Promise<Relation>;

let opener: RemoteOpener | undefined;

/** Say what opens `NAME:/path`. */
export function setRemoteOpener(next: RemoteOpener): void {
  opener = next;
}

/** The relation of `NAME:/absolute/path`; undefined where a text is no such name. */
export async function openRemote(
  nameOrPath: string,
  declared: Sensitivity = "public",
): Promise<Relation | undefined> {
  const [, name, path] = /^([A-Za-z][\w.-]+):(\/(?!\/).*)$/su.exec(nameOrPath) ?? [];
  return opener === undefined || name === undefined ? undefined : opener(name, path!, declared);
}
