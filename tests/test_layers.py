"""Imports point down only, and slow or third-party things stay where they belong."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Each layer may import from those before it and from its own.
LAYERS = [
    {"bot.datatypes", "bot.errors", "bot.origins", "bot.settings", "bot.words"},
    {
        "bot.answer_types",
        "bot.attribution",
        "bot.closing",
        "bot.counts",
        "bot.cross_encoder",
        "bot.encoder",
        "bot.files",
        "bot.lexical",
        "bot.logs",
        "bot.matcher",
        "bot.personal",
        "bot.questions",
        "bot.reranker",
        "bot.sentences",
        "bot.shorthand",
        "bot.snippet",
        "bot.speakers",
        "bot.spelling",
        "bot.tables",
        "bot.trained",
        "bot.votes",
    },
    {
        "bot.catalogue",
        "bot.conversation",
        "bot.confidence",
        "bot.corpus",
        "bot.glossary",
        "bot.guidance",
        "bot.index",
        "bot.judgement",
        "bot.passages",
        "bot.selection",
        "bot.timeline",
    },
    {
        "bot.candidates",
        "bot.retriever",
        "bot.reader",
        "bot.router",
        "bot.understanding",
        "bot.vocabulary",
    },
    {"bot.pipeline", "bot.texts", "bot"},
    {
        "bot.ablation",
        "bot.batch",
        "bot.calibration",
        "bot.contract",
        "bot.evaluation",
        "bot.explanation",
        "bot.open_retrieval",
        "bot.serving",
        "bot.verification",
        "bot.web",
    },
    {"bot.__main__", "app"},
]
ONLY_IN = {
    "faiss": {"bot.index.vectors"},
    "bm25s": {"bot.lexical"},
    "rapidfuzz": {"bot.spelling"},
    "spellchecker": {"bot.spelling"},
    "sklearn": {"bot.calibration", "bot.index.classifier"},
    "Stemmer": {"bot.words"},
    "nupunkt": {"bot.sentences"},
    "sentence_transformers": {"bot.encoder"},
    "torch": {
        "bot.cross_encoder",
        "bot.encoder",
        "bot.matcher",
        "bot.reranker",
        "bot.trained",
    },
    "onnx": {"bot.cross_encoder"},
    "gradio": {"bot.web.page", "bot.web.server"},
    "limits": {"bot.web.visitors"},
    "prometheus_client": {"bot.web.metrics"},
    "uvicorn": {"bot.web.connection", "bot.web.serve"},
    "typer": {"bot.__main__"},
}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in [*ROOT.glob("bot/**/*.py"), ROOT / "app.py"]
}


def layer(module: str) -> int:
    """Return the number of a module's layer; a package stands for its modules."""
    while module:
        for number, names in enumerate(LAYERS):
            if module in names and (module != "bot" or number == 4):
                return number
        module = module.rpartition(".")[0]
    raise AssertionError(f"no layer for {module}; name it in LAYERS")


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found.update(names & MODULES.keys() or {node.module})
    return found


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_down(module: str) -> None:
    for imported in imports(MODULES[module]):
        if imported == "bot" or imported.startswith("bot."):
            assert layer(imported) <= layer(module), f"{module} imports {imported}"


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_a_library_is_imported_in_its_one_place(library: str) -> None:
    found = {
        m for m, path in MODULES.items() if library in {i.split(".")[0] for i in imports(path)}
    }
    assert found == ONLY_IN[library]


def test_the_command_line_starts_without_torch_or_gradio() -> None:
    code = "import sys, bot.__main__; print({'torch', 'gradio', 'faiss'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() in {"set()", "{'faiss'}"}
