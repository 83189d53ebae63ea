"""Dockerfiles that no person writes: an answer or one sentence, in bounded time and memory; the others are done."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockerfix.cli.files.limits import LimitError, limited
from dockerfix.cli.files.targets import find_targets
from dockerfix.cli.files.work import Task, work
from dockerfix.cli.options import Options
from dockerfix.image import image
from dockerfix.image.layered import Layered
from dockerfix.report.model import Failure, FileReport
from dockerfix.rule import BuildContext
from dockerfix.syntax import parse


def looked_at(folder: Path, text: str | bytes, **files: str) -> FileReport | Failure:
    (folder / "Dockerfile").write_bytes(text if isinstance(text, bytes) else text.encode())
    for name, content in files.items():
        (folder / name).write_text(content)
    (target,), _ = find_targets(Options(paths=("Dockerfile",)), folder)
    return work(Task(target))


DEEP = "[" * 20_000 + "]" * 20_000


@pytest.mark.parametrize(
    "text",
    [
        "FROM a AS a\nRUN pip install x\nCOPY --from=a /x /y\n",
        "FROM python AS s0\n" + "".join(f"FROM s{n} AS s{n + 1}\n" for n in range(999)),
        "FROM python\nEXPOSE ² zz 99999999999999999999 1-99999999999 80/²\nENV PORT=²\nCMD x --port ²\n",
        f"FROM python\nCMD {DEEP}\n",
        'FROM python\nCMD ["\\ud800"]\nENTRYPOINT ["\\udfff.py"]\nSHELL ["\\ud800"]\nRUN x\nCOPY ["\\ud800", "/x"]\n',
        b"FROM python\nRUN echo \x80 \xff\nENV A=\xff\nCOPY \x80 /\x81\nCMD \x80\n",
        "FROM python\nENV A=" + "${A:-" * 3000 + "}" * 3000 + "\n",
        "FROM python\nRUN " + "(" * 20_000 + "x" + ")" * 20_000 + "\n",
        "FROM python\nRUN a\0b\nCOPY a\0b /x\nENV A=\0\nCMD \0\n",
    ],
    ids=["its own base", "chain", "ports", "JSON", "surrogates", "no UTF-8", "modifiers", "brackets", "NUL"],
)
def test_a_file_that_nobody_writes_is_looked_at(text: str | bytes, tmp_path: Path) -> None:
    said = looked_at(tmp_path, text)
    assert isinstance(said, FileReport), said


@pytest.mark.parametrize(
    ("text", "said"),
    [("FROM a\n" * 1001, "it has 1,001 stages"), ("FROM a\n" + "ENV A=1\n" * 20_000, "it has 20,001 instructions")],
)
def test_a_file_beyond_all_measure_is_refused_in_words(text: str, said: str, tmp_path: Path) -> None:
    failure = looked_at(tmp_path, text)
    assert isinstance(failure, Failure)
    assert said in failure.message


def test_a_value_that_doubles_in_each_line_becomes_unknown() -> None:
    text = "FROM scratch\nENV A=aaaaaaaa\n" + "ENV A=$A$A\n" * 60
    stage = image(parse(text.encode()), BuildContext.unknown()).final
    assert stage is not None
    lengths = [len(step.after.env["A"] or "") for step in stage.steps]
    assert lengths[:3] == [8, 16, 32]
    assert max(lengths) <= 2048
    assert stage.final.env["A"] is None


def test_many_words_share_what_variables_may_bring() -> None:
    text = "FROM scratch\nENV A=" + "a" * 1000 + "\n" + "".join(f"ENV B{n}=$A{n}x$A\n" for n in range(15_000))
    stage = image(parse(text.encode()), BuildContext.unknown()).final
    assert stage is not None
    assert sum(len(value or "") for value in stage.final.env.values()) < 34 * 1024 * 1024


@pytest.mark.parametrize("pattern", ["${A#" + "*a" * 30 + "b}", "${A%%" + "*a" * 30 + "b}", "${A//*a*a*a*a*a/x}"])
def test_a_pattern_with_many_stars_takes_no_time(pattern: str) -> None:
    text = f"FROM scratch\nENV A={'a' * 200}\nENV B={pattern}\n"
    stage = image(parse(text.encode()), BuildContext.unknown()).final
    assert stage is not None
    assert stage.final.env["B"] is None


def test_an_ordinary_pattern_is_still_worked_out() -> None:
    stage = image(parse(b"FROM scratch\nENV A=3.12.1\nENV B=${A%.*}\n"), BuildContext.unknown()).final
    assert stage is not None
    assert stage.final.env["B"] == "3.12"


def test_folders_beyond_all_measure_are_unknown() -> None:
    stage = image(parse(b"FROM scratch\n" + b"WORKDIR dddd\n" * 3000), BuildContext.unknown()).final
    assert stage is not None
    assert stage.final.workdir is None
    assert len(stage.final.folders) <= 1001


def test_a_layered_mapping_answers_as_a_dict_does() -> None:
    expected: dict[str, int] = {}
    found: Layered[int] = Layered()
    for number in range(500):
        name = f"n{number * 7 % 90}"
        if number % 5 == 4:
            expected.pop(name, None)
            found = found.without([name])
        else:
            expected[name] = number
            found = found.with_values({name: number})
        assert (name in found) == (name in expected)
    assert list(found.items()) == list(expected.items())


def _forever() -> None:
    while True:
        pass


def _all_memory() -> None:
    held = []
    while True:
        held.append(bytearray(64 * 1024 * 1024))


def test_what_takes_too_long_is_given_up() -> None:
    with pytest.raises(LimitError, match=r"more than 0\.2 seconds"), limited(seconds=0.2):
        _forever()


def test_what_takes_too_much_memory_is_given_up() -> None:
    with pytest.raises(LimitError, match="more than 2 GiB of memory"), limited(memory=2 * 1024**3):
        _all_memory()


def test_a_limit_is_over_with_the_work() -> None:
    import resource
    import signal

    before = resource.getrlimit(resource.RLIMIT_AS)
    with limited():
        pass
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)


def test_the_other_files_are_still_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dockerfix.cli.files import work as module

    def report(task: Task) -> FileReport:
        if task.target.path.name == "Dockerfile.bad":
            raise MemoryError
        return true_report(task)

    true_report = module.report_of
    monkeypatch.setattr(module, "report_of", report)
    for name in ("Dockerfile.bad", "Dockerfile.good"):
        (tmp_path / name).write_text("FROM scratch\n")
    targets, _ = find_targets(Options(paths=(".",)), tmp_path)
    kinds = {target.path.name: type(work(Task(target))) for target in targets}
    assert kinds == {"Dockerfile.bad": Failure, "Dockerfile.good": FileReport}


PYTHON = "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD python app.py\n"


@pytest.mark.parametrize(
    "source",
    [
        "x=" + "(" * 20_000 + ")" * 20_000,
        "x=" + "[i for i in " * 5000 + "a" + "]" * 5000,
        "\n".join(f"def f{n}(): return f{n + 1}()" for n in range(3000)) + '\nf0()\nopen(f0(), "w")\n',
    ],
    ids=["brackets", "comprehensions", "functions"],
)
def test_a_python_source_nested_beyond_all_measure_ends_nothing(source: str, tmp_path: Path) -> None:
    said = looked_at(tmp_path, PYTHON, **{"app.py": source, "requirements.txt": "flask\n"})
    assert isinstance(said, FileReport), said


def test_requirements_that_include_each_other_without_end(tmp_path: Path) -> None:
    files = {f"requirements{n or ''}.txt": f"-r requirements{n + 1}.txt\n" for n in range(1000)}
    said = looked_at(tmp_path, PYTHON, **{"app.py": "import flask\n"}, **files)
    assert isinstance(said, FileReport), said
