"""Stages: where ARG and ENV reach, what WORKDIR, USER, SHELL and metadata leave, what a stage takes from another."""

from __future__ import annotations

import pytest
from modelled import final, modelled

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _env(text: str) -> dict[str, str | None]:
    return {name: value for name, value in final(text).final.env.items() if name != "PATH"}


# ARG and ENV


def test_variables_of_one_env_see_those_before_it() -> None:
    assert _env("FROM scratch\nENV A=1\nENV A=2 B=$A\n") == {"A": "2", "B": "1"}


def test_env_with_a_space_takes_the_rest_of_the_line() -> None:
    assert _env("FROM scratch\nENV A b c=d\n") == {"A": "b c=d"}


def test_scratch_has_the_path_that_buildkit_sets() -> None:
    assert final("FROM scratch\nENV X=/x:$PATH\n").final.env == {"PATH": PATH, "X": f"/x:{PATH}"}


def test_variable_of_an_unknown_base_is_unknown() -> None:
    assert _env("FROM registry.corp/base\nENV X=$HOME Y=${HOME:-/root}\n") == {"X": None, "Y": None}


def test_global_arg_reaches_a_stage_that_names_it() -> None:
    text = "ARG A=1\nARG B=$A.2\nFROM scratch\nENV X=$A.\nARG A B\nENV Y=$A-$B\n"
    assert _env(text) == {"X": ".", "Y": "1-1.2"}


def test_own_default_comes_before_the_global_one() -> None:
    assert _env("ARG A=1\nFROM scratch\nARG A=2\nENV X=$A\n")["X"] == "2"


def test_arg_without_any_value_is_unknown() -> None:
    assert _env("FROM scratch\nARG A\nENV X=$A\n")["X"] is None
    assert _env("ARG A\nFROM scratch\nARG A\nENV X=${A:-x}\n")["X"] is None


def test_arg_named_again_keeps_its_value() -> None:
    assert _env("FROM scratch\nARG A=1\nARG A\nENV X=$A\n")["X"] == "1"


def test_arg_reaches_a_stage_built_on_its_stage() -> None:
    assert _env("FROM scratch AS a\nARG A=1\nFROM a\nENV X=$A\n")["X"] == "1"


def test_arg_does_not_reach_another_stage() -> None:
    assert _env("FROM scratch AS a\nARG A=1\nFROM scratch\nENV X=$A.\n")["X"] == "."


def test_env_wins_over_an_arg_above_it() -> None:
    assert _env("FROM scratch\nARG A=arg\nENV A=env\nENV X=$A\n")["X"] == "env"


def test_docker_and_its_reference_disagree_about_an_arg_below_an_env() -> None:
    assert _env("FROM scratch\nENV A=env\nARG A=arg\nENV X=$A\n")["X"] is None


@pytest.mark.parametrize("name", ["TARGETARCH", "TARGETPLATFORM", "BUILDOS"])
def test_platform_of_the_build_is_unknown(name: str) -> None:
    assert _env(f"FROM scratch\nARG {name}\nENV X=${name}\n")["X"] is None


def test_value_made_of_an_arg_varies_until_env_sets_it_anew() -> None:
    stage = final("FROM scratch\nARG V=1\nENV A=$V B=b\nENV A=2 C=$A\n")
    assert stage.steps[1].after.varying == {"V", "A"}
    assert stage.final.varying == {"V", "C"}


# FROM


def test_arg_supplies_the_base_image() -> None:
    stage = final("ARG PYTHON=3.12\nFROM python:${PYTHON}-slim\n")
    assert str(stage.reference) == "python:3.12-slim"
    assert stage.facts is not None
    assert stage.facts.family == "python"


def test_base_image_from_an_arg_without_value_is_unknown() -> None:
    stage = final("ARG BASE\nFROM $BASE\nWORKDIR x\n")
    assert (stage.reference, stage.facts, stage.final.user, stage.final.workdir) == (None, None, None, None)


def test_stage_name_hides_an_image_of_that_name() -> None:
    model = modelled("FROM debian:12 AS python\nUSER app\nFROM python\n")
    assert model.stages[1].base is model.stages[0]
    assert model.stages[1].final.user == "app"


def test_stage_of_that_name_further_below_does_not() -> None:
    model = modelled("FROM python\nFROM debian:12 AS python\n")
    assert model.stages[0].base is None
    assert str(model.stages[0].reference) == "python"


def test_stage_names_are_compared_in_lower_case() -> None:
    model = modelled("FROM debian:12 AS Build\nFROM bUILD\nCOPY --from=BUILD /x /x\n")
    assert model.stages[1].base is model.stages[0]
    transfer = model.stages[1].steps[0].transfer
    assert transfer is not None
    assert [(s.kind, s.origin) for s in transfer.sources] == [("stage", "build")]


def test_later_of_two_stages_of_one_name_counts() -> None:
    model = modelled("FROM scratch AS a\nUSER one\nFROM scratch AS a\nUSER two\nFROM a\n")
    assert model.stages[2].final.user == "two"


def test_from_a_number_is_no_stage() -> None:
    assert modelled("FROM scratch\nFROM 0\n").stages[1].base is None


# what a stage takes from the one it starts from


def test_stage_goes_on_where_its_base_ended() -> None:
    stage = final(
        """
        FROM scratch AS a
        WORKDIR /app
        USER app
        SHELL ["/bin/bash", "-c"]
        ENV A=1
        EXPOSE 80
        VOLUME /data
        LABEL a=1
        HEALTHCHECK CMD x
        STOPSIGNAL 9
        CMD ["c"]
        FROM a
        WORKDIR src
        EXPOSE 81
        """
    )
    state = stage.final
    assert (state.workdir, state.user, state.shell, state.env["A"]) == ("/app/src", "app", ("/bin/bash", "-c"), "1")
    assert (stage.ports, stage.volumes, stage.labels) == (("80", "81"), ("/data",), {"a": "1"})
    assert (stage.healthcheck, stage.stop_signal, stage.start.cmd) == (("CMD", "x"), "9", ("c",))


def test_onbuild_of_a_stage_runs_in_the_stage_built_on_it() -> None:
    model = modelled("FROM scratch AS a\nONBUILD COPY x /x/\nONBUILD USER 5\nFROM a\nRUN y\nFROM a\n")
    base, child, _ = model.stages
    assert base.triggers == ("COPY x /x/", "USER 5")
    assert base.final.user == ""
    assert [step.instruction.kind for step in child.triggered] == ["COPY", "USER"]
    assert [step.instruction.kind for step in child.all_steps] == ["ONBUILD", "ONBUILD", "COPY", "USER", "RUN"]
    assert (child.final.user, child.triggers) == ("5", ())


def test_onbuild_is_spent_after_one_stage() -> None:
    model = modelled("FROM scratch AS a\nONBUILD USER 5\nFROM a AS b\nUSER 6\nFROM b\n")
    assert model.stages[2].triggered == ()
    assert model.stages[2].final.user == "6"


# WORKDIR, USER, SHELL


@pytest.mark.parametrize(
    ("lines", "folder"),
    [
        ("WORKDIR /app", "/app"),
        ("WORKDIR /app\nWORKDIR src", "/app/src"),
        ("WORKDIR /app\nWORKDIR ../x/", "/x"),
        ("WORKDIR //app/./y/..", "/app"),
        ('WORKDIR "/a b"', "/a b"),
        ("ENV H=/home\nWORKDIR $H/app", "/home/app"),
        ("ARG H=/home\nWORKDIR ${H}", "/home"),
        ("WORKDIR /app\nWORKDIR $NONE", "/app"),
        ("ARG H\nWORKDIR $H/app", None),
        ("ARG H\nWORKDIR $H/app\nWORKDIR x", None),
        ("ARG H\nWORKDIR $H/app\nWORKDIR /x", "/x"),
    ],
)
def test_working_directory(lines: str, folder: str | None) -> None:
    assert final(f"FROM scratch\n{lines}\n").final.workdir == folder


def test_relative_working_directory_of_an_unknown_base_is_unknown() -> None:
    assert final("FROM registry.corp/base\nWORKDIR app\n").final.workdir is None


def test_windows_path_is_unknown() -> None:
    text = "# escape=`\nFROM mcr.microsoft.com/windows/servercore:ltsc2022\nWORKDIR C:\\app\nCOPY a.txt b\\\n"
    stage = final(text)
    assert stage.final.workdir is None
    assert stage.steps[-1].transfer is not None
    assert stage.steps[-1].transfer.destination is None
    assert not stage.final.is_posix


@pytest.mark.parametrize(
    ("lines", "user"),
    [
        ("USER app", "app"),
        ("ENV U=1000\nUSER $U:$U", "1000:1000"),
        ("ARG U=app\nUSER ${U}", "app"),
        ("ARG U\nUSER $U", None),
        ("USER app\nUSER root", "root"),
    ],
)
def test_user(lines: str, user: str | None) -> None:
    assert final(f"FROM scratch\n{lines}\n").final.user == user


def test_user_of_an_unknown_base_is_unknown() -> None:
    assert final("FROM registry.corp/base\n").final.is_root is None


def test_user_of_a_known_base() -> None:
    assert final("FROM python:3.12-slim\n").final.is_root is True


def test_shell_holds_from_where_it_stands() -> None:
    stage = final('FROM scratch\nRUN a\nSHELL ["powershell", "-Command"]\nRUN b\n')
    assert [step.before.is_posix for step in stage.steps if step.instruction.kind == "RUN"] == [True, False]
    assert [step.commands is None for step in stage.steps if step.instruction.kind == "RUN"] == [False, True]


# metadata


def test_variable_in_expose_may_hold_several_ports() -> None:
    stage = final("FROM scratch\nENV P='80 443' Q=90\nEXPOSE $P $Q/udp ${NONE}\n")
    assert stage.ports == ("80", "443", "90/udp")


def test_unknown_port_stands_as_written() -> None:
    assert final("FROM scratch\nARG PORT\nEXPOSE $PORT 80\n").ports == ("$PORT", "80")


def test_volumes_labels_and_stop_signal_are_expanded() -> None:
    stage = final('FROM scratch\nENV Q=90\nVOLUME ["/v$Q", "/w"]\nLABEL a$Q="x $Q" b=\'$Q\'\nSTOPSIGNAL ${S:-9}\n')
    assert stage.volumes == ("/v90", "/w")
    assert stage.labels == {"a90": "x 90", "b": "$Q"}
    assert stage.stop_signal == "9"


def test_health_check_none_is_told_from_no_health_check() -> None:
    assert final("FROM scratch\n").healthcheck is None
    assert final("FROM scratch\nHEALTHCHECK NONE\n").healthcheck == ("NONE",)
    check = final("FROM scratch\nHEALTHCHECK --interval=5s CMD curl -f localhost\n").healthcheck
    assert check == ("--interval=5s", "CMD", "curl -f localhost")


# which stages count


def test_needed_stages_follow_bases_copies_and_mounts() -> None:
    model = modelled(
        """
        FROM scratch AS base
        FROM base AS one
        FROM scratch AS unused
        COPY --from=one /x /x
        FROM scratch
        FROM scratch AS tools
        FROM scratch
        COPY --from=3 /y /y
        RUN --mount=type=bind,from=TOOLS,target=/t x
        COPY --from=one /z /z
        """
    )
    assert model.needed_stages == {0, 1, 3, 4, 5}


def test_steps_are_found_by_their_instruction() -> None:
    model = modelled("ARG A\nFROM scratch AS a\nUSER x\nFROM scratch\nUSER y\n")
    users = [model.step(i) for i in model.dockerfile.instructions if i.kind == "USER"]
    assert [step.after.user for step in users if step is not None] == ["x", "y"]
    assert model.step(model.dockerfile.instructions[0]) is None
    assert model.stage_of(model.dockerfile.instructions[0]) is None


def test_file_without_from_has_no_final_stage() -> None:
    assert modelled("ARG A=1\n").final is None


def test_long_chain_of_stages() -> None:
    text = "FROM scratch AS s0\nUSER app\n" + "".join(f"FROM s{n} AS s{n + 1}\n" for n in range(3000))
    stage = final(text + "RUN x\n")
    assert stage.final.user == "app"
    assert [step.instruction.kind for step in stage.all_steps] == ["USER", "RUN"]
