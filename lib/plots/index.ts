export { accuracyFigure } from "./accuracy-figure.ts";
export type { AccuracyBar, AccuracyFigureOptions } from "./accuracy-figure.ts";
export { barFigure } from "./bar-figure.ts";
export type { BarFigureOptions } from "./bar-figure.ts";
export { boxFigure } from "./box-figure.ts";
export type { BoxFigureOptions } from "./box-figure.ts";
export { chainFigure } from "./chain-figure.ts";
export type { ChainBox } from "./chain-figure.ts";
export type { Figure, FigureOptions, Layout, Scale, Trace } from "./figure.ts";
export { funnelFigure } from "./funnel-figure.ts";
export type { FunnelStep } from "./funnel-figure.ts";
export { heatmapFigure } from "./heatmap-figure.ts";
export type { HeatmapFigureOptions } from "./heatmap-figure.ts";
export { histogramFigure } from "./histogram-figure.ts";
export type { HistogramFigureOptions } from "./histogram-figure.ts";
export { learningRateFigure } from "./learning-rate-figure.ts";
export type { LearningRateCurve } from "./learning-rate-figure.ts";
export { lineFigure } from "./line-figure.ts";
export type { LineFigureOptions } from "./line-figure.ts";
export { memoryFigure } from "./memory-figure.ts";
export type { MemoryFigureOptions, MemoryStack } from "./memory-figure.ts";
export { mixtureFigure } from "./mixture-figure.ts";
export type { MixturePart } from "./mixture-figure.ts";
export { planComparisonFigure } from "./plan-comparison-figure.ts";
export type { PlannedAndActual } from "./plan-comparison-figure.ts";
export { pretrainingAccuracyFigure } from "./pretraining-accuracy-figure.ts";
export type {
  CheckpointAccuracy,
  KnownAccuracy,
  PretrainingAccuracyFigureOptions,
} from "./pretraining-accuracy-figure.ts";
export { promptingFigure } from "./prompting-figure.ts";
export type { PromptingAccuracy, PromptingFigureOptions } from "./prompting-figure.ts";
export { runComparisonFigure } from "./run-comparison-figure.ts";
export type { ComparedCurve, CurvePoint, RunComparisonFigureOptions } from "./run-comparison-figure.ts";
export { scatterFigure } from "./scatter-figure.ts";
export type { ScatterFigureOptions } from "./scatter-figure.ts";
export { scoreFigure } from "./score-figure.ts";
export type { Score } from "./score-figure.ts";
export { significanceFigure } from "./significance-figure.ts";
export type { AccuracyDifference, SignificanceFigureOptions } from "./significance-figure.ts";
export { similarityFigure } from "./similarity-figure.ts";
export type { CandidateCurve, SimilarityFigureOptions } from "./similarity-figure.ts";
export { throughputFigure } from "./throughput-figure.ts";
export type { ThroughputFigureOptions, ThroughputRow } from "./throughput-figure.ts";
export { timelineFigure } from "./timeline-figure.ts";
export type { TimelineBar } from "./timeline-figure.ts";
export { trainingLossFigure } from "./training-loss-figure.ts";
export type { LossRecord, LossRow, TrainingLossFigureOptions } from "./training-loss-figure.ts";
