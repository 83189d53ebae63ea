"""What `go mod download` and the commands that compile a module read."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from modelled import Files, modelled

from dockerfix.plans.order import Install, installs

MOD = "module example.org/app\n\ngo 1.22\n\nrequire (\n\tgithub.com/gin-gonic/gin v1.9.1 // web\n)\n"
APP = {"go.mod": MOD, "go.sum": "", "main.go": ""}
SUMS = {"/src/go.mod": "go.mod", "/src/go.sum": "go.sum"}


def _installs(run: str, files: Files, settings: str = "") -> list[Install]:
    text = f"FROM golang:1.22\nWORKDIR /src\n{settings}COPY . .\nRUN {run}\n"
    model = modelled(text, files)
    return list(installs(model.dockerfile, model.context).get(len(model.dockerfile.instructions) - 1, ()))


def _install(run: str, files: Files = APP) -> Install:
    (install,) = _installs(run, files)
    return install


def _reads(install: Install) -> Mapping[str, str]:
    assert install.problem is None
    return install.reads


def test_download_reads_the_manifest_and_the_checksums() -> None:
    assert _reads(_install("go mod download")) == SUMS


def test_download_of_a_folder_above_its_working_directory() -> None:
    files = {f"api/{name}": text for name, text in APP.items()}
    assert set(_reads(_install("cd api && go mod download", files)).values()) == {"api/go.mod", "api/go.sum"}


@pytest.mark.parametrize("run", ["go build -o /bin/app ./cmd/app", "go install ./...", "go mod tidy", "go test ./..."])
def test_command_that_reads_the_source_is_parted_by_a_download(run: str) -> None:
    install = _install(run)
    assert install.problem is not None
    assert install.split is not None
    assert (install.split.instead, install.split.reads) == ("go mod download", SUMS)


def test_folder_of_the_module_is_told_to_the_download() -> None:
    files = {f"api/{name}": text for name, text in APP.items()}
    split = _install("go build -C api -o /bin/app .", files).split
    assert split is not None
    assert (split.instead, set(split.reads.values())) == ("go -C api mod download", {"api/go.mod", "api/go.sum"})


def test_module_that_requires_nothing_downloads_nothing() -> None:
    assert not _installs("go build .", {**APP, "go.mod": "module example.org/app\n"})


def test_download_is_worth_its_place_before_anything_is_required() -> None:
    files = {**APP, "go.mod": "module example.org/app\n"}
    assert _reads(_install("go mod download", files)) == SUMS


def test_module_that_requires_only_a_folder_of_the_project_downloads_nothing() -> None:
    manifest = "module example.org/app\nrequire example.org/lib v0.0.0\nreplace example.org/lib => ./lib\n"
    assert not _installs("go build .", {**APP, "go.mod": manifest, "lib/go.mod": "module example.org/lib\n"})


def test_vendored_modules_are_part_of_the_source() -> None:
    assert not _installs("go build .", {**APP, "vendor/modules.txt": ""})


def test_cache_mount_keeps_what_a_build_downloads() -> None:
    assert not _installs("--mount=type=cache,target=/go/pkg/mod go build .", APP)


def test_cache_of_compiled_packages_alone_keeps_no_download() -> None:
    assert _installs("--mount=type=cache,target=/root/.cache/go-build go build .", APP)


def test_build_without_checksums_is_not_parted() -> None:
    install = _install("go build .", {"go.mod": MOD, "main.go": ""})
    assert install.problem is not None
    assert install.split is None


def test_replacement_by_a_folder_needs_its_manifest_too() -> None:
    files = {**APP, "go.mod": MOD + "replace example.org/lib => ./lib\n", "lib/go.mod": "module example.org/lib\n"}
    assert set(_reads(_install("go mod download", files)).values()) == {"go.mod", "go.sum", "lib/go.mod"}


def test_replacement_by_a_version_needs_nothing() -> None:
    files = {**APP, "go.mod": MOD + "replace (\n\texample.org/a => example.org/b v1.2.3\n)\n"}
    assert _reads(_install("go mod download", files)) == SUMS


def test_replacement_outside_the_copied_files_is_a_problem() -> None:
    files = {**APP, "go.mod": MOD + "replace example.org/lib => ../lib\n"}
    assert _install("go mod download", files).problem is not None


def test_workspace_reads_every_module() -> None:
    files = {
        "go.work": "go 1.22\n\nuse (\n\t./api\n\t./lib\n)\n",
        "go.work.sum": "",
        **{f"{folder}/{name}": text for folder in ("api", "lib") for name, text in APP.items()},
    }
    names = {"go.work", "go.work.sum", "api/go.mod", "api/go.sum", "lib/go.mod", "lib/go.sum"}
    assert set(_reads(_install("cd api && go mod download", files)).values()) == names


def test_workspace_that_is_switched_off_counts_for_nothing() -> None:
    files = {"go.work": "use ./other\n", **APP}
    assert _reads(_install("GOWORK=off go mod download", files)) == SUMS


def test_module_of_a_workspace_that_was_not_copied_is_a_problem() -> None:
    assert _install("go mod download", {"go.work": "use .\nuse ./other\n", **APP}).problem is not None


def test_added_requirement_changes_what_the_source_brings() -> None:
    assert set(_install("go get example.org/x@v1").makes) == {"/src/go.mod", "/src/go.sum"}


def test_tool_with_a_version_reads_nothing_of_the_module() -> None:
    assert not _install("go install example.org/tool@latest").reads
