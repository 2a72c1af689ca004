/** A published measurement of training throughput, on H100 GPUs in bfloat16 under fully sharded data parallelism. */
export interface PublishedRun {
  readonly name: string;
  readonly contextLength: number;
  readonly gpus: number;
  readonly tokensPerSecondPerGpu: number;
  /** Parameters that one token is multiplied with. */
  readonly multipliedParameters: number;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly peakTeraflops: number;
  readonly source: string;
}

const sevenBillion = { layers: 32, hiddenSize: 4096, peakTeraflops: 989 } as const;

/** Llama 3.1 8B: 8,030,261,248 parameters less the input embedding of 128,256 × 4,096. */
function llama3(setting: string, gpus: number, tokensPerSecondPerGpu: number): PublishedRun {
  return {
    ...sevenBillion,
    name: `Llama 3.1 8B, ${gpus} GPUs, ${setting}`,
    contextLength: 8192,
    gpus,
    tokensPerSecondPerGpu,
    multipliedParameters: 7_504_924_672,
    source: "pytorch/torchtitan, benchmarks/llama3_h100_202412_torchtitan.md",
  };
}

/** MPT 7B ties its embeddings; its published `parameters` count learned positions, which are added only. */
function mpt(contextLength: number, parameters: number, tokensPerSecondPerGpu: number): PublishedRun {
  return {
    ...sevenBillion,
    name: `MPT 7B, 8 GPUs, ${contextLength} tokens`,
    contextLength,
    gpus: 8,
    tokensPerSecondPerGpu,
    multipliedParameters: parameters - contextLength * sevenBillion.hiddenSize,
    source: "mosaicml/llm-foundry, scripts/train/benchmarking/README.md",
  };
}

/** Throughput that others measured and published; what was computed in 8-bit floats is left out. */
export const publishedRuns: readonly PublishedRun[] = [
  llama3("FSDP", 8, 5762),
  llama3("FSDP and torch.compile", 8, 6667),
  llama3("FSDP", 128, 5605),
  llama3("FSDP and torch.compile", 128, 6514),
  mpt(2048, 6_658_859_008, 10_643),
  mpt(4096, 6_667_247_616, 8611),
  mpt(8192, 6_684_024_832, 6935),
  {
    ...sevenBillion,
    name: "Llama 2 7B, 96 GPUs",
    contextLength: 4096,
    gpus: 96,
    tokensPerSecondPerGpu: 7500,
    multipliedParameters: 6_607_343_616,
    source: "foundation-model-stack/fms-fsdp, README.md (its context of 4,096 tokens is assumed)",
  },
];
