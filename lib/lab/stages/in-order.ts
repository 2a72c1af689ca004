interface NamedStage {
  readonly name: string;
  readonly inputs: readonly string[];
}

/** Each after its inputs; records of an older study may name inputs that are gone, or go round in a circle. */
export function inOrder<Named extends NamedStage>(stages: readonly Named[]): Named[] {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const begun = new Set<Named>();
  const ordered: Named[] = [];
  const place = (stage: Named | undefined): void => {
    if (stage === undefined || begun.has(stage)) return;
    begun.add(stage);
    for (const input of stage.inputs) place(byName.get(input));
    ordered.push(stage);
  };
  for (const stage of stages) place(stage);
  return ordered;
}
