import { SeededRandom } from "../../../lib/core/seeded-random.ts";

/** How often each invented model is right, and says nothing that can be read. */
const models = { "gpt-35-turbo-16k": [0.6, 0.08], "gpt-4-32k": [0.85, 0.02] } as const;
const checkpoints = [0, 50, 100, 150, 200];

/**
 * What two invented models wrote about the sample's MedQA and MedMCQA questions, in the layout of MIRAGE's predictions,
 * which numbers those of MedQA and names those of MedMCQA.
 */
export function recordedOutputs(
  questions: {
    readonly medqa: readonly { readonly answer_idx: string }[];
    readonly medmcqa: readonly { readonly id: string; readonly cop: number }[];
  },
  seed: string,
): object[] {
  const asked = [
    ...questions.medqa.map(({ answer_idx: gold }, place) => ({
      dataset: "medqa",
      id: String(place).padStart(4, "0"),
      gold,
    })),
    ...questions.medmcqa.map(({ id, cop }) => ({ dataset: "medmcqa", id, gold: "ABCD"[cop - 1]! })),
  ];
  return Object.entries(models).flatMap(([model, [right, silent]]) =>
    asked.map(({ dataset, id, gold }, place) => {
      const random = new SeededRandom(`${seed} ${model} ${place}`);
      const said = random.chance(right) ? gold : random.choice(["A", "B", "C", "D"]);
      const reasoning = `Synthetic reasoning number ${place + 1}.`;
      const answer = { step_by_step_thinking: reasoning, answer_choice: said };
      const outputs = random.chance(silent) ? [reasoning] : [JSON.stringify(answer)];
      return { dataset, method: "cot", model, sub: "", id, gold, outputs };
    }),
  );
}

/** What invented checkpoints of one model answered to the sample's MMLU test questions. */
export function checkpointAnswers(
  questions: readonly { readonly id: string; readonly subject: string; readonly answer: string }[],
  seed: string,
): object[] {
  const asked = questions.filter(({ id }) => id.includes("-test-"));
  return checkpoints.flatMap((checkpoint) =>
    asked.map(({ id, subject, answer }) => {
      const random = new SeededRandom(`${seed} ${checkpoint} ${id}`);
      const prediction = random.chance(0.45 + checkpoint / 1000)
        ? answer
        : random.choice(["A", "B", "C", "D"]);
      return {
        checkpoint,
        subject,
        i: Number(id.split("-").at(-1)),
        answer: answer.charCodeAt(0) - 65,
        prediction,
        completion_tail: `synthetic output\nAnswer: ${prediction}`,
      };
    }),
  );
}
