"""What the image model says of a configuration, held against what `docker inspect` tells."""

from docker_engine import ImageConfig

from dockerfix.image import Image, Step, expand, rerun_steps
from dockerfix.syntax import Env, Run


def check_configuration(config: ImageConfig, model: Image) -> None:
    """Compare everything that `docker inspect` tells and the model knows."""
    stage = model.final
    assert stage is not None
    assert stage.final.user == config.user
    assert (stage.final.workdir or "/") == (config.working_dir or "/")
    assert stage.start.entrypoint == (config.entrypoint or ())
    assert stage.start.cmd == (config.cmd or ())
    own = {name.value for part in model.dockerfile.stages for env in part.find(Env) for name, _ in env.pairs}
    assert {name: stage.final.env[name] for name in own} == {name: config.env[name] for name in own}
    assert {port if "/" in port else f"{port}/tcp" for port in stage.ports} == config.exposed_ports
    assert set(stage.volumes) == config.volumes
    assert stage.labels.items() <= config.labels.items()


def predicted_steps(model: Image, path: str) -> list[str]:
    """The steps that run again after an edit of a file, as BuildKit names them, white space aside."""
    steps = rerun_steps(model, path)
    assert steps is not None
    return [_printed(step) for step in steps]


def _printed(step: Step) -> str:
    instruction = step.instruction
    if instruction.form == "json":
        return f"{instruction.keyword} [{', '.join(instruction.values)}]"
    text = instruction.logical.text
    expanded = text if isinstance(instruction, Run) else expand(text, step.before, instruction.escape)
    assert expanded is not None
    return " ".join(expanded.split())
