"""A talk with `jupyter console` in a terminal: results, a cell of two lines, completion, an error, an interrupt.

Usage: jupyter_console.py KERNEL_NAME. Ends with 0, or with the expectation that was not met.
"""

import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pexpect

ANSWER_SECONDS = 30
ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[a-zA-Z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>])")
# Anything else would let the 2 of a colour's code stand for the 2 of a prompt.
BETWEEN_WORDS = rf"(?:{ESCAPES.pattern}|[ \r\x08])*"


class Console:
    """A console whose screen is read as plain text."""

    def __init__(self, kernel: str) -> None:
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "jupyter_console", "--kernel", kernel],
            # The terminal of this test does not say where its cursor is.
            env={**os.environ, "PROMPT_TOOLKIT_NO_CPR": "1", "TERM": "xterm"},
            encoding="utf8",
            timeout=ANSWER_SECONDS,
            dimensions=(40, 120),
        )

    def expect(self, text: str) -> None:
        """Wait for words with nothing but the terminal's own between them."""
        pattern = BETWEEN_WORDS.join(re.escape(word) for word in text.split())
        try:
            self.child.expect(pattern)
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            seen = ESCAPES.sub("", self.child.before or "")
            raise SystemExit(f"{text!r} did not come ({type(error).__name__}); on screen:\n{seen}") from None

    def enter(self, line: str) -> None:
        self.child.send(f"{line}\r")


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + ANSWER_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("the cell did not begin")
        time.sleep(0.05)


def main(kernel: str) -> None:
    console = Console(kernel)
    console.expect("TypeScript")
    console.expect("In [ 1 ]:")
    console.enter("const beds: number = 6")
    console.expect("In [ 2 ]:")
    console.enter("console.log('wards', beds); beds * 7")
    console.expect("wards 6")
    console.expect("Out[ 2 ]: 42")
    console.expect("In [ 3 ]:")
    console.enter("function twice(n: number) {")
    console.expect("...:")
    console.enter("return 2 * n }")
    console.enter("")
    console.expect("In [ 4 ]:")
    console.enter("twice(21) + nowhere")
    console.expect("ReferenceError: nowhere is not defined")
    console.expect("In [ 5 ]:")
    console.child.send("Math.sqr\t")
    console.expect("sqr t")
    console.enter("(1764)")
    console.expect("Out[ 5 ]: 42")
    console.expect("In [ 6 ]:")
    # On a slow machine the console shows output only when a cell ends, so the cell says otherwise that it runs.
    with tempfile.TemporaryDirectory() as folder:
        begun = Path(folder, "begun")
        console.enter(f"require('fs').writeFileSync('{begun}', ''); await new Promise(() => {{}})")
        until(begun.exists)
        console.child.sendintr()
        console.expect("KeyboardInterrupt")
    console.expect("In [ 7 ]:")
    console.enter("beds")
    console.expect("Out[ 7 ]: 6")
    console.expect("In [ 8 ]:")
    console.child.sendeof()
    console.expect("Do you really want to exit")
    console.enter("y")
    console.expect("Shutting down kernel")
    console.child.close()


main(sys.argv[1])
