"""What `mix deps.get` and `mix deps.compile` read."""

from __future__ import annotations

import pytest
from modelled import Files, modelled

from dockerfix.plans.order import Install, installs

MIX = """
defmodule App.MixProject do
  use Mix.Project

  def project do
    [app: :app, version: "0.1.0", elixirc_paths: elixirc_paths(Mix.env()), deps: deps()]
  end

  # see File.read!("nothing")
  defp elixirc_paths(:test), do: ["lib", "test/support"]
  defp elixirc_paths(_), do: ["lib"]

  defp deps do
    [
      {:phoenix, "~> 1.7"},
      {:heroicons, github: "tailwindlabs/heroicons", sparse: "optimized", app: false}
    ]
  end
end
"""
APP = {"mix.exs": MIX, "mix.lock": "%{}", "config/config.exs": "import Config\n", "lib/app.ex": ""}
EXTRA = MIX.replace("# see", "@extra {}\n  # see")


def _installs(run: str, files: Files) -> list[Install]:
    text = f"FROM elixir:1.17\nWORKDIR /app\nCOPY . .\nRUN {run}\n"
    model = modelled(text, files)
    return list(installs(model.dockerfile, model.context).get(len(model.dockerfile.instructions) - 1, ()))


def _install(run: str = "mix deps.get", files: Files = APP) -> Install:
    (install,) = _installs(run, files)
    return install


def _reads(run: str = "mix deps.get", files: Files = APP) -> set[str]:
    install = _install(run, files)
    assert install.problem is None
    return set(install.reads.values())


@pytest.mark.parametrize("run", ["mix deps.get --only prod", "mix do local.hex --force, deps.get", "mix deps.get"])
def test_manifest_and_lock_are_enough_to_get_dependencies(run: str) -> None:
    assert _reads(run) == {"mix.exs", "mix.lock"}


@pytest.mark.parametrize("run", ["mix deps.compile", "mix do deps.get, deps.compile", "mix do deps.get + deps.compile"])
def test_dependencies_are_compiled_with_the_configuration(run: str) -> None:
    install = _install(run)
    assert install.folders == ("config",)
    assert set(install.reads.values()) == {"mix.exs", "mix.lock", "config/config.exs"}


def test_dependencies_and_what_is_compiled_fill_folders_of_the_project() -> None:
    assert _install().fills == ("/app/deps", "/app/_build")


def test_file_that_the_manifest_reads_comes_along() -> None:
    files = {**APP, "mix.exs": MIX.replace('"0.1.0"', 'String.trim(File.read!("VERSION"))'), "VERSION": "1\n"}
    assert "VERSION" in _reads(files=files)


def test_every_project_of_an_umbrella_is_read() -> None:
    root = 'defmodule All.MixProject do\n  use Mix.Project\n  def project, do: [apps_path: "apps", deps: []]\nend\n'
    manifests = {"mix.exs": root, "mix.lock": "", "apps/web/mix.exs": MIX, "apps/core/mix.exs": MIX}
    assert _reads(files={**manifests, "apps/web/lib/a.ex": ""}) == set(manifests)


def test_project_without_dependencies_gets_none() -> None:
    assert not _installs("mix deps.get", {"mix.exs": "defmodule A do\n  use Mix.Project\nend\n", "lib/a.ex": ""})


def test_tasks_that_need_the_source_are_parted_from_those_before() -> None:
    install = _install("mix do deps.get --only prod, deps.compile, compile")
    assert install.problem is not None
    assert install.split is not None
    assert install.split.instead == "mix do deps.get --only prod, deps.compile"


@pytest.mark.parametrize(
    "entry",
    ['{:core, path: "../core"}', '{:core, [path: "core", override: true]}'],
)
def test_dependency_in_the_project_is_left_alone(entry: str) -> None:
    assert _install(files={**APP, "mix.exs": EXTRA.replace("{}", entry)}).problem is not None


@pytest.mark.parametrize(
    "code",
    [
        'Code.require_file("lib/version.ex")',
        'System.cmd("git", ["describe"])',
        'File.read!(Path.join(__DIR__, "x"))',
        ':os.cmd(~c"ls")',
        "Other.Module.load()",
        'apply(File, :read!, ["x"])',
        '"v#{File.ls!()}"',
    ],
)
def test_manifest_that_may_read_the_source_is_left_alone(code: str) -> None:
    assert _install(files={**APP, "mix.exs": EXTRA.replace("{}", code)}).problem is not None


@pytest.mark.parametrize("code", ['System.get_env("X", "y")', "Mix.env() == :prod", "Enum.map([1], &(&1 + 1))"])
def test_manifest_that_looks_at_no_file_is_certain(code: str) -> None:
    assert _reads(files={**APP, "mix.exs": EXTRA.replace("{}", code)}) == {"mix.exs", "mix.lock"}


def test_configuration_that_may_read_the_source_matters_only_when_compiling() -> None:
    files = {**APP, "config/config.exs": "import Config\nconfig :app, key: File.read!(path)\n"}
    assert _install("mix deps.get", files).problem is None
    assert _install("mix deps.compile", files).problem is not None


def test_configuration_at_run_time_may_read_what_it_likes() -> None:
    files = {**APP, "config/runtime.exs": "import Config\nFile.read!(path)\n"}
    assert _install("mix deps.compile", files).problem is None


def test_alias_of_the_task_is_left_alone() -> None:
    assert _install(files={**APP, "mix.exs": EXTRA.replace("{}", '["deps.get": ["x"]]')}).problem is not None


@pytest.mark.parametrize("run", ["mix local.hex --force", "mix do local.hex --force, local.rebar --force"])
def test_tools_for_all_read_nothing_of_the_project(run: str) -> None:
    assert _reads(run) == set()


def test_update_writes_the_lock_file() -> None:
    assert _install("mix deps.update --all").makes == ("/app/mix.lock",)
