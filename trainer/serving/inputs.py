"""What a request holds as token ids that the model can take: nothing is added, nothing is left out."""

from collections.abc import Sequence

from trainer.serving.model import ServedModel
from trainer.serving.requests import RequestError
from trainer.serving.text import Text


class Inputs:
    """Token ids for one model; what it cannot take is a RequestError."""

    def __init__(self, model: ServedModel, text: Text) -> None:
        self.model, self.text = model, text

    @property
    def tokenizer(self):
        if self.text.tokenizer is None:
            message = "the model's folder has no tokenizer: send token ids to /v1/completions"
            raise RequestError(message, "no_tokenizer")
        return self.text.tokenizer

    def encode(self, text: str, *, special_tokens: bool = False) -> list[int]:
        """Ids of exactly this text; begin and end tokens only where they are asked for."""
        _ = self.tokenizer
        return self.text.encode(text, special_tokens=special_tokens)

    def token_ids(self, value: object, name: str) -> list[int]:
        if not isinstance(value, list) or not all(type(each) is int for each in value):
            raise RequestError(f'"{name}" must be a text or a list of token ids')
        wrong = next((each for each in value if not 0 <= each < self.model.vocabulary_size), None)
        if wrong is not None:
            raise RequestError(f'"{name}" must hold ids in [0, {self.model.vocabulary_size}), got {wrong}')
        return value

    def prompts(self, value: str | list, name: str, *, special_tokens: bool = False) -> list[list[int]]:
        """Token ids of each prompt of a request, at least one; slow for long texts."""
        many = isinstance(value, list) and not (value and type(value[0]) is int)
        prompts = []
        for index, each in enumerate(value if many else [value]):
            place = f"{name}[{index}]" if many else name
            if isinstance(each, str):
                each = self.encode(each, special_tokens=special_tokens)
            prompts.append(self.token_ids(each, place))
            if not prompts[-1]:
                raise RequestError(
                    f'"{place}" must have at least one token: nothing is put before it here; for the likelihood of a '
                    "text from its first token on, send the begin or end token first"
                )
        if not prompts:
            raise RequestError(f'"{name}" must hold at least one prompt')
        return prompts

    def chat(self, messages: list[dict]) -> list[int]:
        """Ids of a conversation by the tokenizer's own template, which adds what begins it."""
        if self.tokenizer.chat_template is None:
            message = "the model's tokenizer has no chat template: send the prompt's text to /v1/completions"
            raise RequestError(message, "no_chat_template")
        try:
            rendered = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        except Exception as error:  # Templates raise what they like, for roles out of order for one.
            raise RequestError(f"the model's chat template refuses the messages: {error}") from error
        return self.encode(rendered)

    def check_lengths(self, prompts: Sequence[Sequence[int]], maximum: int) -> None:
        """Prompts and what is to follow must fit in the model's context together."""
        limit = self.model.context_length
        for index, prompt in enumerate(prompts):
            if len(prompt) + max(maximum, 0) > limit:
                message = (
                    f"the model's context is {limit} tokens; prompt {index} has {len(prompt)} and max_tokens asks for "
                    f"{maximum} more, together {len(prompt) + maximum}"
                )
                raise RequestError(message, "context_length_exceeded")
