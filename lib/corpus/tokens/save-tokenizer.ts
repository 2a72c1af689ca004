import { join } from "node:path";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";

export const tokenizerFile = "tokenizer.json";
export const configFile = "tokenizer_config.json";

/** Write the two files that the transformers library loads a tokenizer from. */
export async function saveTokenizerFiles(
  folder: string,
  tokenizer: object,
  special: { readonly beginToken: string | null; readonly endToken: string },
): Promise<void> {
  const config = {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: special.beginToken,
    eos_token: special.endToken,
    clean_up_tokenization_spaces: false,
  };
  await writeFileAtomically(join(folder, tokenizerFile), `${JSON.stringify(tokenizer)}\n`);
  await writeFileAtomically(join(folder, configFile), `${JSON.stringify(config, null, 2)}\n`);
}
