"""A rough guess of what a project costs to build, so that the cheapest come first."""

from __future__ import annotations

import json
import re
from pathlib import Path

__all__ = ["cost"]

_HEAVY = re.compile(
    r"torch|tensorflow|transformers|ultralytics|\bkeras\b|\bjax\b|cuda|nvidia|paddle|whisper|prophet|pyspark|playwright"
    r"|chromium|texlive|selenium|vllm|langchain|llama|spacy|xgboost|lightgbm|catboost|airflow|dbt-|mlflow|easyocr"
    r"|sentence[-_]|faiss|opencv|mediapipe|chromadb|streamlit|librosa|open3d|dlib|ffmpeg|puppeteer|electron|uwsgi|grpcio|numba",
    re.IGNORECASE,
)
_MANIFESTS = ("requirements*.txt", "requirements/*.txt", "pyproject.toml", "Pipfile", "environment*.y*ml", "setup.py")
_SIZE = 300_000  # bytes of one file that are read


def cost(folder: Path, dockerfile: Path) -> float:
    """Seconds, more or less; 1000 for what has a heavy library in it."""
    text = _text(dockerfile)
    places = dict.fromkeys((dockerfile.parent, folder))
    heavy = text
    total = 3.0 + text.count("apt-get install") * 8 + (0 if "slim" in text or "alpine" in text else 3)
    for place in [*places][: 1 if _has_manifest(dockerfile.parent) else 2]:
        for pattern in _MANIFESTS:
            for path in sorted(place.glob(pattern))[:8]:
                content = _text(path)
                heavy += content
                total += 0.6 * sum(1 for line in content.splitlines() if re.match(r"\s*[\"']?[A-Za-z]", line))
        package = place / "package.json"
        if package.is_file() and re.search(r"\bnpm|yarn|pnpm|bun\b", text):
            total += _node(package) + (40 if re.search(r"\bbuild\b", re.sub(r"(?m)^\s*#.*", "", text)) else 0)
    return total + (1000 if _HEAVY.search(heavy) else 0)


def _node(package: Path) -> float:
    try:
        told = json.loads(_text(package))
        count = len(told.get("dependencies") or {}) + len(told.get("devDependencies") or {})
    except (ValueError, AttributeError):
        return 20
    return 5 + count


def _has_manifest(folder: Path) -> bool:
    return (folder / "package.json").is_file() or any(True for pattern in _MANIFESTS for _ in folder.glob(pattern))


def _text(path: Path) -> str:
    return path.read_text("utf-8", "replace")[:_SIZE] if path.is_file() else ""
