"""Reading BuildKit's plain progress output."""

import pytest
from build_log import BuildResult, Step, read_steps

LOG = """\
#3 [internal] load metadata for docker.io/library/python:3.12-slim
#3 DONE 0.0s

#4 [builder 1/3] FROM docker.io/library/python:3.12-slim
#4 DONE 0.0s

#8 [builder 2/3] RUN python -m venv /opt/venv
#8 CACHED

#9 [builder 3/3] RUN pip install     --requirement requirements.txt
#9 sha256:f4e90959a2d0d5d64e350e4fdb3002dd9a21bd86c28c6f0e742531ba787d2c87
#9 0.304 Collecting fastapi (from -r requirements.txt (line 1))
#9 1.609 #10 DONE is what a program inside may print
#9 DONE 1.8s

#10 [stage-1  2/11] COPY . .
#10 ERROR: "/requirements.txt" not found: not found
"""


def test_steps_carry_stage_number_and_fate() -> None:
    assert read_steps(LOG) == (
        Step("builder", 1, "FROM docker.io/library/python:3.12-slim", "ran"),
        Step("builder", 2, "RUN python -m venv /opt/venv", "cached"),
        Step("builder", 3, "RUN pip install     --requirement requirements.txt", "ran"),
        Step("stage-1", 2, "COPY . .", "failed"),
    )


def test_a_file_of_one_stage_has_no_stage_names() -> None:
    assert read_steps("#5 [ 2/10] WORKDIR /app\n#5 CACHED\n") == (Step("", 2, "WORKDIR /app", "cached"),)


def test_a_step_without_an_end_is_unfinished() -> None:
    assert [step.status for step in read_steps("#7 [3/5] RUN sleep 100\n#7 0.3 zzz\n")] == ["unfinished"]


def test_a_step_printed_twice_counts_once() -> None:
    log = "#7 [3/5] RUN make\n#7 0.3 a\n#8 [4/5] COPY . .\n#8 CACHED\n#7 [3/5] RUN make\n#7 DONE 2.0s\n"
    assert [(step.number, step.status) for step in read_steps(log)] == [(3, "ran"), (4, "cached")]


def test_words_that_fit_two_steps_name_neither() -> None:
    with pytest.raises(LookupError, match="2 steps hold 'RUN'"):
        BuildResult("tag", LOG, read_steps(LOG)).step("RUN")


def test_a_base_image_is_no_executed_step() -> None:
    assert [step.instruction[:15] for step in BuildResult("tag", LOG, read_steps(LOG)).executed] == ["RUN pip install"]
