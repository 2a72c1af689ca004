"""PyPI's jupyter_kernel_test against the TypeScript kernel, with every optional check on.

The kernel is found through JUPYTER_PATH, as JupyterLab finds it.
"""

from typing import ClassVar

from jupyter_kernel_test import KernelTests


class TypeScriptKernelTests(KernelTests):
    kernel_name = "typescript"
    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('test')"

    completion_samples: ClassVar[list] = [
        {"text": "Math.sqr", "matches": {"sqrt"}},
        {"text": "JSON.str", "matches": {"stringify"}},
        {"text": "globalThi", "matches": {"globalThis"}},
    ]

    complete_code_samples: ClassVar[list] = ["1", "const total: number = 1;", "function f() {\n  return 1;\n}", "await null", ""]
    incomplete_code_samples: ClassVar[list] = ["function f() {", "const text = `one", "f(1,", "/* a comment", "[1, 2"]
    invalid_code_samples: ClassVar[list] = ["const = 1", "function 1() {}", "}", "let a; let a;"]

    code_generate_error = "throw new Error('expected')"
    code_execute_result: ClassVar[list] = [
        {"code": "6 * 7", "result": "42"},
        {"code": "[1, 2].map((n) => n * 2)", "result": "[ 2, 4 ]"},
        {"code": "'text'", "result": "'text'"},
        {
            "code": "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/html': '<b>42</b>' }) })",
            "mime": "text/html",
            "result": "<b>42</b>",
        },
    ]
    code_display_data: ClassVar[list] = [
        {"code": "import { display } from 'tslab'; display.html('<b>42</b>')", "mime": "text/html"},
        {"code": "display.png(Uint8Array.of(137, 80))", "mime": "image/png"},
    ]

    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "6 ?*"

    code_page_something = "Math.max?"
    code_inspect_sample = "Math.max"
    code_clear_output = "import { display as clearing } from 'tslab'; clearing.clear()"


# pytest would otherwise collect the base class as well, with nothing to test.
del KernelTests
