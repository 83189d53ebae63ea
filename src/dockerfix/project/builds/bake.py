"""docker-bake.hcl and docker-bake.json: what the targets of a bake file build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product

from dockerfix.frozen import frozen
from dockerfix.project.builds.commands import Scene, named_build
from dockerfix.project.builds.hcl import Block, Lookup, Value, hcl_blocks, value_of
from dockerfix.project.builds.use import BuildUse
from dockerfix.project.formats.json import json_line, read_json
from dockerfix.regexes import regex

__all__ = ["bake_uses"]

_INTERPOLATION = regex(r"\$\{\s*(\w+)\s*\}")
_MOST = 100  # combinations of a matrix
_DEEPEST = 10  # targets that a target inherits from, one from the other

Values = Mapping[str, Value]


@frozen
class _Target:
    """A target: the attributes that it sets itself, for each combination of its matrix."""

    line: int
    variants: tuple[dict[str, Value], ...]


def bake_uses(text: str, scene: Scene) -> Iterator[BuildUse]:
    """What a bake file builds; paths are seen from `scene.folder`, the folder that bake is called in.

    Targets that only others inherit from build too, when somebody names them.
    """
    targets = _json_targets(text) if text.lstrip().startswith("{") else _hcl_targets(text)
    inherited = {name for target in targets.values() for one in target.variants for name in _texts(one.get("inherits"))}
    for name, target in targets.items():
        for variant in target.variants:
            use = _use(_with_inherited(variant, targets, _DEEPEST), target, scene)
            if use is not None and not (name in inherited and not _says_what(variant)):
                yield use


def _says_what(variant: Values) -> bool:
    """Whether a target that others inherit from may be meant to be built itself."""
    return "dockerfile" in variant or "context" in variant


def _use(values: Values, target: _Target, scene: Scene) -> BuildUse | None:
    if "dockerfile-inline" in values:
        return None
    context, file, stage = values.get("context", "."), values.get("dockerfile"), values.get("target")
    if not isinstance(context, str) or (file is None and "dockerfile" in values):
        return None
    args = values.get("args")
    use = named_build(
        scene,
        context,
        file if isinstance(file, str) else None,
        line=target.line,
        target=stage if isinstance(stage, str) else None,
        args=[(name, value if isinstance(value, str) else None) for name, value in args.items()]
        if isinstance(args, dict)
        else (),
        certain="target" not in values or isinstance(stage, str),
        file_in_context=True,
    )
    images = _texts(values.get("tags"))
    return replace(use, image=images[0]) if use is not None and images else use


def _with_inherited(own: dict[str, Value], targets: Mapping[str, _Target], depth: int) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name in _texts(own.get("inherits")) if depth else ():
        base = targets.get(name)
        if base is not None and base.variants:
            found = _over(_with_inherited(base.variants[0], targets, depth - 1), found)
    return _over(own, found)


def _over(own: Values, base: Values) -> dict[str, Value]:
    merged = {**base, **own}
    old, new = base.get("args"), own.get("args")
    if isinstance(old, dict) and isinstance(new, dict):
        merged["args"] = {**old, **new}
    return merged


def _texts(value: Value) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _hcl_targets(text: str) -> dict[str, _Target]:
    blocks = hcl_blocks(text)
    variables = {block.label: block.attributes["default"] for block in blocks
                 if block.kind == "variable" and "default" in block.attributes}  # fmt: skip

    def variable(name: str, depth: int = _DEEPEST) -> Value:
        if name not in variables or not depth:
            return None
        return value_of(variables[name], lambda other: variable(other, depth - 1))

    targets = (block for block in blocks if block.kind == "target")
    return {block.label: _Target(block.line, tuple(_variants(block, variable))) for block in targets}


def _variants(block: Block, lookup: Lookup) -> Iterator[dict[str, Value]]:
    """The attributes of a target for each combination of its matrix."""
    matrix = value_of(block.attributes["matrix"], lookup) if "matrix" in block.attributes else {}
    axes = matrix.items() if isinstance(matrix, dict) else ()
    lists = [[(name, value) for value in values] for name, values in axes if isinstance(values, list)]
    for count, combination in enumerate(product(*lists)):
        if count >= _MOST:
            return
        here = _with_own(dict(combination), lookup)
        yield {name: value_of(expression, here) for name, expression in block.attributes.items()}


def _with_own(own: Values, lookup: Lookup) -> Lookup:
    return lambda name: own[name] if name in own else lookup(name)


def _json_targets(text: str) -> dict[str, _Target]:
    content = read_json(text)
    if not isinstance(content, dict):
        return {}
    variables = {
        name: str(value["default"])
        for name, value in _mapping(content.get("variable")).items()
        if isinstance(value, dict) and isinstance(value.get("default"), str)
    }
    return {
        name: _Target(json_line(text, name), ({key: _filled(item, variables) for key, item in value.items()},))
        for name, value in _mapping(content.get("target")).items()
        if isinstance(value, dict) and "matrix" not in value
    }


def _mapping(value: object) -> dict[str, object]:
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}


def _filled(value: object, variables: Mapping[str, str]) -> Value:
    if isinstance(value, dict):
        return {str(key): _filled(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, variables) for item in value]
    if not isinstance(value, str):
        return None
    text = _INTERPOLATION.sub(lambda match: variables.get(match[1], match[0]), value)
    return None if "${" in text else text
