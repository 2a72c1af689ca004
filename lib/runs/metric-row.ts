/** Mean loss over the supervised tokens of one domain, in nats a token, and how many they were. */
export interface DomainLoss {
  readonly loss: number;
  readonly tokens: number;
}

/** The loss of each domain, over as many tokens. */
export type LossByDomain = Readonly<Record<string, DomainLoss>>;

interface Line {
  /** Optimizer steps done, from 1; 0 is before the first. */
  readonly step: number;
  /** Start of the trainer that wrote the line, from 1. */
  readonly attempt: number;
  /** Seconds since 1970. */
  readonly time: number;
}

/** One optimizer step. A number that was not finite is NaN or an infinity here as well. */
export interface TrainRow extends Line {
  readonly tokensSeen: number;
  readonly supervisedTokens: number;
  /** Passes over all training data. */
  readonly epoch: number;
  /** Mean over all supervised tokens of the step, in nats. */
  readonly loss: number;
  readonly lossByDomain: LossByDomain;
  /** Mixtral's load-balancing loss, not part of `loss`. */
  readonly routerLoss: number | null;
  readonly learningRate: number;
  readonly gradientNorm: number;
  readonly tokensPerSecond: number;
  /** Model FLOPs utilisation as a share; null unless the accelerator's peak was declared. */
  readonly mfu: number | null;
  readonly memoryGib: number;
  readonly stepSeconds: number;
  readonly dataSeconds: number;
  /** Processes that shared the step. */
  readonly worldSize: number;
}

/** One measurement on data that is not trained on. */
export interface HeldOutRow extends Line {
  readonly tokensSeen: number;
  readonly loss: number;
  readonly lossByDomain: LossByDomain;
  /** That the measurement took; NaN where the line does not say. */
  readonly seconds: number;
}

/** Something that the trainer found worth telling: started, resumed, epoch, loss-spike, stopped, finished ... */
export interface EventRow extends Line {
  readonly event: string;
  readonly message: string;
  readonly domain?: string;
}

export interface CheckpointRow extends Line {}

export type MetricRow =
  | { readonly kind: "train"; readonly row: TrainRow }
  | { readonly kind: "eval"; readonly row: HeldOutRow }
  | { readonly kind: "event"; readonly row: EventRow }
  | { readonly kind: "checkpoint"; readonly row: CheckpointRow };

/** A line of metrics.jsonl; undefined for one that was torn, or that a later version writes. */
export function parseMetricLine(text: string): MetricRow | undefined {
  let line: Record<string, unknown>;
  try {
    line = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (line === null || typeof line !== "object" || line["v"] !== 1) return undefined;
  const number = (key: string): number => numberOf(line[key]);
  const common = { step: number("step"), attempt: number("attempt"), time: number("time") };
  switch (line["kind"]) {
    case "train":
      return {
        kind: "train",
        row: {
          ...common,
          tokensSeen: number("tokens_seen"),
          supervisedTokens: number("supervised_tokens"),
          epoch: number("epoch"),
          loss: number("loss"),
          lossByDomain: domainsOf(line["loss_by_domain"]),
          routerLoss: line["aux_loss"] == null ? null : number("aux_loss"),
          learningRate: number("lr"),
          gradientNorm: number("grad_norm"),
          tokensPerSecond: number("tokens_per_second"),
          mfu: line["mfu"] == null ? null : number("mfu"),
          memoryGib: number("memory_gib"),
          stepSeconds: number("step_seconds"),
          dataSeconds: number("data_seconds"),
          worldSize: number("world_size"),
        },
      };
    case "eval": {
      const lossByDomain = domainsOf(line["loss_by_domain"]);
      return {
        kind: "eval",
        row: {
          ...common,
          tokensSeen: number("tokens_seen"),
          loss: number("loss"),
          lossByDomain,
          seconds: number("seconds"),
        },
      };
    }
    case "event": {
      const domain = typeof line["domain"] === "string" ? { domain: line["domain"] } : {};
      const row = {
        ...common,
        event: String(line["event"]),
        message: String(line["message"] ?? ""),
        ...domain,
      };
      return { kind: "event", row };
    }
    case "checkpoint":
      return { kind: "checkpoint", row: common };
    default:
      return undefined;
  }
}

/** JSON has no NaN and no infinities; the trainer writes their names. */
function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  if (value === "inf") return Infinity;
  return value === "-inf" ? -Infinity : NaN;
}

function domainsOf(value: unknown): LossByDomain {
  const entries = Object.entries((value ?? {}) as Record<string, { loss: unknown; tokens: unknown }>);
  return Object.fromEntries(
    entries.map(([domain, { loss, tokens }]) => [domain, { loss: numberOf(loss), tokens: numberOf(tokens) }]),
  );
}
