"""Two models held against each other: a change is seen unless its aspect is declared, and nothing else is."""

from __future__ import annotations

from textwrap import dedent

import pytest
from modelled import Files, context_of, modelled

from dockerfix.image import Aspect, differences

FILES = {"a.txt": "A", "b.txt": "B", "main.py": "", "requirements.txt": "", "dir/x.txt": "X"}


def _aspects(
    before: str,
    after: str,
    *allowed: Aspect,
    files: Files | None = FILES,
    files_after: Files | None = None,
) -> set[Aspect]:
    was = modelled(before, context=context_of(files))
    now = modelled(after, context=was.context if files_after is None else context_of(files_after))
    return {difference.aspect for difference in differences(was, now, frozenset(allowed))}


CHANGES = [
    ("another image", "FROM debian:12\n", "FROM debian:13\n", Aspect.BASE_IMAGE),
    ("another platform", "FROM x\n", "FROM --platform=linux/arm64 x\n", Aspect.BASE_IMAGE),
    ("another stage name", "FROM x AS a\n", "FROM x AS b\n", Aspect.BASE_IMAGE),
    ("default of a global ARG", "ARG V=1\nFROM x:$V\n", "ARG V=2\nFROM x:$V\n", Aspect.BASE_IMAGE),
    ("default that no FROM uses", "ARG V=1\nFROM x\n", "ARG V=2\nFROM x\n", Aspect.BASE_IMAGE),
    ("global ARG gone", "ARG V=1\nFROM x\n", "FROM x\n", Aspect.BASE_IMAGE),
    ("user", "FROM x\nUSER a\n", "FROM x\nUSER b\n", Aspect.USER),
    ("user of a RUN", "FROM x\nRUN a\nUSER u\n", "FROM x\nUSER u\nRUN a\n", Aspect.USER),
    ("owner of a folder", "FROM x\nUSER u\nWORKDIR /a\n", "FROM x\nWORKDIR /a\nUSER u\n", Aspect.USER),
    ("owner of a copy", "FROM x\nCOPY a.txt /\n", "FROM x\nCOPY --chown=1 a.txt /\n", Aspect.USER),
    ("mode of a copy", "FROM x\nCOPY --chmod=755 a.txt /\n", "FROM x\nCOPY a.txt /\n", Aspect.USER),
    ("working directory", "FROM x\nWORKDIR /a\n", "FROM x\nWORKDIR /b\n", Aspect.WORKDIR),
    ("folder no longer made", "FROM x\nWORKDIR /a\nWORKDIR /b\n", "FROM x\nWORKDIR /b\n", Aspect.WORKDIR),
    ("ports", "FROM x\nEXPOSE 80\n", "FROM x\nEXPOSE 81\n", Aspect.PORTS),
    ("volumes", "FROM x\nVOLUME /a\n", "FROM x\nVOLUME /b\n", Aspect.VOLUMES),
    ("labels", "FROM x\nLABEL a=1\n", "FROM x\nLABEL a=2\n", Aspect.LABELS),
    ("maintainer", "FROM x\nMAINTAINER a\n", "FROM x\n", Aspect.LABELS),
    ("health check", "FROM x\nHEALTHCHECK CMD a\n", "FROM x\nHEALTHCHECK NONE\n", Aspect.HEALTHCHECK),
    ("stop signal", "FROM x\nSTOPSIGNAL 9\n", "FROM x\n", Aspect.STOP_SIGNAL),
    ("trigger", "FROM x\nONBUILD RUN a\n", "FROM x\nONBUILD RUN b\n", Aspect.TRIGGERS),
    ("CMD", 'FROM x\nCMD ["a"]\n', 'FROM x\nCMD ["b"]\n', Aspect.START_COMMAND),
    ("form of CMD", "FROM x\nCMD a\n", 'FROM x\nCMD ["a"]\n', Aspect.START_COMMAND),
    ("ENTRYPOINT", 'FROM x\nENTRYPOINT ["a"]\n', "FROM x\n", Aspect.START_COMMAND),
    ("CMD over an unknown ENTRYPOINT", 'FROM x\nCMD ["a"]\n', "FROM x\n", Aspect.START_COMMAND),
    ("variable", "FROM x\nENV A=1\n", "FROM x\nENV A=2\n", Aspect.ENVIRONMENT),
    ("variable more", "FROM x\n", "FROM x\nENV A=2\n", Aspect.ENVIRONMENT),
    ("build argument", "FROM x\nARG A=1\n", "FROM x\nARG A=2\n", Aspect.ENVIRONMENT),
    ("command", "FROM x\nRUN a\n", "FROM x\nRUN b\n", Aspect.COMMANDS),
    ("command more", "FROM x\nRUN a\n", "FROM x\nRUN a\nRUN b\n", Aspect.COMMANDS),
    ("command gone", "FROM x\nRUN a\nRUN a\n", "FROM x\nRUN a\n", Aspect.COMMANDS),
    ("flag of a RUN", "FROM x\nRUN a\n", "FROM x\nRUN --network=none a\n", Aspect.COMMANDS),
    ("form of a RUN", "FROM x\nRUN a\n", 'FROM x\nRUN ["a"]\n', Aspect.COMMANDS),
    ("text of a heredoc", "FROM x\nRUN <<E\na\nE\n", "FROM x\nRUN <<E\nb\nE\n", Aspect.COMMANDS),
    ("two commands in another order", "FROM x\nRUN a\nRUN b\n", "FROM x\nRUN b\nRUN a\n", Aspect.LAYER_ORDER),
    (
        "copy and command in another order",
        "FROM x\nCOPY a.txt /\nRUN b\n",
        "FROM x\nRUN b\nCOPY a.txt /\n",
        Aspect.LAYER_ORDER,
    ),
    (
        "volume and copy in another order",
        "FROM x\nCOPY a.txt /v/\nVOLUME /v\n",
        "FROM x\nVOLUME /v\nCOPY a.txt /v/\n",
        Aspect.LAYER_ORDER,
    ),
    ("another file", "FROM scratch\nCOPY a.txt /x/\n", "FROM scratch\nCOPY b.txt /x/\n", Aspect.FILES),
    ("file elsewhere", "FROM scratch\nCOPY a.txt /x/\n", "FROM scratch\nCOPY a.txt /y/\n", Aspect.FILES),
]


@pytest.mark.parametrize(("before", "after", "aspect"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_undeclared_change_is_seen(before: str, after: str, aspect: Aspect) -> None:
    assert aspect in _aspects(before, after)


@pytest.mark.parametrize(("before", "after", "aspect"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_declared_change_passes(before: str, after: str, aspect: Aspect) -> None:
    assert aspect not in _aspects(before, after, aspect)


ALONE = [
    c for c in CHANGES if c[0] not in ("default that no FROM uses", "another file", "file elsewhere", "a stage more")
]


@pytest.mark.parametrize(("before", "after", "aspect"), [c[1:] for c in ALONE], ids=[c[0] for c in ALONE])
def test_change_is_no_more_than_its_aspect(before: str, after: str, aspect: Aspect) -> None:
    assert _aspects(before, after) == {aspect}


@pytest.mark.parametrize("text", [c[1] for c in CHANGES])
def test_same_file_has_no_differences(text: str) -> None:
    assert _aspects(text, text) == set()


def test_another_number_of_stages_is_never_let_through() -> None:
    assert _aspects("FROM x\n", "FROM x\nFROM y\n", *Aspect) == {Aspect.BASE_IMAGE}


def test_shell_form_is_read_under_another_shell() -> None:
    before, after = "FROM x\nRUN a\n", 'FROM x\nSHELL ["/bin/bash", "-c"]\nRUN a\n'
    assert _aspects(before, after) == {Aspect.SHELL, Aspect.COMMANDS}


def test_command_in_another_folder_is_another_command() -> None:
    before, after = "FROM x\nRUN a\nWORKDIR /x\n", "FROM x\nWORKDIR /x\nRUN a\n"
    assert _aspects(before, after) == {Aspect.COMMANDS}


def test_command_below_another_variable_is_another_command() -> None:
    before, after = "FROM x\nRUN a\nENV A=1\n", "FROM x\nENV A=1\nRUN a\n"
    assert _aspects(before, after) == {Aspect.COMMANDS}


def test_comments_blank_lines_and_continuations_are_no_difference() -> None:
    before = "FROM x\nRUN a  b\nCMD c\n"
    after = "# new\nfrom x\n\nRUN a \\\n# why\n b\nCMD c\n"
    assert _aspects(before, after) == set()


def test_stages_are_compared_each_and_named() -> None:
    before = modelled("FROM x AS one\nUSER a\nFROM y\n")
    after = modelled("FROM x AS one\nUSER b\nFROM y\n")
    assert [d.text for d in differences(before, after)] == ["stage one: a became b"]


def test_stage_that_is_left_as_it_is_changes_with_the_one_it_starts_from() -> None:
    before = "FROM x AS one\nWORKDIR /a\nFROM one\nRUN a\nCMD b\n"
    assert _aspects(before, before.replace("/a", "/b"), Aspect.WORKDIR) == {Aspect.COMMANDS}


def test_renamed_stage_may_keep_its_copies() -> None:
    before = "FROM scratch AS one\nCOPY a.txt /\nFROM scratch\nCOPY --from=one /a.txt /\n"
    assert _aspects(before, before.replace("=one", "=0"), Aspect.FILES, Aspect.LAYER_ORDER) == set()


# BASE_IMAGE declared


def test_new_default_must_not_reach_a_command_that_names_it() -> None:
    before = "ARG V=3\nFROM x:$V\nARG V\nRUN a $V\nRUN b\n"
    assert _aspects(before, before.replace("V=3", "V=3.12"), Aspect.BASE_IMAGE) == {Aspect.COMMANDS}


def test_new_default_may_pass_by_commands_that_do_not_name_it() -> None:
    before = "ARG V=3\nFROM x:$V\nARG V\nRUN b\n"
    assert _aspects(before, before.replace("V=3", "V=3.12"), Aspect.BASE_IMAGE) == set()


def test_new_default_must_not_reach_a_variable() -> None:
    before = "ARG V=3\nFROM x:$V\nARG V\nENV VERSION=$V\n"
    assert _aspects(before, before.replace("V=3", "V=3.12"), Aspect.BASE_IMAGE) == {Aspect.ENVIRONMENT}


def test_other_base_may_bring_other_variables() -> None:
    before, after = "FROM python:3.12\nENV A=$PATH\nRUN a\n", "FROM debian:12\nENV A=$PATH\nRUN a\n"
    assert _aspects(before, after, Aspect.BASE_IMAGE, Aspect.START_COMMAND) == set()


# BUILD_CACHE declared


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pip install x", "pip install --no-cache-dir x"),
        ("pip3 install x && a", "pip3 install x --no-cache-dir && a"),
        ("python -m pip install x", "python -m pip install --no-cache-dir x"),
        ("uv pip install x", "uv pip install --no-cache x"),
        ("apk add x", "apk add --no-cache x"),
        ("a && (cd b; sudo pip install x)", "a && (cd b; sudo pip install --no-cache-dir x)"),
        ("bash -c 'pip install x'", "bash -c 'pip install --no-cache-dir x'"),
        ('["pip", "install", "x"]', '["pip", "install", "--no-cache-dir", "x"]'),
        ('["sh", "-c", "pip install x && a"]', '["sh", "-c", "pip install --no-cache-dir x && a"]'),
        ("<<E\npip install x\nE", "<<E\npip install --no-cache-dir x\nE"),
    ],
)
def test_cache_flag_is_no_other_command_where_caches_may_change(before: str, after: str) -> None:
    texts = (f"FROM python:3.12\nRUN {before}\n", f"FROM python:3.12\nRUN {after}\n")
    assert _aspects(*texts, Aspect.BUILD_CACHE) == set()
    assert _aspects(*texts) == {Aspect.COMMANDS}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pip install x", "pip install --no-cache-dir y"),
        ("echo x", "echo --no-cache-dir x"),
        ("echo 'pip install x'", "echo 'pip install --no-cache-dir x'"),
        ("python run.py", "python run.py --no-cache-dir"),
        ("pip install 'a  b'", "pip install --no-cache-dir 'a b'"),
        ("pip install x", "pip install --no-cache-dir --user x"),
        ('["sh", "-c", "pip install x && a"]', '["sh", "-c", "pip install --no-cache-dir x || a"]'),
        ("if pip install x", "if pip install --no-cache-dir x"),
    ],
)
def test_more_than_a_cache_flag_is_another_command(before: str, after: str) -> None:
    texts = (f"FROM python:3.12\nRUN {before}\n", f"FROM python:3.12\nRUN {after}\n")
    assert _aspects(*texts, Aspect.BUILD_CACHE) == {Aspect.COMMANDS}


def test_one_of_two_same_commands_may_get_its_flag() -> None:
    before = "FROM x\nRUN pip install a\nRUN b\nRUN pip install a\n"
    after = "FROM x\nRUN pip install a\nRUN b\nRUN pip install --no-cache-dir a\n"
    assert _aspects(before, after, Aspect.BUILD_CACHE) == set()


# USER declared


@pytest.mark.parametrize(
    "run",
    [
        "useradd app",
        "groupadd app && useradd -g app app",
        "mkdir -p /app/data && chown app:app /app/data",
        "adduser -D app",
    ],
)
def test_account_work_comes_with_a_user(run: str) -> None:
    before = "FROM debian:12\nRUN a\nCMD b\n"
    after = f"FROM debian:12\nRUN {run}\nRUN a\nUSER app\nCMD b\n"
    assert _aspects(before, after, Aspect.USER) == set()


@pytest.mark.parametrize("run", ["useradd app && curl x", "rm -rf /app", "chown app /etc", "chmod 777 /app"])
def test_other_work_does_not(run: str) -> None:
    before = "FROM debian:12\nRUN a\nCMD b\n"
    after = f"FROM debian:12\nRUN {run}\nRUN a\nUSER app\nCMD b\n"
    assert _aspects(before, after, Aspect.USER) == {Aspect.COMMANDS}


def test_command_may_not_go_for_a_user() -> None:
    assert _aspects("FROM x\nRUN a\nRUN useradd b\n", "FROM x\nRUN a\n", Aspect.USER) == {Aspect.COMMANDS}


# words


def test_difference_says_what_became_what() -> None:
    before = modelled(dedent('FROM x\nCMD ["a", "b"]\nEXPOSE 80\n'))
    after = modelled(dedent("FROM x\nCMD c\nENV A=1\n"))
    texts = {d.aspect: d.text for d in reversed(differences(before, after))}
    assert texts[Aspect.START_COMMAND] == "CMD a b became /bin/sh -c c"
    assert texts[Aspect.PORTS] == "80 became nothing"
    assert texts[Aspect.ENVIRONMENT] == "other variables are set"


def test_changed_command_is_quoted() -> None:
    before, after = modelled("FROM x\nRUN a\n"), modelled("FROM x\nRUN b   c\n")
    assert [d.text for d in differences(before, after)] == ["a RUN is new, gone or changed: b c"]
    assert [d.text for d in differences(before, modelled("FROM x\n"))] == ["a RUN is new, gone or changed: a"]


# other files of the context


def test_content_of_another_file_is_its_own_aspect() -> None:
    def aspects(path: str, *allowed: Aspect) -> set[Aspect]:
        before = modelled("FROM scratch\nCOPY . .\n", FILES)
        after = modelled("FROM scratch\nCOPY . .\n", {**FILES, path: "changed"})
        return {d.aspect for d in differences(before, after, frozenset(allowed), [path])}

    assert aspects("main.py") == {Aspect.PYTHON_SOURCE}
    assert aspects("main.py", Aspect.PYTHON_SOURCE) == set()
    assert aspects("requirements.txt") == {Aspect.FILES}


def test_new_file_is_another_context() -> None:
    text = "FROM scratch\nCOPY a.txt /\n"
    assert _aspects(text, text, files_after={**FILES, "new": ""}) == {Aspect.BUILD_CONTEXT}
    assert _aspects(text, text, Aspect.BUILD_CONTEXT, files_after={**FILES, "new": ""}) == set()


def test_emptying_npms_cache_is_a_matter_of_caches_alone() -> None:
    before = "FROM x\nRUN npm ci && npm run build\n"
    for text in ("npm ci && npm run build && npm cache clean --force", "npm ci && npm cache clean -f && npm run build"):
        assert _aspects(before, f"FROM x\nRUN {text}\n") == {Aspect.COMMANDS}
        assert _aspects(before, f"FROM x\nRUN {text}\n", Aspect.BUILD_CACHE) == set()


def test_what_would_hide_a_failure_is_no_mere_cleaning() -> None:
    before = "FROM x\nRUN npm ci\n"
    for text in ("npm ci; npm cache clean --force", "npm ci || npm cache clean --force", "npm ci && npm cache verify"):
        assert _aspects(before, f"FROM x\nRUN {text}\n", Aspect.BUILD_CACHE) == {Aspect.COMMANDS}


@pytest.mark.parametrize(
    ("before", "after"),
    [("ENV A x y", 'ENV A="x y"'), ("ENV A ${B:-1} z", 'ENV A="${B:-1} z"'), ("ENV A 'x'", "ENV A='x'")],
)
def test_environment_is_compared_by_what_it_means(before: str, after: str) -> None:
    assert not _aspects(f"FROM x\n{before}\n", f"FROM x\n{after}\n")


@pytest.mark.parametrize(
    ("before", "after"), [("ENV A $B c", "ENV A='$B c'"), ("ENV A ${B:-1}", "ENV A=${B:-2}"), ("ENV A $B", "ENV A=$C")]
)
def test_another_value_is_another_environment(before: str, after: str) -> None:
    assert _aspects(f"FROM x\n{before}\n", f"FROM x\n{after}\n") == {Aspect.ENVIRONMENT}
