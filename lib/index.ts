/** What a notebook imports from "rounds". Importing it lets cells show tables and figures, and `open` know the catalogue. */
import "./data/register-datasets.ts";
import "./display/register.ts";
import "./jobs/query/register-remote-tables.ts";

export { ApprovalError, ArgumentError, DataError, JobError, QueryError } from "./core/errors.ts";
export { madeFrom, madeOf, readLineage, recordMade } from "./core/lineage.ts";
export type { LineageRecord, Made, MadeKind } from "./core/lineage.ts";
export { SeededRandom } from "./core/seeded-random.ts";
export { jaccard, wordShingles } from "./core/shingles.ts";
export { decontaminate } from "./corpus/decontaminate/decontaminate.ts";
export type {
  ContaminatedQuestion,
  DatasetContamination,
  DecontaminateOptions,
  DecontaminationReport,
  EvaluationQuestion,
  FalsePositives,
} from "./corpus/decontaminate/decontaminate.ts";
export { namedStockPhrases } from "./corpus/decontaminate/stock-phrases.ts";
export { readDocumentLines, writeDocuments } from "./corpus/document.ts";
export type { Document, DocumentStream, Metadata } from "./corpus/document.ts";
export { cutRepeatedSpans } from "./corpus/exact-spans/cut-repeated-spans.ts";
export type { CutDocuments, CutRepeatedSpansOptions } from "./corpus/exact-spans/cut-repeated-spans.ts";
export { removeRepeatedSpansInPasses } from "./corpus/exact-spans/remove-repeated-spans-in-passes.ts";
export type {
  RepeatedSpansPass,
  RepeatedSpansPassesOptions,
} from "./corpus/exact-spans/remove-repeated-spans-in-passes.ts";
export { removeRepeatedSpans } from "./corpus/exact-spans/remove-repeated-spans.ts";
export type {
  RemoveRepeatedSpansOptions,
  RepeatedSpansProgress,
  RepeatedSpansReport,
} from "./corpus/exact-spans/remove-repeated-spans.ts";
export type { ByteSpan, KeptOccurrence } from "./corpus/exact-spans/span-marks.ts";
export { filterDocuments } from "./corpus/filter/filter-documents.ts";
export type { FilterDocumentsOptions, FilterReport } from "./corpus/filter/filter-documents.ts";
export { filterPreset } from "./corpus/filter/filter-preset.ts";
export type { FilterPresetName } from "./corpus/filter/filter-preset.ts";
export type { FilterRule, Verdict } from "./corpus/filter/filter-rule.ts";
export { languageRule } from "./corpus/filter/language-rule.ts";
export { lengthRule } from "./corpus/filter/length-rule.ts";
export { licencePolicies, licenceRule } from "./corpus/filter/licence-rule.ts";
export { personalDataRule } from "./corpus/filter/personal-data.ts";
export type { PersonalDataOptions } from "./corpus/filter/personal-data.ts";
export { retractedRule } from "./corpus/filter/retracted-rule.ts";
export { languageDetector } from "./corpus/language-detector.ts";
export type { LanguageDetector } from "./corpus/language-detector.ts";
export {
  bandingPresets,
  bandingWarning,
  candidateCurve,
  candidateProbability,
} from "./corpus/minhash/banding.ts";
export type { Banding, BandingPreset } from "./corpus/minhash/banding.ts";
export { removeNearDuplicates } from "./corpus/near-duplicates/remove-near-duplicates.ts";
export type {
  NearDuplicatesProgress,
  NearDuplicatesReport,
  RemoveNearDuplicatesOptions,
} from "./corpus/near-duplicates/remove-near-duplicates.ts";
export { nearDuplicatesAtAGlance } from "./corpus/near-duplicates/at-a-glance.ts";
export type {
  NearDuplicatePair,
  NearDuplicatesGlance,
  NearDuplicatesOptions,
} from "./corpus/near-duplicates/at-a-glance.ts";
export { readDocuments } from "./corpus/read/read-documents.ts";
export type { ReadDocumentsOptions } from "./corpus/read/read-documents.ts";
export type { ReadFailure, ReadReport } from "./corpus/read/read-report.ts";
export { pairSameWork, sameWorkRule } from "./corpus/same-work/pair-same-work.ts";
export type {
  PairSameWorkOptions,
  SameWorkGroup,
  SameWorkLink,
  SameWorkReport,
  SameWorks,
} from "./corpus/same-work/pair-same-work.ts";
export { compareTexts } from "./corpus/see/compare-texts.ts";
export type { CompareTextsOptions, TextComparison } from "./corpus/see/compare-texts.ts";
export { markSpans } from "./corpus/see/mark-spans.ts";
export type { MarkedSpans, MarkSpansOptions } from "./corpus/see/mark-spans.ts";
export { mixDocuments } from "./corpus/mix/mix-documents.ts";
export type {
  MixDocumentsOptions,
  MixtureReport,
  MixtureSource,
  SourceShare,
} from "./corpus/mix/mix-documents.ts";
export { planMixture } from "./corpus/mix/plan-mixture.ts";
export type {
  MixtureDomain,
  MixturePlan,
  PlanMixtureOptions,
  PlannedDomain,
} from "./corpus/mix/plan-mixture.ts";
export { contextRowCount, contextRows } from "./corpus/tokens/context-rows.ts";
export type { ContextRow, ContextRowsOptions } from "./corpus/tokens/context-rows.ts";
export { loadTokenizer } from "./corpus/tokens/load-tokenizer.ts";
export type { LoadTokenizerOptions } from "./corpus/tokens/load-tokenizer.ts";
export type { LicenceCount } from "./corpus/tokens/licence-counts.ts";
export type { SourceCount, TokenShardsManifest } from "./corpus/tokens/manifest.ts";
export { openTokenShards, TokenShards } from "./corpus/tokens/read-shards.ts";
export type { TokenDocument } from "./corpus/tokens/read-shards.ts";
export type { TokenSample } from "./corpus/tokens/shard-writer.ts";
export { tokenizeDocuments } from "./corpus/tokens/tokenize-documents.ts";
export type {
  TokenizeDocumentsOptions,
  TokenizeProgress,
  TokenizeReport,
} from "./corpus/tokens/tokenize-documents.ts";
export type { Tokenizer, TokenizerIdentity } from "./corpus/tokens/tokenizer.ts";
export { trainTokenizer } from "./corpus/tokens/train-tokenizer.ts";
export type { TrainTokenizerOptions } from "./corpus/tokens/train-tokenizer.ts";
export { writeTokenShards } from "./corpus/tokens/write-shards.ts";
export type { WriteTokenShardsOptions } from "./corpus/tokens/write-shards.ts";
export { loadCatalogue } from "./data/catalogue.ts";
export type { Catalogue, DatasetEntry, InstructFormatName } from "./data/catalogue.ts";
export { fetchDataset } from "./data/fetch-dataset.ts";
export { resolveDataset } from "./data/resolve-dataset.ts";
export * from "./display/index.ts";
export { answerBalance } from "./evals/answer-balance.ts";
export type { Calibration, CalibrationBin } from "./evals/calibration.ts";
export type { Combination } from "./evals/combine-runs.ts";
export { compareAllResults, compareResults } from "./evals/compare-results.ts";
export type { Flip, NamedComparison, ResultsComparison } from "./evals/compare-results.ts";
export { compareSeeds } from "./evals/compare-seeds.ts";
export type {
  CompareSeedsOptions,
  ResultsBySeed,
  SeedsComparison,
  SeedSpread,
} from "./evals/compare-seeds.ts";
export { flippedQuestions } from "./evals/flipped-questions.ts";
export type { FlippedQuestion } from "./evals/flipped-questions.ts";
export { loadQuestions } from "./evals/load-questions.ts";
export type { LoadQuestionsOptions, QuestionSet } from "./evals/load-questions.ts";
export type { Normalisation, OptionScore, OptionScores } from "./evals/option-score.ts";
export { parseAnswer } from "./evals/parse-answer.ts";
export type { ParsedAnswer } from "./evals/parse-answer.ts";
export { questionOverlap } from "./evals/question-overlap.ts";
export type { QuestionResult, Scoring } from "./evals/question-result.ts";
export { optionLetter } from "./evals/question.ts";
export type { Question } from "./evals/question.ts";
export { readResults, writeResults } from "./evals/results-file.ts";
export { summarizeReview } from "./evals/review/read-review.ts";
export type { ReviewAgreement, ReviewSummary } from "./evals/review/read-review.ts";
export { reviewLabels, reviewSheet, writeReviewSheet } from "./evals/review/review-sheet.ts";
export type {
  ReviewItem,
  ReviewLabel,
  ReviewSheet,
  ReviewSheetOptions,
} from "./evals/review/review-sheet.ts";
export { scoreQuestions } from "./evals/score-questions.ts";
export type { ScoredQuestions, ScoreQuestionsOptions } from "./evals/score-questions.ts";
export { makeCanaries, readCanaries, writeCanaries } from "./care/canaries/canary.ts";
export type { Canary, CanarySet, MakeCanariesOptions } from "./care/canaries/canary.ts";
export { testCanaries } from "./care/canaries/canary-report.ts";
export type {
  CanaryGroup,
  CanaryModel,
  CanaryReport,
  CanaryResult,
  TestCanariesOptions,
} from "./care/canaries/canary-report.ts";
export { plantCanaries } from "./care/canaries/plant-canaries.ts";
export type {
  Plantable,
  PlantCanariesOptions,
  PlantedDocuments,
  PlantingReport,
} from "./care/canaries/plant-canaries.ts";
export { cardHtml } from "./care/card/card-html.ts";
export { cardMarkdown } from "./care/card/card-markdown.ts";
export type { Card, CardSection, CardTable } from "./care/card/card.ts";
export { dataCard } from "./care/card/data-card.ts";
export type { CorpusFacts } from "./care/card/data-card.ts";
export { modelCard } from "./care/card/model-card.ts";
export type { ModelCardFacts, ModelProvenance } from "./care/card/model-card.ts";
export { tripodItems } from "./care/card/tripod-items.ts";
export type { CardNotes } from "./care/card/tripod-items.ts";
export { corpusLicences, findLicenceConflicts } from "./care/corpus-licences.ts";
export type { CorpusLicences, LicenceConflict, LicenceShare } from "./care/corpus-licences.ts";
export { identifierSheet, writeIdentifierSheet } from "./care/identifier-sheet.ts";
export type {
  IdentifierSheet,
  IdentifierSheetKey,
  IdentifierSheetOptions,
  SheetItem,
} from "./care/identifier-sheet.ts";
export { findIdentifiers } from "./care/identifiers/find-identifiers.ts";
export { identifierKinds, numberingKinds } from "./care/identifiers/identifier.ts";
export type { Identifier, IdentifierKind } from "./care/identifiers/identifier.ts";
export { generateLabelledNotes } from "./care/labelled-notes.ts";
export type { LabelledNote, LabelledNotesOptions, PlantedIdentifier } from "./care/labelled-notes.ts";
export { bothLicences, conflictsOf, joinTerms, licenceTerms } from "./care/licence-terms.ts";
export type { LicenceTerm, LicenceTerms, Purpose } from "./care/licence-terms.ts";
export {
  conflictingParts,
  gatherLicences,
  LicenceConflictError,
  strictestTerms,
} from "./care/run-licences.ts";
export type { ConflictingPart, LicencePart } from "./care/run-licences.ts";
export { maskIdentifiers } from "./care/mask-identifiers.ts";
export { rateIdentifiers } from "./care/rate-identifiers.ts";
export type {
  IdentifierMiss,
  IdentifierRate,
  IdentifierRates,
  LabelledText,
} from "./care/rate-identifiers.ts";
export { summarizeIdentifierSheet } from "./care/summarize-identifier-sheet.ts";
export type { Estimate, IdentifierAudit } from "./care/summarize-identifier-sheet.ts";
export { surrogateIdentifiers } from "./care/surrogates.ts";
export type { SurrogateKey, SurrogateOptions, SurrogateText } from "./care/surrogates.ts";
export { recordAudit } from "./core/audit-log.ts";
export type { AuditAction, AuditEntry, AuditEvent } from "./core/audit-log.ts";
export { verifyAudit } from "./core/verify-audit.ts";
export type { AuditProblem, AuditReport } from "./core/verify-audit.ts";
export { holm } from "./core/statistics/holm.ts";
export { cohenKappa, fleissKappa } from "./core/statistics/kappa.ts";
export type { Agreement } from "./core/statistics/kappa.ts";
export { mcnemar } from "./core/statistics/mcnemar.ts";
export { pairedBootstrap } from "./core/statistics/paired-bootstrap.ts";
export type { PairedBootstrapOptions } from "./core/statistics/paired-bootstrap.ts";
export { pairedTTest } from "./core/statistics/paired-t-test.ts";
export { smallestDifference } from "./core/statistics/smallest-difference.ts";
export type { SmallestDifferenceOptions } from "./core/statistics/smallest-difference.ts";
export { twoProportions } from "./core/statistics/two-proportions.ts";
export type { Proportion } from "./core/statistics/two-proportions.ts";
export { wilsonInterval } from "./core/statistics/wilson-interval.ts";
export type { Interval } from "./core/statistics/wilson-interval.ts";
export { accuracyByContamination, summarizeResults } from "./evals/summarize-results.ts";
export type { Accuracy, ResultsSummary } from "./evals/summarize-results.ts";
export { trainedOnWarnings } from "./evals/trained-on.ts";
export type { QuestionOrigin } from "./evals/trained-on.ts";
export { encodeSamples } from "./instruct/encode-samples.ts";
export type { EncodedSample, EncodeReport, EncodeSamplesOptions } from "./instruct/encode-samples.ts";
export { sampleText } from "./instruct/instruct-sample.ts";
export type { InstructSample } from "./instruct/instruct-sample.ts";
export type { InstructReport, InstructStream } from "./instruct/instruct-stream.ts";
export { mixSamples } from "./instruct/mix-samples.ts";
export type { MixSamplesOptions, MixtureShare, SampleMixture } from "./instruct/mix-samples.ts";
export { questionSamples } from "./instruct/question-samples.ts";
export type { QuestionSamplesOptions } from "./instruct/question-samples.ts";
export { readInstructSamples } from "./instruct/read-instruct-samples.ts";
export type { ReadInstructSamplesOptions } from "./instruct/read-instruct-samples.ts";
export { adoptJob } from "./jobs/adopt-job.ts";
export type { AdoptJobOptions } from "./jobs/adopt-job.ts";
export { cancelJob } from "./jobs/cancel-job.ts";
export type { CancelJobOptions } from "./jobs/cancel-job.ts";
export { fetchJob } from "./jobs/fetch-job.ts";
export type { FetchJobOptions } from "./jobs/fetch-job.ts";
export { jobLogs } from "./jobs/job-logs.ts";
export type { JobLogsOptions } from "./jobs/job-logs.ts";
export { exampleClustersFile } from "./jobs/cluster/clusters-file.ts";
export { ClusterJob } from "./jobs/cluster/cluster-job.ts";
export type { ClusterJobStatus } from "./jobs/cluster/cluster-job.ts";
export { JobPlanError } from "./jobs/cluster/outbox.ts";
export { checkJobSpec, JobSpecError } from "./jobs/job-spec.ts";
export type { JobDependency, JobResources, JobSpec } from "./jobs/job-spec.ts";
export type { JobState } from "./jobs/job.ts";
export { listJobs, openJob, showJob } from "./jobs/list-jobs.ts";
export type { JobDetail, JobSummary, ListJobsOptions } from "./jobs/list-jobs.ts";
export { onCheckpoint } from "./jobs/on-checkpoint.ts";
export type { CheckpointPlace, OnCheckpointOptions } from "./jobs/on-checkpoint.ts";
export { planJob } from "./jobs/plan/plan-job.ts";
export type { JobPlan, PlanJobOptions } from "./jobs/plan/plan-job.ts";
export { submitChain } from "./jobs/submit-chain.ts";
export type { ChainedJob, ChainStep, SubmitChainOptions } from "./jobs/submit-chain.ts";
export { setUpCluster } from "./jobs/setup/set-up-cluster.ts";
export type { SetupCheck, SetUpClusterOptions } from "./jobs/setup/set-up-cluster.ts";
export { submitJob } from "./jobs/submit-job.ts";
export type { Job, SubmitJobOptions } from "./jobs/submit-job.ts";
export { exportCheckpoint } from "./jobs/local/export-checkpoint.ts";
export type { ExportCheckpointOptions } from "./jobs/local/export-checkpoint.ts";
export { LocalJob } from "./jobs/local/local-job.ts";
export type { JobStatus } from "./jobs/local/local-job.ts";
export { runsFolder } from "./jobs/run-folder.ts";
export { resumeTraining, startTraining } from "./jobs/local/start-training.ts";
export type { StartTrainingOptions } from "./jobs/local/start-training.ts";
export { compareStrategies } from "./lab/compare-strategies.ts";
export type { CompareStrategiesOptions, StrategyComparison, StrategyRow } from "./lab/compare-strategies.ts";
export { reasonedSamples } from "./lab/reasoned-samples.ts";
export type { ReasonedSamples, ReasonedSamplesOptions } from "./lab/reasoned-samples.ts";
export { pastRuns } from "./lab/past-runs.ts";
export { paperFigures, paperTable2Bars } from "./lab/paper-figures.ts";
export type { PaperFigure } from "./lab/paper-figures.ts";
export { paperFigureStudy } from "./lab/paper-stages.ts";
export { writeInstructShards } from "./lab/write-instruct-shards.ts";
export type { WriteInstructShardsOptions } from "./lab/write-instruct-shards.ts";
export { runPipeline } from "./lab/corpus-pipeline/run-pipeline.ts";
export type {
  PipelineReport,
  PipelineStepReport,
  RunPipelineOptions,
} from "./lab/corpus-pipeline/run-pipeline.ts";
export { writeReport } from "./lab/report/write-report.ts";
export type { ReportOptions, WrittenReport } from "./lab/report/write-report.ts";
export { remoteKernel } from "./lab/remote-kernel.ts";
export type { RemoteKernel, RemoteKernelOptions } from "./lab/remote-kernel.ts";
export { RemoteCellError } from "./lab/remote-output.ts";
export type { RemoteResult } from "./lab/remote-output.ts";
export { serveOnCluster } from "./lab/serve-on-cluster.ts";
export type { ClusterEndpoint, InferenceEngine, ServeOnClusterOptions } from "./lab/serve-on-cluster.ts";
export { explain } from "./lab/provenance/explain.ts";
export type { ExplainOptions, Explanation } from "./lab/provenance/explain.ts";
export { compareStudies, StudyComparison } from "./lab/stages/compare-studies.ts";
export type { StudyNumber } from "./lab/stages/compare-studies.ts";
export { stagesOfOtherCode } from "./lab/stages/other-code.ts";
export type { OtherCodeStage } from "./lab/stages/other-code.ts";
export { rerun } from "./lab/stages/rerun.ts";
export type { RerunOptions } from "./lab/stages/rerun.ts";
export { runStages } from "./lab/stages/run-stages.ts";
export type { RunStagesOptions, StageReport, StudyReport } from "./lab/stages/run-stages.ts";
export { provenanceOf, readStageFigure } from "./lab/stages/stage-figure.ts";
export { staleStages } from "./lab/stages/stale-stages.ts";
export type { StaleStage } from "./lab/stages/stale-stages.ts";
export { defineStudy, runStudy } from "./lab/stages/study.ts";
export type { Study } from "./lab/stages/study.ts";
export type {
  Comparison,
  Stage,
  StageContext,
  StageKind,
  StageQuestions,
  StageResult,
  StageValue,
  StudyProgress,
} from "./lab/stages/stage.ts";
export { collectStudy } from "./lab/study-plan/collect-study.ts";
export type {
  CollectedStudy,
  CollectStudyOptions,
  StudyJobState,
  StudyScore,
} from "./lab/study-plan/collect-study.ts";
export { planStudy } from "./lab/study-plan/plan-study.ts";
export type { PlanStudyOptions, StudyPlan, StudyPlanRow } from "./lab/study-plan/plan-study.ts";
export type { PlannedJob, Range } from "./lab/study-plan/plan-stage.ts";
export { paperStudy } from "./lab/study-plan/study-definition.ts";
export type {
  PaperStudyOptions,
  StageResources,
  StudyDefinition,
  StudyModel,
  StudyQuestions,
} from "./lab/study-plan/study-definition.ts";
export { studyAccuracyFigure } from "./lab/study-plan/study-accuracy.ts";
export { submitStudy } from "./lab/study-plan/submit-study.ts";
export type { SubmittedStudy, SubmitStudyOptions } from "./lab/study-plan/submit-study.ts";
export { plantedFacts, plantFacts } from "./lab/study/planted-facts.ts";
export type {
  PlantedFact,
  PlantedFacts,
  PlantedFactsOptions,
  PlantFactsOptions,
} from "./lab/study/planted-facts.ts";
export { miniature, study } from "./lab/study/study.ts";
export type { StudyOptions } from "./lab/study/study.ts";
export { studyEffects } from "./lab/study/study-effects.ts";
export type { ComparedAnswers, StudyEffect } from "./lab/study/study-effects.ts";
export { studyTimeline } from "./lab/study-plan/study-timeline.ts";
export { sweep } from "./lab/sweep.ts";
export type { SweepOptions, SweepResult, SweepRow, SweepValues } from "./lab/sweep.ts";
export { writeCard } from "./lab/card/write-card.ts";
export type { WriteCardOptions, WrittenCard } from "./lab/card/write-card.ts";
export { purge } from "./lab/purge/purge.ts";
export type { PurgedPath, PurgeOptions, PurgeReport } from "./lab/purge/purge.ts";
export { findDocument } from "./lab/takedown/find-document.ts";
export type { FindDocumentOptions, TakedownFinding, TakedownReport } from "./lab/takedown/find-document.ts";
export { reportRetracted } from "./lab/takedown/report-retracted.ts";
export { tryPrompt } from "./lab/try-prompt.ts";
export type { PromptTrial, TriedQuestion, TriedRun, TryPromptOptions } from "./lab/try-prompt.ts";
export { watch } from "./lab/watch.ts";
export type { WatchOptions } from "./lab/watch.ts";
export { LocalServer, startLocalServer } from "./models/local-server.ts";
export type { LocalServerOptions, ServedModel } from "./models/local-server.ts";
export * from "./paper/index.ts";
export { approveCluster } from "./jobs/approve-cluster.ts";
export type { ApproveClusterOptions } from "./jobs/approve-cluster.ts";
export { countCells } from "./care/count-cells.ts";
export type { CellCount, CountCellsOptions } from "./care/count-cells.ts";
export { lowerSensitivity } from "./care/lower-sensitivity.ts";
export type { LowerSensitivityOptions } from "./care/lower-sensitivity.ts";
export type { Approval } from "./care/approvals.ts";
export { confirmEndpoint } from "./models/confirm-endpoint.ts";
export type { ConfirmEndpointOptions } from "./models/confirm-endpoint.ts";
export { connectModel } from "./models/connect-model.ts";
export type { ConnectModelOptions } from "./models/connect-model.ts";
export type {
  CallOptions,
  CallProgress,
  GenerateRequest,
  Generation,
  LanguageModel,
  Likelihood,
  LikelihoodRequest,
  Price,
} from "./models/language-model.ts";
export { replayModel } from "./models/replay.ts";
export type { RecordedOutputs } from "./models/replay.ts";
export type { SilentFault } from "./models/self-check.ts";
export type { Budget } from "./models/spending.ts";
export * from "./plots/index.ts";
export { balancedPermutations } from "./prompts/balanced-permutations.ts";
export { diffStrategies } from "./prompts/diff-strategies.ts";
export type { StrategyDifference } from "./prompts/diff-strategies.ts";
export { ensemble, medprompt } from "./prompts/ensemble.ts";
export type { EnsembleOptions, MedpromptOptions } from "./prompts/ensemble.ts";
export { fewShot } from "./prompts/few-shot.ts";
export { generateChains } from "./prompts/generate-chains.ts";
export type {
  ChainFault,
  ChainsReport,
  DiscardedChain,
  Generate,
  GenerateChainsOptions,
  GeneratedChains,
  ReasonedQuestion,
} from "./prompts/generate-chains.ts";
export { majorityVote } from "./prompts/majority-vote.ts";
export type { VoteResult } from "./prompts/majority-vote.ts";
export { milvusStore } from "./prompts/milvus-store.ts";
export type { MilvusClient, MilvusStoreOptions } from "./prompts/milvus-store.ts";
export { nearestExamples } from "./prompts/nearest-examples.ts";
export type { NearestExamplesOptions } from "./prompts/nearest-examples.ts";
export type { AnsweredQuestion, PromptExample, PromptQuestion } from "./prompts/prompt-question.ts";
export type { Embedder, RunPrompt, Strategy, StrategySettings, StrategyTools } from "./prompts/strategy.ts";
export { VectorIndex } from "./prompts/vector-index.ts";
export type { Neighbour } from "./prompts/vector-index.ts";
export type { VectorOptions, VectorSearch, VectorStore } from "./prompts/vector-store.ts";
export { withTemplate } from "./prompts/with-template.ts";
export type { TemplateOptions } from "./prompts/with-template.ts";
export { chainOfThought, noPrompt, zeroShot } from "./prompts/without-examples.ts";
export type { PromptFormat } from "./prompts/write-prompt.ts";
export { compareRuns } from "./runs/compare-runs.ts";
export type { CompareRunsOptions, RunSource } from "./runs/compare-runs.ts";
export type { RunAxis, Spread } from "./runs/compared-lines.ts";
export { diffConfigs } from "./runs/diff-configs.ts";
export type { ConfigDifference } from "./runs/diff-configs.ts";
export type { RunFormat } from "./runs/run-reader.ts";
export type { RunComparison, RunRow, ScoreRow } from "./runs/run-comparison.ts";
export { describeGoodput } from "./runs/goodput/describe-goodput.ts";
export type { Goodput, TimePart } from "./runs/goodput/goodput.ts";
export { readGoodput } from "./runs/goodput/read-goodput.ts";
export { MetricsReader, readMetrics } from "./runs/read-metrics.ts";
export type { RunMetrics } from "./runs/read-metrics.ts";
export type { EventRow, HeldOutRow, LossByDomain, TrainRow } from "./runs/metric-row.ts";
export { configureEngine } from "./table/engine.ts";
export { fromArrow } from "./table/from-arrow.ts";
export { fromRows } from "./table/from-rows.ts";
export { open } from "./table/open.ts";
export type { OpenOptions } from "./table/open.ts";
export type { ColumnProfile } from "./table/profile-column.ts";
export type { Profile } from "./table/profile.ts";
export type { Column } from "./table/relation.ts";
export type { Sensitivity } from "./table/sensitivity.ts";
export { Table } from "./table/table.ts";
export { TrainConfigError } from "./train/check-train-config.ts";
export { learningRate, sampleLearningRates } from "./train/learning-rate.ts";
export type { LearningRateSamples, ScheduleConfig } from "./train/learning-rate.ts";
export type { Cluster } from "./train/plan/cluster.ts";
export { planHoursFigure, planMemoryFigure } from "./train/plan/plan-figures.ts";
export { planTraining } from "./train/plan/plan-training.ts";
export type { PlanTrainingOptions, TrainingPlan } from "./train/plan/plan-training.ts";
export { planRows } from "./train/plan/plan-rows.ts";
export type { PlanRow } from "./train/plan/plan-rows.ts";
export type { MeasuredRun } from "./train/plan/expected-speed.ts";
export { trainingFlops } from "./train/plan/training-flops.ts";
export { trainConfig } from "./train/train-config.ts";
export type { TrainConfig, TrainConfigOverrides } from "./train/train-config.ts";
