"""What `bundle install` reads."""

from __future__ import annotations

import pytest
from modelled import Files, modelled

from dockerfix.plans.order import Install, installs

GEMFILE = 'source "https://rubygems.org"\ngem "rails", "~> 8.0"\n'
APP = {"Gemfile": GEMFILE, "Gemfile.lock": "GEM\n  specs:\n", "app/models/user.rb": "", ".ruby-version": "3.3.0\n"}


def _install(run: str = "bundle install", files: Files = APP, above: str = "") -> Install:
    text = f"FROM ruby:3.3\nWORKDIR /app\n{above}COPY . .\nRUN {run}\n"
    model = modelled(text, files)
    (install,) = installs(model.dockerfile, model.context)[len(model.dockerfile.instructions) - 1]
    return install


def _reads(files: Files = APP, run: str = "bundle install") -> set[str]:
    install = _install(run, files)
    assert install.problem is None
    return set(install.reads.values())


@pytest.mark.parametrize("run", ["bundle install --jobs 4", "bundle", "bundler install", "cd app && bundle install"])
def test_gemfile_and_lock_are_read(run: str) -> None:
    assert _reads(run=run) == {"Gemfile", "Gemfile.lock"}


@pytest.mark.parametrize(
    "line",
    [
        'ruby file: ".ruby-version"',
        "ruby File.read('.ruby-version').strip",
        "ruby File.read(File.expand_path('../.ruby-version', __FILE__)).chomp",
        "ruby File.read(File.join(__dir__, '.ruby-version'))",
    ],
)
def test_file_that_the_gemfile_reads_comes_along(line: str) -> None:
    assert ".ruby-version" in _reads({**APP, "Gemfile": f"{line}\n{GEMFILE}"})


def test_version_file_that_the_gemfile_does_not_name_is_not_read() -> None:
    assert ".ruby-version" not in _reads()


def test_gemfile_that_is_taken_in_is_read() -> None:
    files = {**APP, "Gemfile": f"{GEMFILE}eval_gemfile 'gems/tools.rb'\n", "gems/tools.rb": 'gem "rake"\n'}
    assert "gems/tools.rb" in _reads(files)


def test_gemfile_of_another_name() -> None:
    files = {**APP, "gemfiles/ci.gemfile": GEMFILE, "gemfiles/ci.gemfile.lock": ""}
    names = {"gemfiles/ci.gemfile", "gemfiles/ci.gemfile.lock"}
    assert _reads(files, "BUNDLE_GEMFILE=gemfiles/ci.gemfile bundle install") == names


def test_settings_of_the_project_are_read() -> None:
    assert ".bundle/config" in _reads({**APP, ".bundle/config": "---\n"})


def test_gems_that_the_project_brings_along_are_taken_whole() -> None:
    install = _install(files={**APP, "vendor/cache/rails-8.0.0.gem": ""})
    assert install.folders == ("vendor/cache",)
    assert "vendor/cache/rails-8.0.0.gem" in install.reads.values()


@pytest.mark.parametrize(
    "line",
    [
        "gemspec",
        'gem "billing", path: "engines/billing"',
        'gem "billing",\n  :path => "engines/billing"',
        'path "engines" do\n  gem "billing"\nend',
        'Dir.glob("engines/*").each { |one| gem one }',
        "version = `git describe`",
        "require_relative 'lib/version'",
        'eval(File.read("other"))',
        'ruby "#{open_version}"',
    ],
)
def test_gemfile_that_may_read_the_source_is_left_alone(line: str) -> None:
    assert _install(files={**APP, "Gemfile": f"{GEMFILE}{line}\n"}).problem is not None


@pytest.mark.parametrize(
    "line",
    [
        'git_source(:github) { |repo| "https://github.com/#{repo}.git" }',
        'gem "tzinfo-data", platforms: %i[ windows jruby ]',
        'group :development, :test do\n  gem "debug", require: "debug/prelude" # with comment\nend',
        'gem "pg", ENV.fetch("PG_VERSION", "~> 1.5") unless ENV["SQLITE"] == "1"',
        'rails = "8.0"\ngem "rails", "~> #{rails}"',
        '%w[core mocks].each do |name|\n  gem "rspec-#{name}"\nend',
        'gem "x", github: "a/x", branch: "main"',
    ],
)
def test_gemfile_that_only_describes_gems_is_certain(line: str) -> None:
    assert _reads({**APP, "Gemfile": f"{GEMFILE}{line}\n"}) == {"Gemfile", "Gemfile.lock"}


def test_folder_in_the_lock_file_is_left_alone() -> None:
    lock = "PATH\n  remote: engines/billing\n  specs:\n    billing (0.1)\n"
    problem = _install(files={**APP, "Gemfile.lock": lock}).problem
    assert problem is not None
    assert "engines/billing" in problem


@pytest.mark.parametrize("platforms", ["ruby", "x86_64-linux", "arm64-darwin-22\n  aarch64-linux-musl"])
def test_lock_file_for_linux_stays_as_it_is(platforms: str) -> None:
    lock = f"GEM\n  specs:\n\nPLATFORMS\n  {platforms}\n\nDEPENDENCIES\n  rails\n"
    assert _install(files={**APP, "Gemfile.lock": lock}).problem is None


def test_lock_file_of_another_system_is_written_by_the_install() -> None:
    lock = "GEM\n  specs:\n\nPLATFORMS\n  arm64-darwin-22\n\nDEPENDENCIES\n  rails\n"
    problem = _install(files={**APP, "Gemfile.lock": lock}).problem
    assert problem is not None
    assert "platform" in problem


@pytest.mark.parametrize(
    ("run", "above"),
    [
        ("bundle install --path vendor/bundle", ""),
        ("bundle install --deployment", ""),
        ("bundle install", "RUN bundle config set --local path 'vendor/bundle'\n"),
        ("bundle install", "RUN bundle config --local path vendor/bundle\n"),
        ("bundle install", "RUN bundle config set deployment true\n"),
        ("bundle install", "ENV BUNDLE_PATH=vendor/bundle\n"),
    ],
)
def test_folder_of_the_gems_in_the_project(run: str, above: str) -> None:
    assert _install(run, above=above).fills == ("/app/vendor/bundle",)


def test_gems_outside_the_project_fill_no_folder_of_it() -> None:
    assert not _install().fills


def test_update_writes_the_lock_file() -> None:
    assert _install("bundle update").makes == ("/app/Gemfile.lock",)
