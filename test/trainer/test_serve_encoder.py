"""A sentence-transformers model, served for its embeddings."""

import json

import pytest
import torch
import transformers
from served_models import Running, served


def test_a_sentence_transformer_is_pooled_as_its_folder_says(tmp_path):
    folder = tmp_path / "encoder"
    (folder / "1_Pooling").mkdir(parents=True)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefgh"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    tokenizer = transformers.BertTokenizerFast(vocab=str(folder / "vocab.txt"))
    tokenizer.save_pretrained(folder)
    torch.manual_seed(1)
    model = transformers.BertModel(
        transformers.BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=48,
        ),
        add_pooling_layer=False,
    ).eval()
    model.save_pretrained(folder)
    modules = [("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")]
    modules = [{"path": path, "type": f"sentence_transformers.models.{kind}"} for kind, path in modules]
    (folder / "modules.json").write_text(json.dumps(modules))
    settings = {
        f"pooling_mode_{name}": name == "mean_tokens" for name in ("cls_token", "mean_tokens", "max_tokens")
    }
    (folder / "1_Pooling" / "config.json").write_text(
        json.dumps({"word_embedding_dimension": 32, **settings})
    )
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 6}))
    with served(folder) as server:
        texts = ["a b c", "h", "a a a a"]
        status, reply = server.request("/v1/embeddings", {"input": texts})
        assert status == 200, reply
        for text, entry in zip(texts, reply["data"]):
            with torch.inference_mode():
                hidden = model(torch.tensor([tokenizer.encode(text)])).last_hidden_state[0]
            expected = torch.nn.functional.normalize(hidden.mean(0), dim=0)
            assert entry["embedding"] == pytest.approx(expected.tolist(), abs=1e-5)
        long = {"input": "a b c d e f"}
        assert "embeds at most 6" in server.request("/v1/embeddings", long)[1]["error"]["message"]
        _, cut = server.request("/v1/embeddings", {**long, "truncate_prompt_tokens": 6})
        assert cut["data"][0]["embedding"] == reply_of(server, "a b c d")
        assert (
            "no causal language model"
            in server.request("/v1/completions", {"prompt": "a"})[1]["error"]["message"]
        )


def reply_of(server: Running, text: str) -> list[float]:
    return server.request("/v1/embeddings", {"input": text})[1]["data"][0]["embedding"]
