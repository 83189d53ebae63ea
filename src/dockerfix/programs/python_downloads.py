"""Models and data that an installed package fetches: `python -m spacy download …`, `python -c "import nltk; …"`."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Collection, Sequence

from dockerfix.project.manifests.setup_files import parsed

__all__ = ["is_download"]

# Modules that are run to fetch something, with the word that has to follow; "" where none has to.
_MODULES = {"spacy": "download", "nltk.downloader": "", "playwright": "install", "textblob.download_corpora": ""}
# Packages that a line of code is written for in order to fetch what they need.
_FETCHING = frozenset(
    "nltk spacy transformers sentence_transformers torch torchvision whisper faster_whisper tiktoken easyocr paddleocr "
    "huggingface_hub stanza gensim keras tensorflow rembg ultralytics fastembed chromadb langchain_huggingface "
    "ssl".split()
)
_BUILTINS = frozenset({"print", "range", "list", "len", "str", "int", "dict", "tuple"})


def is_download(words: Sequence[str], files: Collection[str], workdir: str | None) -> bool:
    """Whether a call of Python only fetches data for an installed package.

    Args:
        words: what stands behind `python`.
        files: image paths of the project, of which a module with the same name would be run instead.
        workdir: the folder it runs in; None when unknown.
    """
    options = 0
    while options < len(words) and words[options].startswith("-") and words[options] not in ("-m", "-c"):
        options += 1
    rest = list(words[options:])
    if len(rest) < 2 or workdir is None:
        return False
    if rest[0] == "-m":
        needed = _MODULES.get(rest[1])
        known = needed == "" or (needed is not None and rest[2:3] == [needed])
        return known and not _is_local(rest[1], files, workdir)
    return rest[0] == "-c" and _fetches(rest[1], files, workdir)


def _is_local(module: str, files: Collection[str], workdir: str) -> bool:
    base = posixpath.join(workdir, module.partition(".")[0])
    return any(file == f"{base}.py" or file.startswith(f"{base}/") for file in files)


def _fetches(code: str, files: Collection[str], workdir: str) -> bool:
    """Whether a line of code imports fetching packages alone and calls nothing else."""
    tree = parsed(code)
    if tree is None:
        return False
    modules: set[str] = set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add((node.module or "").partition(".")[0])
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    if not modules or not modules <= _FETCHING or any(_is_local(module, files, workdir) for module in modules):
        return False
    constants = {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    if any(posixpath.normpath(posixpath.join(workdir, text)) in files or text.startswith("./") for text in constants):
        return False
    return all(_root(call.func) in names | _BUILTINS for call in ast.walk(tree) if isinstance(call, ast.Call))


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""
