interface NamedStage {
  readonly name: string;
  readonly inputs: readonly string[];
}

/** Each after its inputs; records of an older study may name inputs that are gone. */
export function inOrder<Named extends NamedStage>(stages: readonly Named[]): Named[] {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const ordered = new Set<Named>();
  const place = (stage: Named, path: readonly string[]): void => {
    for (const input of stage.inputs) {
      const before = byName.get(input);
      if (before !== undefined && !path.includes(input)) place(before, [...path, input]);
    }
    ordered.add(stage);
  };
  for (const stage of stages) if (!ordered.has(stage)) place(stage, [stage.name]);
  return [...ordered];
}
