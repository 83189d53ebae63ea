import textwrap

import pytest

from dockerfix.project.context.build_context import BuildContext
from dockerfix.project.python.facts import Write
from dockerfix.project.python.sources import python_sources

IMPORTS = "import logging, os, shutil, sqlite3, tempfile, aiofiles\nfrom pathlib import Path\n"


def writes(code: str, path: str = "app/main.py", **others: str) -> tuple[Write, ...]:
    files = {path: IMPORTS + textwrap.dedent(code), **{name: textwrap.dedent(text) for name, text in others.items()}}
    found = python_sources(BuildContext.of_files(files)).writes
    return tuple(write for write in found if write.module == path)


def places(code: str, **others: str) -> list[tuple[str, str | None]]:
    return [(write.base, write.path) for write in writes(code, **others)]


# --- calls that write -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ('open("a.txt", "w")', "open"),
        ('open(file="a.txt", mode="ab")', "open"),
        ('open("a.txt", "r+")', "open"),
        ('aiofiles.open("a.txt", "x")', "open"),
        ('Path("a.txt").write_text("")', "open"),
        ('Path("a.txt").open("w")', "open"),
        ('Path("a.txt").touch()', "open"),
        ('os.makedirs("a.txt", exist_ok=True)', "folder"),
        ('Path("a.txt").mkdir(parents=True)', "folder"),
        ('sqlite3.connect("a.txt")', "sqlite"),
        ('create_engine("sqlite:///./a.txt")', "sqlite"),
        ('create_engine("sqlite+aiosqlite:///a.txt?timeout=5")', "sqlite"),
        ('shutil.copy("b", "a.txt")', "copy"),
        ('shutil.move(src="b", dst="a.txt")', "copy"),
        ('os.rename("b", "a.txt")', "copy"),
        ('os.remove("a.txt")', "delete"),
        ('logging.FileHandler("a.txt")', "log"),
        ('logging.basicConfig(filename="a.txt", level=20)', "log"),
        ('frame.to_csv("a.txt")', "save"),
        ('upload.save("./a.txt")', "save"),
        ('{"class": "logging.handlers.RotatingFileHandler", "filename": "a.txt"}', "log"),
        ('{"ENGINE": "django.db.backends.sqlite3", "NAME": "a.txt"}', "sqlite"),
    ],
)
def test_a_call_that_writes(code: str, kind: str) -> None:
    assert writes(code) == (Write("a.txt", "cwd", kind, "app/main.py", 3),)


@pytest.mark.parametrize(
    "code",
    [
        'open("a.txt")',
        'open("a.txt", "rb")',
        'sqlite3.connect(":memory:")',
        'create_engine("sqlite:///:memory:")',
        'create_engine("sqlite://")',
        'url.startswith("sqlite:///")',
        'create_engine("postgresql:///a")',
        "user.save()",
        "form.save(commit=False)",
        'Image.open("a.png")',
        "import io\nbuffer = io.BytesIO()\nframe.to_csv(buffer)",
        'basename.replace("a", "b")',
        "logging.basicConfig(filename=None)",
    ],
)
def test_what_writes_nothing_below_the_app(code: str) -> None:
    assert writes(code) == ()


def test_the_file_handler_of_another_library_is_none() -> None:
    assert writes('from lib import FileHandler\nFileHandler("a.txt")') == ()


def test_loguru_logs_to_a_file_but_not_to_a_stream() -> None:
    code = 'import sys\nfrom loguru import logger\nlogger.add("logs/a.log")\nlogger.add(sys.stderr)\n'
    assert places(code) == [("cwd", "logs/a.log")]


# --- targets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('open(Path(__file__).parent / "data" / "a", "w")', ("module", "app/data/a")),
        ('open(Path(__file__).resolve().parents[1] / "a", "w")', ("module", "a")),
        ('BASE = os.path.dirname(os.path.abspath(__file__))\nopen(os.path.join(BASE, "a"), "w")', ("module", "app/a")),
        ('open(os.path.join(os.path.dirname(__file__), "..", "a"), "w")', ("module", "a")),
        ('open(os.path.join(os.getcwd(), "a"), "w")', ("cwd", "a")),
        ('open(Path.cwd() / "a", "w")', ("cwd", "a")),
        ('open("/var/log/a", "w")', ("absolute", "/var/log/a")),
        ('open("/tmp/a", "w")', ("temp", "/tmp/a")),
        ('open(os.path.expanduser("~/a"), "w")', ("home", "a")),
        ('open(Path.home() / "a", "w")', ("home", "a")),
        ('NAME = "a"\nopen(f"data/{NAME}.txt", "w")', ("cwd", "data/a.txt")),
        ('DIR = "data"\nopen(DIR + "/a", "w")', ("cwd", "data/a")),
        ('create_engine(f"sqlite:///{Path(__file__).parent}/a.db")', ("module", "app/a.db")),
        ('create_engine("sqlite:///" + os.path.join(os.path.dirname(__file__), "a.db"))', ("module", "app/a.db")),
        ('create_engine("sqlite:///%s" % os.path.join(os.path.dirname(__file__), "a.db"))', ("module", "app/a.db")),
        ('create_engine("sqlite:///{}".format(Path(__file__).parent / "a.db"))', ("module", "app/a.db")),
        ('create_engine("sqlite:////data/a.db")', ("absolute", "/data/a.db")),
        ('open("../a", "w")', ("cwd", "../a")),
    ],
)
def test_a_target_is_worked_out(code: str, expected: tuple[str, str]) -> None:
    assert places(code) == [expected]


@pytest.mark.parametrize(
    ("code", "folder"),
    [
        ('def save(name):\n    open(os.path.join("uploads", name), "wb")', "uploads"),
        ('def save(name):\n    open(f"uploads/{name}.png", "wb")', "uploads"),
        ('def save(name):\n    open(Path("uploads") / name, "wb")', "uploads"),
        ('def save(name):\n    open("uploads/%s" % name, "wb")', "uploads"),
        ('def save(name):\n    open("uploads/{}".format(name), "wb")', "uploads"),
        ('def save(name):\n    open("report_" + name, "wb")', ""),
    ],
)
def test_a_name_that_is_not_known_leaves_the_folder(code: str, folder: str) -> None:
    assert writes(code) == (Write(folder, "cwd", "open", "app/main.py", 4, exact=False),)


@pytest.mark.parametrize(
    "code",
    [
        'def save(path):\n    open(path, "w")',
        'open(path() + ".txt", "w")',
        'open(f"{folder}/{name}.txt", "w")',
        'open(f"{sys.argv[1]}.txt", "w")',
        'def save(path):\n    open("%s/x" % path, "w")',
        'open(settings.reports + "today.csv", "w")',
        'open(REPORTS + "today.csv", "w")',
        'def save(path):\n    open("{}/x".format(path), "w")',
        'for path in paths:\n    open(path, "w")',
        'path = "a"\npath = "b"\nopen(path, "w")',
        'create_engine(f"sqlite:///{name}")',
    ],
)
def test_a_target_that_cannot_be_known_is_reported_as_unknown(code: str) -> None:
    (write,) = writes(code)
    assert (write.path, write.base) == (None, "unknown")


@pytest.mark.parametrize(
    ("code", "rest"),
    [
        ('open(os.environ["OUT"], "w")', ""),
        ('import os\nname = os.getenv("OUT")\nopen(f"{name}.txt", "w")', ".txt"),
        ('import os\nopen(os.path.join(os.environ["OUT"], "a", "b"), "w")', "/a/b"),
        ('import os\nfrom pathlib import Path\nopen(Path(os.environ["OUT"]).parent / "a", "w")', "/../a"),
    ],
)
def test_a_variable_without_a_default_stands_in_front(code: str, rest: str) -> None:
    (write,) = writes(code)
    assert (write.base, write.path, write.environment) == ("variable", rest, ("OUT",))


@pytest.mark.parametrize(
    "code",
    [
        'def save(user):\n    open(f"{user}.json", "w")',
        'def save(user):\n    open(user.name + ".json", "w")',
        'def save(user):\n    open("%s.json" % user, "w")',
        'def save(user):\n    open("{}.json".format(user.id), "w")',
        'def save(user, day):\n    open(f"{user}-{day}.json", "w")',
        'open(user_name() + ".json", "w")',
    ],
)
def test_a_computed_file_name_lies_below_the_working_directory(code: str) -> None:
    (write,) = writes(code)
    assert (write.path, write.base) == ("", "below")


def test_a_computed_file_name_in_a_known_folder_lies_in_it() -> None:
    code = 'def save(user):\n    open(os.path.join("data", f"{user}.json"), "w")'
    assert writes(code) == (Write("data", "cwd", "open", "app/main.py", 4, exact=False),)


def test_a_file_of_tempfile_stays_below_its_folder() -> None:
    code = 'with tempfile.TemporaryDirectory() as folder:\n    open(os.path.join(folder, "a"), "w")'
    assert [write.base for write in writes(code)] == ["temp"]


def test_the_folder_given_to_tempfile_counts() -> None:
    code = 'f = tempfile.NamedTemporaryFile(dir="work", delete=False)\nshutil.copy("b", f.name)'
    assert {(write.base, write.path, write.exact) for write in writes(code)} == {("cwd", "work", False)}


# --- defaults -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", ['os.getenv("DIR", "data")', 'os.environ.get("DIR", "data")', 'os.getenv("DIR") or "data"']
)
def test_a_variable_of_the_environment_has_its_default(code: str) -> None:
    (write,) = writes(f"os.makedirs({code})")
    assert (write.path, write.environment, write.certain) == ("data", ("DIR",), False)


def test_the_default_of_a_parameter_is_not_certain() -> None:
    (write,) = writes('def save(path="a.txt"):\n    open(path, "w")')
    assert (write.path, write.certain) == ("a.txt", False)


def test_an_attribute_that_a_method_sets() -> None:
    code = """
        class Store:
            def __init__(self, folder: str = "data"):
                self.folder = folder

            def save(self):
                open(f"{self.folder}/a", "w")
        """
    assert places(code) == [("cwd", "data/a")]


# --- across modules -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "use",
    [
        "from config import UPLOADS\nos.makedirs(UPLOADS)",
        "import config\nos.makedirs(config.UPLOADS)",
        "from config import *\nos.makedirs(UPLOADS)",
        "from config import settings\nos.makedirs(settings.uploads)",
        "from config import get_settings\nsettings = get_settings()\nos.makedirs(settings.uploads)",
        "from config import Settings\nos.makedirs(Settings.uploads)",
    ],
)
def test_a_constant_of_another_module(use: str) -> None:
    config = """
        from pydantic_settings import BaseSettings
        UPLOADS = "data/uploads"
        class Settings(BaseSettings):
            uploads: str = "data/uploads"
        settings = Settings()
        def get_settings():
            return Settings()
        """
    assert places(use, **{"config.py": config}) == [("cwd", "data/uploads")]


def test_the_file_of_another_module_is_its_own() -> None:
    config = "from pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\n"
    use = 'from settings.base import BASE_DIR\nopen(BASE_DIR / "a", "w")'
    assert places(use, **{"settings/base.py": config}) == [("module", "a")]


def test_a_folder_for_uploads_in_flasks_config() -> None:
    code = """
        app.config["UPLOAD_FOLDER"] = "static/uploads"
        def upload(file):
            file.save(os.path.join(app.config["UPLOAD_FOLDER"], file.filename))
        """
    assert [(write.path, write.kind, write.exact) for write in writes(code)] == [
        ("static/uploads", "upload", True),
        ("static/uploads", "save", False),
    ]


def test_djangos_media_folder() -> None:
    code = 'BASE_DIR = Path(__file__).resolve().parent.parent\nMEDIA_ROOT = BASE_DIR / "media"\nMEDIA_URL = "/media/"\n'
    assert [(write.base, write.path, write.kind) for write in writes(code)] == [("module", "media", "upload")]


def test_a_write_behind_main_says_so() -> None:
    assert [write.main_only for write in writes('if __name__ == "__main__":\n    open("a", "w")')] == [True]
