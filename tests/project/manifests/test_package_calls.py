"""What package managers run: scripts, programs, and in which member of a workspace."""

from __future__ import annotations

import pytest

from dockerfix.project.manifests.package_calls import PackageCall, member, package_call


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("npm start", PackageCall("start")),
        ("npm run build", PackageCall("build")),
        ("npm run-script build -- --prod", PackageCall("build")),
        ("npm --prefix web start", PackageCall("start", "web")),
        ("yarn --cwd=web serve", PackageCall("serve", "web", at=2)),
        ("pnpm -C web dev", PackageCall("dev", "web", at=3)),
        ("bun run start", PackageCall("start", at=2)),
        ("bun run src/index.ts", PackageCall(at=2)),
        ("npm run start --workspace=services/api", PackageCall("start", members=("services/api",))),
        ("npm -w api run start -- -w other", PackageCall("start", members=("api",))),
        ("npm start --workspaces", PackageCall("start", everywhere=True)),
        ("pnpm --filter @r/api start --filter x", PackageCall("start", members=("@r/api",))),
        ("pnpm -F api run serve -C x", PackageCall("serve", members=("api",), at=4)),
        ("pnpm -r start", PackageCall("start", everywhere=True)),
        ("yarn workspace api start", PackageCall("start", members=("api",))),
        ("yarn workspace api run serve --cwd x", PackageCall("serve", members=("api",), at=4)),
        ("bun --filter=api start", PackageCall("start", members=("api",))),
        ("npm exec -- next start", PackageCall(at=3)),
        ("pnpm exec next start", PackageCall(at=2)),
        ("yarn node server.js", PackageCall(at=1)),
        ("npm ci", None),
        ("npm serve", None),
        ("yarn install", None),
        ("pnpm dlx serve", None),
        ("node start", None),
        ("npm", None),
    ],
)
def test_a_call_is_known(words: str, expected: PackageCall | None) -> None:
    assert package_call(words.split()) == expected


_NAMES = {"services/api": "@r/api", "services/auth": "@r/auth", "libs/x/api": "other", "web": "web", "web2": "web"}
_PATTERNS = ("services/*", "libs/**", "web*", "!libs/**/test")


@pytest.mark.parametrize(
    ("wanted", "folder"),
    [
        ("services/api", "services/api"),
        ("./services/api/", "services/api"),
        ("{services/auth}", "services/auth"),
        ("@r/auth", "services/auth"),
        ("api", "services/api"),
        ("@r/au*", "services/auth"),
        ("other", "libs/x/api"),
        ("@r/*", None),
        ("web", None),
        ("api...", None),
        ("!api", None),
        ("elsewhere", None),
    ],
)
def test_a_member_is_chosen_by_name_or_folder(wanted: str, folder: str | None) -> None:
    assert member(wanted, _NAMES, _PATTERNS) == folder


def test_what_no_pattern_names_is_no_member() -> None:
    assert member("docs", {"docs": "docs"}, _PATTERNS) is None
