"""The repair that makes a stage run as an account: its edits, and what is not certain about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dockerfix.image.model import Image, StageImage
from dockerfix.plans.user.accounts import Account, foreign_home
from dockerfix.plans.user.entry_rights import shut_programs
from dockerfix.plans.user.layout import UserLayout
from dockerfix.plans.user.ownership import is_open
from dockerfix.plans.user.ways import Own, way_to_own
from dockerfix.plans.writes.mounts import FOR_ALL, mount_problems, synced_places
from dockerfix.plans.writes.start_writes import start_writes
from dockerfix.plans.writes.started_modules import started_modules
from dockerfix.plans.writes.told_writes import SETTING, with_told
from dockerfix.plans.writes.written import Written
from dockerfix.programs.starts import Start
from dockerfix.text import Edit

__all__ = ["UserRepair"]


class UserRepair:
    """Asked by DF501 alone."""

    def __init__(self, model: Image, stage: StageImage, start: Start, account: Account, own: Own) -> None:
        self.model = model
        self.stage = stage
        self.start = start
        self.account = account
        self.layout = UserLayout(stage, account, model.dockerfile)
        self.writes = with_told(start_writes(start, model, stage), model, stage)
        self.shut = tuple(shut_programs(stage, start))
        self.writes.places += [*(place for _, place in self.shut), *synced_places(model, stage)]
        self.way = way_to_own(model, stage, start, self.writes, account, self.layout.above, own)
        self.owned = self.way.owned

    @property
    def problems(self) -> tuple[str, ...]:
        """What a person has to change first."""
        mounts = dict.fromkeys(self._mounts(self.writes.places))
        return (*self.owned.problems, *self.writes.needs, *[*self._volumes()][:1], *mounts)

    def settles(self, reason: str) -> bool:
        """Whether a reason to ask a person is none, since the files that a `chmod` shuts are given to the account."""
        return any(reason.startswith(f"line {line} shuts other users out: chmod ") for line, _ in self.shut)

    def _volumes(self) -> Iterator[str]:
        """The volumes of the image that something may be written to, by all that is known."""
        known = not (self.writes.unknown or self.writes.doubts.texts) and self.model.context.known
        for place in self.stage.volumes:
            folder = place.rstrip("/")
            inside = any(f"{one.path}/".startswith(f"{folder}/") for one in self.writes.places)
            if folder not in FOR_ALL and (inside or not known):
                yield f"a volume at {place} may already hold root's files, which then have to change hands once"

    def _mounts(self, places: Iterable[Written]) -> Iterator[str]:
        return mount_problems(self.model, self.stage, tuple(places), self.account.name)

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why the app may still fail to write."""
        if not self.model.context.known:
            return ("the build context is not known, and with it what the program writes",)
        homeless = self.writes.home[:1] if self.account.home is None else []
        shut = foreign_home(self.stage, self.account)
        nameless = ["the base image has no useradd, and a mere number has no name and no home"]
        return (
            *([] if self.stage.start.argv else ["the base image may set an ENTRYPOINT that is not known"]),
            *(nameless if self.account.name[0].isdigit() else []),
            *_with_setting(self.writes.doubts.texts),
            *self.way.doubts,
            *(f"{use} keeps files in a home folder, which {self.account.name} lacks" for use in homeless),
            *([f"the app lies in {shut}, which may be shut to others than its owner"] if shut else []),
            *self._covered(),
        )

    def _covered(self) -> list[str]:
        """Mounts over the folder that the app may write to."""
        writers = [place if " " in name else f"{name} ({place})" for name, place in self.writes.unknown.items()]
        writers += [place for places in self.writes.inside.places.values() for place in places]
        maybe = [
            Written(folder, f"{one} perhaps", is_folder=True) for folder in self.way.folders for one in writers[:1]
        ]
        return list(dict.fromkeys(one for one in self._mounts(maybe) if one not in self.problems)) if maybe else []

    @property
    def because(self) -> str:
        """What was looked at and found."""
        if self.way.folders:
            return f"{self.way.why}, so {self.account.name} owns {' and '.join(self.way.folders)}"
        shut = [place for _, place in self.shut]
        places = {one.path: one for one in reversed(self.writes.places) if one not in shut and not is_open(one.path)}
        written = [f"{path} ({_flat(one.source)})" for path, one in reversed(places.items())]
        parts = [f"{self.account.name} owns what it writes to: {_listed(written)}" if written else self._no_write]
        if shut:
            parts.append(f"{shut[0].path}, which only its owner may run, belongs to {self.account.name}")
        if self.writes.known:
            parts.append(f"{_listed(sorted(self.writes.known))} known")
        return "; ".join(parts)

    @property
    def _no_write(self) -> str:
        modules = started_modules(self.start, self.model, self.stage)
        where = f"the {len(modules)} modules that start" if len(modules) > 1 else next(iter(modules), "what starts")
        return f"no write to the image's folders found in {where}"

    @property
    def obstacle(self) -> str | None:
        """Why no edit can be made."""
        last = self.stage.final
        needs_shell = self.owned.late or (self.account.creation and self.layout.first is None)
        if needs_shell and not last.is_posix:
            return "its shell is no POSIX shell, so that the commands for a user are not known"
        return None

    def edits(self) -> tuple[Edit, ...]:
        """The user, `--chown`, what changes hands after the copies, USER."""
        return self.layout.edits(self.owned)


def _with_setting(doubts: tuple[str, ...]) -> tuple[str, ...]:
    """Reasons, the first with the setting by which a person who knows better settles them all."""
    return (f"{doubts[0]} (`{SETTING} = […]` would settle it)", *doubts[1:]) if doubts else ()


def _flat(source: str) -> str:
    """A source as it stands in brackets: `compose.yaml, service worker`."""
    return source.replace(" (", ", ").removesuffix(")")


def _listed(names: list[str]) -> str:
    """The first three names, and how many more there are."""
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" and {more} more" if more > 0 else "")
