"""The file of the build context that the start command runs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from dockerfix.image.model import Image
from dockerfix.image.start import shell_text
from dockerfix.image.transfers import placed_files
from dockerfix.shell import parse_script
from dockerfix.text import MappedText, Span, encode

__all__ = ["entry_file"]


def entry_file(image: Image) -> str | None:
    """The source that people will edit: what `uvicorn main:app` or `python app.py` names, as a context path.

    None when the start command names nothing that a COPY of the final stage brings.
    """
    stage = image.final
    if stage is None or stage.start.argv is None or stage.final.workdir is None:
        return None
    placed: dict[str, str] = {}
    for step in stage.all_steps:
        if step.transfer is not None:
            files = placed_files(step.transfer, image.context) or {}
            placed.update({place: origin[2] for place, origin in files.items() if origin[0] == "context"})
    for name in _file_names(stage.start.argv):
        found = placed.get(posixpath.normpath(posixpath.join(stage.final.workdir, name)))
        if found is not None:
            return found
    return None


def _file_names(argv: tuple[str, ...]) -> Iterator[str]:
    """What each word may name: itself, or the module of `package.module:object`."""
    text = shell_text(argv)
    words: list[str] = list(argv)
    if text is not None:
        raw = encode(text)
        script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
        words = [value for command in script.commands for value in command.argv if value is not None]
    for word in words:
        if word.endswith((".py", ".js", ".sh")):
            yield word
        module = word.partition(":")[0]
        if module.replace(".", "").isidentifier():
            yield module.replace(".", "/") + ".py"
