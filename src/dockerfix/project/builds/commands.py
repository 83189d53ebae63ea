"""`docker build`, `docker run` and their like in shell texts: what they build and start, as far as the text tells."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from dockerfix.frozen import frozen, mutable
from dockerfix.project.builds.container_run import Use
from dockerfix.project.builds.run_commands import run_of
from dockerfix.project.builds.shell_variables import REPOSITORY, UNKNOWN, is_known, with_known_values
from dockerfix.project.builds.use import BuildUse
from dockerfix.project.context.build_context import BuildContext
from dockerfix.regexes import regex
from dockerfix.shell import Command, ShellWord, parse_script, unwrapped
from dockerfix.shell.cd import FolderWalk, absolute
from dockerfix.text import MappedText, Span, encode

__all__ = ["Scene", "named_build", "speaks_of_images", "uses_in_script"]

_HINT = regex(
    r"\b(?:docker|podman|nerdctl|finch|buildah|depot|kaniko|acr|gcloud)\b[\s\S]*?(?:\bbuilds?\b|\bbud\b|--context|\brun\b|\bcreate\b)"
)
_OPTION = regex(r"--[a-z-]+=")
_ENGINES = frozenset("docker podman nerdctl finch depot buildah docker-buildx".split())
_ENGINE_OPTIONS = frozenset("-c --context -H --host --config -l --log-level --builder -n --namespace --root".split())
_GROUPS = frozenset("buildx image builder".split())
# Options of `build` that take the next word. Source: Docker's, Podman's and Buildah's reference.
_VALUED = frozenset(
    "-f --file -t --tag --target --build-arg --add-host --allow --annotation --attest --build-context --builder "
    "--cache-from --cache-to --call --cgroup-parent --cpu-period --cpu-quota -c --cpu-shares --cpuset-cpus "
    "--cpuset-mems --iidfile --isolation --label -m --memory --memory-swap --metadata-file --network "
    "--no-cache-filter -o --output --platform --policy --progress --provenance --sbom --secret --security-opt "
    "--shm-size --ssh --ulimit --authfile --creds --cert-dir --env --from --format --ignorefile --jobs --layer-label "
    "--logfile --os --arch --variant --runtime --storage-opt -v --volume --build-arg-file --cap-add --cap-drop "
    "--device --dns --retry --project --save-tag --timestamp --manifest --namespace".split()
)
_FLAGS = frozenset(
    "--check -D --debug --force-rm --load --no-cache --pull --push -q --quiet --rm --compress --squash --save "
    "--disable-content-trust --layers --squash-all --tls-verify --pull-always --disable-compression --lint "
    "--no-hosts --inherit-labels --omit-history --http-proxy --stream --skip-unused-stages".split()
)
_EXECUTOR_VALUED = frozenset(
    "--context -c --dockerfile -f --destination -d --build-arg --target --cache-repo --cache-dir --label --git "
    "--image-name-with-digest-file --digest-file --tar-path --tarPath --registry-mirror --verbosity -v "
    "--snapshot-mode --snapshotMode --custom-platform --customPlatform --context-sub-path --ignore-path".split()
)
_ACR_VALUED = frozenset(
    "-r --registry -t --image -f --file --target --build-arg --platform -g --resource-group".split()
)
_GCLOUD_VALUED = frozenset("-t --tag --project --region --config --substitutions --timeout --machine-type".split())


@frozen
class Scene:
    """Where a shell text runs.

    Attributes:
        repository: the files around it.
        source: the file that holds it.
        folder: where it starts, relative to the repository.
        line: the 1-based line of `source` on which it starts.
        variables: what is known of its environment, with None for what is set to something unknown.
        certain: False where the folder is a guess.
    """

    repository: BuildContext
    source: str
    folder: str = ""
    line: int = 1
    variables: Mapping[str, str | None] = field(default_factory=dict)
    certain: bool = True


@mutable
class _Call:
    """The words of a build, as they are written. Words that are not known make it uncertain."""

    context: str | None = None
    file: str | None = None
    target: str | None = None
    image: str | None = None
    args: list[tuple[str, str | None]] = field(default_factory=list)
    certain: bool = True
    file_in_context: bool = False
    lost: bool = False


def speaks_of_images(text: str) -> bool:
    """Whether a text may hold a command that builds or starts an image; cheap, and true too often."""
    return _HINT.search(text) is not None


def uses_in_script(text: str, scene: Scene) -> Iterator[Use]:
    """What the commands of a shell text build and start.

    Nothing where it cannot be read, or where the words of a build are not known.
    """
    if not speaks_of_images(text):
        return
    start = f"{REPOSITORY}/{scene.folder}".rstrip("/")
    raw = encode(with_known_values(text, scene.variables, start, posixpath.dirname(scene.source)))
    script = parse_script(MappedText.contiguous(raw, Span(0, len(raw))))
    if not script.readable:
        return
    walk = FolderWalk(script.commands, raw, start)
    moves = any(command.name in ("cd", "pushd", "popd", "chdir") for command in script.commands)
    for command in script.commands:
        program = unwrapped(command)
        folder = walk.folder(command, program)
        line = scene.line + raw.count(b"\n", 0, command.start)
        call = _call(program)
        use: Use | None = run_of(program, scene.source, line, folder if moves else start)
        if call is not None:
            use = _use(call, scene, folder if moves else start, line)
        if use is not None:
            yield use


def named_build(
    scene: Scene,
    context: str | None,
    file: str | None,
    *,
    line: int,
    target: str | None = None,
    args: Sequence[tuple[str, str | None]] = (),
    image: str | None = None,
    certain: bool = True,
    file_in_context: bool = False,
) -> BuildUse | None:
    """What a build with these words builds, seen from the scene's folder.

    Args:
        context: None for one that is not known.
        file: the Dockerfile; None for the one that lies in the context.
        file_in_context: the Dockerfile is named relative to the context.
    Returns:
        None where the context or the Dockerfile is not known, or lies outside of the repository.
    """
    if any(text is not None and (not is_known(text) or "$" in text or "://" in text) for text in (context, file)):
        return None
    call = _Call(context, file, target, image, list(args), certain, file_in_context)
    return _use(call, scene, f"{REPOSITORY}/{scene.folder}".rstrip("/"), line)


def _use(call: _Call, scene: Scene, folder: str | None, line: int) -> BuildUse | None:
    context = _inside(absolute(call.context, folder)) if call.context is not None else None
    if context is None:
        return None
    dockerfile = _dockerfile(call, scene.repository, folder, context)
    if dockerfile is None:
        return None
    return BuildUse(
        source=scene.source,
        line=line,
        dockerfile=dockerfile,
        context=context,
        target=call.target,
        args=tuple(call.args),
        certain=call.certain and scene.certain,
        image=call.image,
    )


def _dockerfile(call: _Call, repository: BuildContext, folder: str | None, context: str) -> str | None:
    if call.file is None:
        names = ("Dockerfile", "Containerfile", "dockerfile")
        places = [posixpath.join(context, name) for name in names]
        return next((place for place in places if repository.is_file(place)), places[0])
    seen_from = f"{REPOSITORY}/{context}" if call.file_in_context else folder
    found = _inside(absolute(call.file, seen_from))
    if found is not None and call.file_in_context and not repository.is_file(found):
        other = _inside(absolute(call.file, folder))  # kaniko takes both
        return other if other is not None and repository.is_file(other) else found
    return found


def _inside(place: str | None) -> str | None:
    """An absolute path in a script as a path of the repository; None for one outside of it."""
    if place == REPOSITORY:
        return ""
    return place.removeprefix(REPOSITORY + "/") if place is not None and place.startswith(REPOSITORY + "/") else None


def _value(word: ShellWord) -> str | None:
    """What a word certainly is; of `--option=$VALUE` the option, its value being `UNKNOWN`; None for another word."""
    if not word.expands and is_known(word.value):
        return word.value
    option = _OPTION.match(word.raw)
    return f"{option[0]}{UNKNOWN}" if option is not None else None


def _call(program: Command) -> _Call | None:
    values = [_value(word) for word in program.words]
    if not values or values[0] is None:
        return None
    name, words = values[0].rpartition("/")[2], values[1:]
    if name in _ENGINES:
        return _engine_call(name, words)
    if name == "executor" and "kaniko" in values[0]:
        return _kaniko_call(words)
    if name == "az" and words[:2] == ["acr", "build"]:
        call, operands = _read(words[2:], _ACR_VALUED, None)
        call.file_in_context = True
        return _with_context(call, operands)
    if name == "gcloud" and words[:2] == ["builds", "submit"]:
        call, operands = _read(words[2:], _GCLOUD_VALUED, None)
        return _with_context(call, operands or ["."]) if call.image is not None else None
    return None


def _engine_call(name: str, words: list[str | None]) -> _Call | None:
    at = _behind_options(words, 0)
    if at < len(words) and words[at] in _GROUPS:
        at = _behind_options(words, at + 1)
    if at >= len(words) or words[at] not in ("build", "b", "bud"):
        return None
    call, operands = _read(words[at + 1 :], _VALUED, _FLAGS)
    if name == "buildah" and not operands:
        operands = ["."]
    return _with_context(call, operands)


def _behind_options(words: list[str | None], at: int) -> int:
    while at < len(words) and (words[at] or "").startswith("-"):
        at += 2 if words[at] in _ENGINE_OPTIONS else 1
    return at


def _kaniko_call(words: list[str | None]) -> _Call | None:
    call, _ = _read(words, _EXECUTOR_VALUED, None)
    context = call.context
    if call.lost or context is None or (":" in context and not context.startswith("dir://")):
        return None
    call.context = context.removeprefix("dir://")
    call.file, call.file_in_context = call.file or "Dockerfile", True
    return call


def _with_context(call: _Call, operands: list[str | None]) -> _Call | None:
    known = [operand for operand in operands if operand is not None]
    if call.lost or len(known) != 1 or operands[-1] is None or "://" in known[0] or "-" in (known[0], call.file):
        return None
    call.context = known[0]
    call.certain = call.certain and len(operands) == 1
    return call


def _read(
    words: Sequence[str | None], valued: frozenset[str], flags: frozenset[str] | None
) -> tuple[_Call, list[str | None]]:
    """The options of a build and its operands.

    Args:
        flags: the options without a value; None where every option that takes one is in `valued`.
    """
    call, operands, at = _Call(), list[str | None](), 0
    while at < len(words):
        word = words[at]
        at += 1
        if word is None or not word.startswith("-") or word == "-":
            operands.append(word)
            continue
        name, equals, value = word.partition("=")
        given: str | None = value
        if not equals and name in valued:
            given = words[at] if at < len(words) else None
            at += 1
        elif not equals and not name.startswith("--") and len(name) > 2 and name[:2] in valued:
            name, given = name[:2], name[2:]
        elif not equals:
            call.certain = call.certain and (flags is None or name in flags or not name.startswith("--"))
            continue
        _note(call, name, given)
    return call, operands


def _note(call: _Call, name: str, value: str | None) -> None:
    if value is not None and UNKNOWN in value:
        value = None
    if name in ("-f", "--file", "--dockerfile"):
        call.file, call.lost = value, value is None
    elif name in ("--context", "-c"):
        call.context = value
    elif name == "--target":
        call.target, call.certain = value, call.certain and value is not None
    elif name in ("-t", "--tag", "--image", "-d", "--destination"):
        call.image = call.image or value
    elif name == "--build-arg":
        key, equals, given = (value or "").partition("=")
        call.args.append((key, given if equals else None))
