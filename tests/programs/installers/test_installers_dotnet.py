"""What `dotnet restore` and the commands that restore on the way read."""

from __future__ import annotations

import pytest
from modelled import Files, modelled

from dockerfix.plans.order import Install, installs

PROJECT = '<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup>{}</ItemGroup></Project>'
PACKAGE = '<PackageReference Include="Serilog" Version="4.0.0" />'
REFERENCE = r'<ProjectReference Include="..\Core\Core.csproj" />'
ONE = {"App.csproj": PROJECT.format(PACKAGE), "Program.cs": ""}
TWO = {
    "Api/Api.csproj": PROJECT.format(PACKAGE + REFERENCE),
    "Api/Program.cs": "",
    "Core/Core.csproj": PROJECT.format(""),
}
SOLUTION = r"""Microsoft Visual Studio Solution File, Format Version 12.00
Project("{FAE04EC0-301F-11D3-BF4B-00C04F79EFBC}") = "Api", "Api\Api.csproj", "{A}"
EndProject
Project("{2150E333-8FDC-42A3-9474-1A3956D46DE8}") = "docs", "docs", "{B}"
EndProject
Project("{FAE04EC0-301F-11D3-BF4B-00C04F79EFBC}") = "Core", "Core\Core.csproj", "{C}"
EndProject
"""


def _installs(run: str, files: Files) -> list[Install]:
    text = f"FROM mcr.microsoft.com/dotnet/sdk:8.0\nWORKDIR /src\nCOPY . .\nRUN {run}\n"
    model = modelled(text, files)
    return list(installs(model.dockerfile, model.context).get(len(model.dockerfile.instructions) - 1, ()))


def _install(run: str = "dotnet restore", files: Files = ONE) -> Install:
    (install,) = _installs(run, files)
    return install


def _reads(files: Files, run: str = "dotnet restore") -> set[str]:
    install = _install(run, files)
    assert install.problem is None
    return set(install.reads.values())


def _problem(files: Files, run: str = "dotnet restore") -> str:
    install = _install(run, files)
    assert install.problem is not None
    assert install.split is None
    return install.problem


def test_only_project_of_the_folder_is_read() -> None:
    install = _install()
    assert (dict(install.reads), install.problem) == ({"/src/App.csproj": "App.csproj"}, None)


def test_answers_are_kept_in_the_folder_obj() -> None:
    assert _install("dotnet restore Api/Api.csproj", TWO).fills == ("/src/Api/obj", "/src/Core/obj")


@pytest.mark.parametrize("run", ["dotnet restore Api/Api.csproj", "dotnet restore ./Api", "cd Api && dotnet restore"])
def test_projects_that_a_project_refers_to_are_read(run: str) -> None:
    assert _reads(TWO, run) == {"Api/Api.csproj", "Core/Core.csproj"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("App.sln", SOLUTION),
        ("App.slnx", '<Solution><Project Path="Api/Api.csproj" /><Project Path="Core/Core.csproj" /></Solution>'),
    ],
)
def test_every_project_of_a_solution_is_read(name: str, text: str) -> None:
    assert _reads({**TWO, name: text}) == {name, "Api/Api.csproj", "Core/Core.csproj"}


@pytest.mark.parametrize(
    "name",
    [
        "Directory.Build.props",
        "Directory.Build.targets",
        "Directory.Packages.props",
        "nuget.config",
        "global.json",
        "Api/packages.lock.json",
    ],
)
def test_file_that_is_taken_in_without_being_named_is_read(name: str) -> None:
    assert name in _reads({**TWO, name: "<Project />"}, "dotnet restore Api/Api.csproj")


def test_file_that_a_project_imports_is_read() -> None:
    files = {**ONE, "App.csproj": PROJECT.format(PACKAGE).replace("<Item", r'<Import Project="eng\all.props" /><Item')}
    assert "eng/all.props" in _reads({**files, "eng/all.props": "<Project />"})


def test_properties_of_a_folder_may_take_in_those_above() -> None:
    above = "$([MSBuild]::GetPathOfFileAbove('Directory.Build.props', '$(MSBuildThisFileDirectory)../'))"
    files = {**TWO, "Api/Directory.Build.props": f'<Project><Import Project="{above}" /></Project>'}
    assert "Directory.Build.props" in _reads({**files, "Directory.Build.props": "<Project />"}, "dotnet restore Api")


def test_tools_of_the_project_are_read_from_their_list() -> None:
    assert _reads({**ONE, ".config/dotnet-tools.json": "{}"}, "dotnet tool restore") == {".config/dotnet-tools.json"}


@pytest.mark.parametrize(
    ("run", "instead"),
    [
        ("dotnet publish -c Release -o /app", "dotnet restore"),
        ("dotnet publish Api/Api.csproj -c Release -r linux-x64", "dotnet restore Api/Api.csproj -r linux-x64"),
        ('dotnet build "Api/Api.csproj" /p:Slim=true', 'dotnet restore "Api/Api.csproj" /p:Slim=true'),
        ("dotnet test Api -r results", "dotnet restore Api"),
    ],
)
def test_command_that_builds_is_parted_by_a_restore(run: str, instead: str) -> None:
    files = {**TWO, "App.sln": SOLUTION}
    install = _install(run, files)
    assert install.problem is not None
    assert install.split is not None
    assert install.split.instead == instead
    assert {"Api/Api.csproj", "Core/Core.csproj"} <= set(install.split.reads.values())


@pytest.mark.parametrize("run", ["dotnet publish --no-restore", "dotnet test --no-build", "dotnet --info"])
def test_command_that_restores_nothing(run: str) -> None:
    assert not _installs(run, ONE)


def test_project_without_packages_has_nothing_to_restore() -> None:
    assert not _installs("dotnet publish -c Release", {"App.csproj": PROJECT.format(""), "Program.cs": ""})


def test_cache_mount_keeps_the_packages() -> None:
    assert not _installs("--mount=type=cache,target=/root/.nuget/packages dotnet publish", ONE)


def test_two_projects_in_the_folder_are_uncertain() -> None:
    assert "not certain" in _problem({**ONE, "Tests.csproj": PROJECT.format("")})


def test_reference_to_what_was_not_copied_is_left_alone() -> None:
    assert "Core.csproj" in _problem({"Api.csproj": PROJECT.format(PACKAGE + REFERENCE)})


@pytest.mark.parametrize(
    "item",
    [
        r'<ProjectReference Include="..\**\*.csproj" />',
        '<Import Project="$(SolutionDir)all.props" />',
        '<Target Name="X" BeforeTargets="Restore" />',
        "<RestoreSources>local</RestoreSources>",
        "<V>$([System.IO.File]::ReadAllText('VERSION'))</V>",
    ],
)
def test_project_that_may_read_the_source_is_left_alone(item: str) -> None:
    _problem({**ONE, "App.csproj": PROJECT.format(PACKAGE + item)})


def test_packages_in_a_folder_of_the_project_are_left_alone() -> None:
    config = '<configuration><packageSources><add key="own" value="./packages" /></packageSources></configuration>'
    assert "./packages" in _problem({**ONE, "nuget.config": config})


def test_settings_that_are_named_but_not_there_may_be_there_at_build_time() -> None:
    assert "nuget.config" in _problem(ONE, "dotnet restore --configfile nuget.config")


def test_folder_of_packages_that_is_named_is_left_alone() -> None:
    assert "folder" in _problem(ONE, "dotnet restore --source ./packages")


def test_entities_are_not_expanded() -> None:
    text = '<!DOCTYPE x [<!ENTITY a "b">]>' + PROJECT.format(PACKAGE)
    assert "cannot be read" in _problem({**ONE, "App.csproj": text})
