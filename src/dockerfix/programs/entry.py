"""The file of the build context that the start command runs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from dockerfix.image.commands import commands_of
from dockerfix.image.model import Image, StageImage
from dockerfix.image.start import shell_text
from dockerfix.image.state import absolute
from dockerfix.image.transfers import placed_files
from dockerfix.shell import parse_script
from dockerfix.text import MappedText, Span, encode

__all__ = ["entry_file", "start_words"]

_FOLDER_OPTIONS = ("--app-dir", "--chdir", "--pythonpath")


def entry_file(image: Image) -> str | None:
    """The source that people will edit: what `uvicorn main:app` or `python app.py` names, as a context path.

    None when the start command names nothing that a COPY of the final stage brings.
    """
    stage = image.final
    if stage is None or not stage.start.argv or not any(step.transfer for step in stage.all_steps):
        return None
    placed: dict[str, str] = {}
    for step in stage.all_steps:
        if step.transfer is not None:
            files = placed_files(step.transfer, image.context) or {}
            placed.update({place: origin[2] for place, origin in files.items() if origin[0] == "context"})
    found = [placed[place] for place in _places(stage, stage.start.argv) if place in placed]
    # A start script is edited less than what it starts.
    return next((path for path in found if not path.endswith(".sh")), next(iter(found), None))


def _places(stage: StageImage, argv: tuple[str, ...]) -> Iterator[str]:
    """The places in the image that the start command may name."""
    for parts, folder in start_words(argv, stage.final.workdir):
        words = [word for word in parts if word is not None]
        below = [absolute(value, folder) for option, value in pairwise(words) if option in _FOLDER_OPTIONS]
        for word in (*words, stage.final.env.get("FLASK_APP") or ""):
            for name in _file_names(word):
                places = (absolute(name, start) for start in (folder, *below))
                yield from (place for place in places if place is not None)


def start_words(argv: tuple[str, ...], workdir: str | None) -> list[tuple[tuple[str | None, ...], str | None]]:
    """The words of the commands of an argv, each with its folder: itself, or those of the script that a shell gets."""
    text = shell_text(argv)
    if text is None:
        return [(argv, workdir)]
    raw = encode(text)
    script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
    return [(item.program.argv, item.workdir) for item in commands_of(script, workdir)]


def _file_names(word: str) -> Iterator[str]:
    """What a word may name: itself, or the module of `package.module:object`."""
    if word.endswith((".py", ".js", ".sh")):
        yield word
    module, colon, _ = word.partition(":")
    if module.replace(".", "").isidentifier():
        path = module.replace(".", "/")
        yield from (f"{path}.py", f"{path}/{'__init__' if colon else '__main__'}.py")
