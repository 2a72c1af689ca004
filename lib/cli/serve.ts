import { numberOf, pathOf, readOptions, UsageError, type CliCommand } from "./command.ts";
import { checkModelFolder, serveFolder } from "./model-folder.ts";

const usage = `npm run -s rounds -- serve --model DIR [--port P]

  --model DIR              folder of a model in Hugging Face format: an export, or a sentence-transformer
  --port P                 of 127.0.0.1 (default: a free one)
  --name NAME              what requests call the model (default: the folder's name)
  --device auto|cpu|cuda   (default: a GPU where there is one)
  --dtype float32|bfloat16 (default: bfloat16 on a GPU, else float32)
  --grace-seconds N        for requests that run when it is stopped (default: 30)

Prints one line of JSON, {url, tokenFile, model}, as soon as it answers, and serves until Ctrl-C or SIGTERM.
Requests need the file's token: OPENAI_API_KEY=$(cat TOKENFILE) for programs that speak to OpenAI.`;

const names = ["model", "port", "name", "device", "dtype", "grace-seconds"] as const;

export const serve: CliCommand = {
  summary: "answer as an OpenAI-compatible server with a model of a local folder",
  usage,
  async run(parameters, { folder, signal }) {
    const { values } = readOptions(parameters, names, []);
    if (values.model === undefined) throw new UsageError(`--model is missing\n\n${usage}`);
    const port = numberOf("port", values.port);
    const graceSeconds = numberOf("grace-seconds", values["grace-seconds"]);
    const modelFolder = pathOf(folder, values.model)!;
    checkModelFolder("model", modelFolder);
    await using server = await serveFolder(modelFolder, {
      ...(port !== undefined && { port }),
      ...(values.name !== undefined && { name: values.name }),
      ...(values.device !== undefined && { device: values.device as "cpu" }),
      ...(values.dtype !== undefined && { dtype: values.dtype as "float32" }),
      ...(graceSeconds !== undefined && { graceSeconds }),
      onLine: (line) => void process.stderr.write(`${line}\n`),
      signal,
    });
    const { url, tokenFile, model } = server;
    process.stdout.write(`${JSON.stringify({ url, tokenFile, model })}\n`);
    const stopped = new Promise<"stopped">((stop) => {
      signal.addEventListener("abort", () => stop("stopped"), { once: true });
      if (signal.aborted) stop("stopped");
    });
    const end = await Promise.race([stopped, server.ended]);
    if (end !== "stopped") throw new Error(`The server ended by itself (exit code ${end})`);
    return undefined;
  },
};
