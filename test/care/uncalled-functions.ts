const text = "gives a text made of what it is given, and a text says nothing of where it is from";
const named = "tells the identifiers that it is asked for";
const waits = "waits for jobs, cells or files of others";
const starts = "starts a process, a server or a job";
const changes = "changes what this machine keeps";
const network = "asks the network; tested by itself";
const given = "is given by other functions, which are called";

/** Public functions and classes that the leak test calls with nothing at all, each with the reason. */
export const uncalled: Readonly<Record<string, string>> = {
  rolePrompt: text,
  multipleChoiceText: text,
  maskIdentifiers: text,
  bothLicences: text,
  reportRetracted: named,
  findDocument: named,
  onCheckpoint: waits,
  watch: waits,
  fetchJob: waits,
  adoptJob: waits,
  cancelJob: waits,
  remoteKernel: starts,
  resumeTraining: starts,
  serveOnCluster: starts,
  setUpCluster: starts,
  startLocalServer: starts,
  startTraining: starts,
  submitChain: starts,
  submitJob: starts,
  sweep: starts,
  configureEngine: changes,
  confirmEndpoint: changes,
  fetchDataset: network,
  connectModel: network,
  verifyAudit: "reads the log that the test before it has written",
  ClusterJob: given,
  LocalJob: given,
  LocalServer: given,
  MetricsReader: given,
  TokenShards: given,
};
