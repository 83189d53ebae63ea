"""DF201 and DF202 with the package managers of other languages than Python and JavaScript."""

from __future__ import annotations

import json

import pytest
from ordering import Files, assert_becomes, findings

from dockerfix.rules.order.copy_before_install import CopyBeforeInstall
from dockerfix.rules.order.install_with_source import InstallWithSource

GO = {"go.mod": "module app\n\nrequire example.org/x v1.0.0\n", "go.sum": "", "main.go": ""}
RUBY = {"Gemfile": 'gem "rails"\n', "Gemfile.lock": "", ".ruby-version": "3.3.0\n", "config.ru": ""}
PHP = {"composer.json": json.dumps({"require": {"a/b": "^1"}}), "composer.lock": "{}", ".dockerignore": "vendor\n"}
LARAVEL = {
    **PHP,
    "composer.json": json.dumps({"require": {"a/b": "^1"}, "scripts": {"post-autoload-dump": ["@php artisan x"]}}),
    "artisan": "",
}
NET = {
    "App.sln": 'Project("{FAE0}") = "Api", "Api\\Api.csproj", "{A}"\nEndProject\n',
    "Api/Api.csproj": '<Project><ItemGroup><PackageReference Include="X" /></ItemGroup></Project>',
    "Directory.Build.props": "<Project />",
    "Api/Program.cs": "",
    ".dockerignore": "**/obj\n",
}
ELIXIR = {
    "mix.exs": 'defmodule App do\n  use Mix.Project\n  defp deps, do: [{:plug, "~> 1.0"}]\nend\n',
    "mix.lock": "%{}",
    "config/config.exs": "import Config\n",
    "lib/app.ex": "",
    ".dockerignore": "deps\n_build\n",
}
JAVA = {
    "pom.xml": "<project><dependencies><dependency/></dependencies></project>",
    "src/App.java": "",
    ".dockerignore": "target\n",
}
GRADLE = {"build.gradle": "dependencies { implementation 'a:b:1' }\n", "src/App.java": ""}


@pytest.mark.parametrize(
    ("image", "run", "manifests", "files"),
    [
        ("golang:1.22", "go mod download", "COPY go.mod go.sum ./", GO),
        ("ruby:3.3", "bundle install", "COPY Gemfile Gemfile.lock ./", RUBY),
        ("php:8.3", "composer install --no-dev", "COPY composer.json composer.lock ./", {**PHP, "index.php": ""}),
        (
            "mcr.microsoft.com/dotnet/sdk:8.0",
            "dotnet restore App.sln",
            "COPY App.sln Directory.Build.props ./\nCOPY Api/Api.csproj ./Api/",
            NET,
        ),
        ("elixir:1.17", "mix deps.get", "COPY mix.exs mix.lock ./", ELIXIR),
        (
            "elixir:1.17",
            "mix do deps.get, deps.compile",
            "COPY mix.exs mix.lock ./\nCOPY config/ ./config/",
            ELIXIR,
        ),
        ("maven:3.9", "mvn -B dependency:go-offline", "COPY pom.xml .", JAVA),
    ],
)
def test_manifests_come_first(image: str, run: str, manifests: str, files: Files) -> None:
    before = f"FROM {image}\nWORKDIR /app\nCOPY . .\nRUN {run}\n"
    after = f"FROM {image}\nWORKDIR /app\n{manifests}\nRUN {run}\nCOPY . .\n"
    assert_becomes(before, after, files)


@pytest.mark.parametrize(
    ("image", "run", "first", "files"),
    [
        ("golang:1.22", "go build -o /app .", "COPY go.mod go.sum ./\nRUN go mod download", GO),
        (
            "php:8.3",
            "composer install -o",
            "COPY composer.json composer.lock ./\nRUN composer install --no-scripts --no-autoloader -o",
            LARAVEL,
        ),
        (
            "mcr.microsoft.com/dotnet/sdk:8.0",
            "dotnet publish Api -c Release -o /out",
            "COPY Directory.Build.props .\nCOPY Api/Api.csproj ./Api/\nRUN dotnet restore Api",
            NET,
        ),
        (
            "elixir:1.17",
            "mix do deps.get, compile",
            "COPY mix.exs mix.lock ./\nRUN mix deps.get",
            ELIXIR,
        ),
        ("maven:3.9", "mvn -B package -DskipTests", "COPY pom.xml .\nRUN mvn -B dependency:go-offline", JAVA),
    ],
)
def test_what_builds_is_parted_by_a_download(image: str, run: str, first: str, files: Files) -> None:
    before = f"FROM {image}\nWORKDIR /app\nCOPY . .\nRUN {run}\n"
    after = f"FROM {image}\nWORKDIR /app\n{first}\nCOPY . .\nRUN {run}\n"
    assert_becomes(before, after, files)


def test_second_build_of_the_same_module_is_no_mistake() -> None:
    text = "FROM golang:1.22\nWORKDIR /app\nCOPY go.mod go.sum ./\nRUN go mod download\nCOPY . .\nRUN go build .\n"
    assert not findings(text, GO, CopyBeforeInstall)
    assert not findings(text, GO, InstallWithSource)


def test_gradle_is_for_a_person_to_decide() -> None:
    text = "FROM gradle:8\nWORKDIR /app\nCOPY . .\nRUN gradle build\n"
    (finding,) = findings(text, GRADLE, InstallWithSource)
    assert finding.fix is not None
    assert finding.fix.applicability.name == "SUGGESTION"
    assert "cache mount" in finding.fix.because


def test_gem_of_the_project_is_told_as_the_reason() -> None:
    files = {**RUBY, "Gemfile": "gemspec\n", "app.gemspec": ""}
    (finding,) = findings("FROM ruby:3.3\nWORKDIR /app\nCOPY . .\nRUN bundle install\n", files, CopyBeforeInstall)
    assert finding.fix is None
    assert "gemspec" in (finding.because or "")
