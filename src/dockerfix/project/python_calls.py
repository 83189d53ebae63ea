"""Which calls write, read, start a server or run a command; tables of names, and where each takes its path."""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "APPS",
    "ENVIRONMENT",
    "FIELDS",
    "HOME_CACHES",
    "JOINS",
    "READERS",
    "RUNNERS",
    "SAME_PATH",
    "SERVERS",
    "SETTINGS",
    "TEMPORARY",
    "WRITERS",
    "WRITING_METHODS",
    "Argument",
]


class Argument(NamedTuple):
    """Where a call takes a path: position, keyword, and the kind of write or read that it is."""

    at: int
    keyword: str
    kind: str


# Full names. What stands in two libraries under one short name is told apart by the import.
WRITERS: dict[str, Argument] = {
    "os.mkdir": Argument(0, "path", "folder"),
    "os.makedirs": Argument(0, "name", "folder"),
    "os.rename": Argument(1, "dst", "copy"),
    "os.replace": Argument(1, "dst", "copy"),
    "os.renames": Argument(1, "new", "copy"),
    "os.link": Argument(1, "dst", "copy"),
    "os.symlink": Argument(1, "dst", "copy"),
    "os.remove": Argument(0, "path", "delete"),
    "os.unlink": Argument(0, "path", "delete"),
    "os.rmdir": Argument(0, "path", "delete"),
    "os.removedirs": Argument(0, "name", "delete"),
    "shutil.rmtree": Argument(0, "path", "delete"),
    "shutil.copy": Argument(1, "dst", "copy"),
    "shutil.copy2": Argument(1, "dst", "copy"),
    "shutil.copyfile": Argument(1, "dst", "copy"),
    "shutil.copytree": Argument(1, "dst", "copy"),
    "shutil.move": Argument(1, "dst", "copy"),
    "shutil.make_archive": Argument(0, "base_name", "copy"),
    "shutil.unpack_archive": Argument(1, "extract_dir", "copy"),
    "aiofiles.os.makedirs": Argument(0, "name", "folder"),
    "aiofiles.os.mkdir": Argument(0, "path", "folder"),
    "aiofiles.os.remove": Argument(0, "path", "delete"),
    "sqlite3.connect": Argument(0, "database", "sqlite"),
    "aiosqlite.connect": Argument(0, "database", "sqlite"),
    "duckdb.connect": Argument(0, "database", "sqlite"),
    "peewee.SqliteDatabase": Argument(0, "database", "sqlite"),
    "playhouse.sqlite_ext.SqliteExtDatabase": Argument(0, "database", "sqlite"),
    "sqlitedict.SqliteDict": Argument(0, "filename", "sqlite"),
    "tinydb.TinyDB": Argument(0, "path", "save"),
    "shelve.open": Argument(0, "filename", "save"),
    "diskcache.Cache": Argument(0, "directory", "folder"),
    "chromadb.PersistentClient": Argument(0, "path", "folder"),
    "logging.FileHandler": Argument(0, "filename", "log"),
    "logging.handlers.RotatingFileHandler": Argument(0, "filename", "log"),
    "logging.handlers.TimedRotatingFileHandler": Argument(0, "filename", "log"),
    "logging.handlers.WatchedFileHandler": Argument(0, "filename", "log"),
    "loguru.logger.add": Argument(0, "sink", "log"),
    "joblib.dump": Argument(1, "filename", "save"),
    "torch.save": Argument(1, "f", "save"),
    "numpy.save": Argument(0, "file", "save"),
    "numpy.savez": Argument(0, "file", "save"),
    "numpy.savetxt": Argument(0, "fname", "save"),
    "cv2.imwrite": Argument(0, "filename", "save"),
    "matplotlib.pyplot.savefig": Argument(0, "fname", "save"),
    "soundfile.write": Argument(0, "file", "save"),
    "urllib.request.urlretrieve": Argument(1, "filename", "save"),
    "dotenv.set_key": Argument(0, "dotenv_path", "save"),
}

# Methods whose name says enough, by the argument that is the path; -1: the object is the path.
WRITING_METHODS: dict[str, Argument] = {
    "write_text": Argument(-1, "", "open"),
    "write_bytes": Argument(-1, "", "open"),
    "touch": Argument(-1, "", "open"),
    "to_csv": Argument(0, "path_or_buf", "save"),
    "to_excel": Argument(0, "excel_writer", "save"),
    "to_parquet": Argument(0, "path", "save"),
    "to_pickle": Argument(0, "path", "save"),
    "savefig": Argument(0, "fname", "save"),
    "save_pretrained": Argument(0, "save_directory", "folder"),
    "save_local": Argument(0, "folder_path", "folder"),
    "extractall": Argument(0, "path", "copy"),
    "write_videofile": Argument(0, "filename", "save"),
    "write_audiofile": Argument(0, "filename", "save"),
}

READERS: dict[str, Argument] = {
    "pandas.read_csv": Argument(0, "filepath_or_buffer", "open"),
    "pandas.read_excel": Argument(0, "io", "open"),
    "pandas.read_json": Argument(0, "path_or_buf", "open"),
    "pandas.read_parquet": Argument(0, "path", "open"),
    "pandas.read_pickle": Argument(0, "filepath_or_buffer", "open"),
    "joblib.load": Argument(0, "filename", "open"),
    "torch.load": Argument(0, "f", "open"),
    "numpy.load": Argument(0, "file", "open"),
    "PIL.Image.open": Argument(0, "fp", "open"),
    "cv2.imread": Argument(0, "filename", "open"),
    "os.listdir": Argument(0, "path", "open"),
    "os.scandir": Argument(0, "path", "open"),
    "logging.config.fileConfig": Argument(0, "fname", "open"),
    "fastapi.staticfiles.StaticFiles": Argument(-2, "directory", "static"),
    "starlette.staticfiles.StaticFiles": Argument(-2, "directory", "static"),
    "fastapi.templating.Jinja2Templates": Argument(0, "directory", "templates"),
    "starlette.templating.Jinja2Templates": Argument(0, "directory", "templates"),
    "jinja2.FileSystemLoader": Argument(0, "searchpath", "templates"),
    "fastapi.responses.FileResponse": Argument(0, "path", "open"),
    "starlette.responses.FileResponse": Argument(0, "path", "open"),
    "flask.send_file": Argument(0, "path_or_file", "open"),
    "flask.send_from_directory": Argument(0, "directory", "static"),
    "dotenv.load_dotenv": Argument(0, "dotenv_path", "dotenv"),
    "dotenv.dotenv_values": Argument(0, "dotenv_path", "dotenv"),
    "environ.Env.read_env": Argument(0, "env_file", "dotenv"),
}

# Constructor → framework, interface.
APPS: dict[str, tuple[str, str]] = {
    "fastapi.FastAPI": ("fastapi", "asgi"),
    "fastapi.applications.FastAPI": ("fastapi", "asgi"),
    "starlette.applications.Starlette": ("starlette", "asgi"),
    "quart.Quart": ("quart", "asgi"),
    "litestar.Litestar": ("litestar", "asgi"),
    "socketio.ASGIApp": ("socketio", "asgi"),
    "django.core.asgi.get_asgi_application": ("django", "asgi"),
    "channels.routing.ProtocolTypeRouter": ("django", "asgi"),
    "django.core.wsgi.get_wsgi_application": ("django", "wsgi"),
    "flask.Flask": ("flask", "wsgi"),
    "connexion.App": ("connexion", "wsgi"),
    "connexion.FlaskApp": ("connexion", "wsgi"),
    "apiflask.APIFlask": ("flask", "wsgi"),
    "flask_openapi3.OpenAPI": ("flask", "wsgi"),
    "bottle.Bottle": ("bottle", "wsgi"),
    "falcon.App": ("falcon", "wsgi"),
    "falcon.API": ("falcon", "wsgi"),
    "falcon.asgi.App": ("falcon", "asgi"),
    "dash.Dash": ("dash", "wsgi"),
    "aiohttp.web.Application": ("aiohttp", "server"),
    "tornado.web.Application": ("tornado", "server"),
    "sanic.Sanic": ("sanic", "server"),
    "gradio.Interface": ("gradio", "server"),
    "gradio.Blocks": ("gradio", "server"),
    "gradio.ChatInterface": ("gradio", "server"),
    "gradio.TabbedInterface": ("gradio", "server"),
}

# Call → server, position of the app, of host, of port, and the keywords of host and port.
SERVERS: dict[str, tuple[str, int, int, int, str, str]] = {
    "uvicorn.run": ("uvicorn", 0, -1, -1, "host", "port"),
    "uvicorn.Config": ("uvicorn", 0, 1, 2, "host", "port"),
    "waitress.serve": ("waitress", 0, -1, -1, "host", "port"),
    "aiohttp.web.run_app": ("aiohttp", 0, -1, -1, "host", "port"),
    "bottle.run": ("bottle", 0, -1, -1, "host", "port"),
    "wsgiref.simple_server.make_server": ("wsgiref", 2, 0, 1, "host", "port"),
}
# Method → server, position of host, of port, their keywords; only on an object that is known to be such an app.
RUNNERS: dict[str, tuple[int, int, str, str]] = {
    "run": (0, 1, "host", "port"),
    "run_server": (0, 1, "host", "port"),
    "run_task": (0, 1, "host", "port"),
    "launch": (-1, -1, "server_name", "server_port"),
    "listen": (1, 0, "address", "port"),
}

# Libraries that keep what they fetch, or their settings, below the home folder.
HOME_CACHES: dict[str, str] = {
    "transformers": ".cache/huggingface",
    "huggingface_hub": ".cache/huggingface",
    "sentence_transformers": ".cache/huggingface",
    "diffusers": ".cache/huggingface",
    "datasets": ".cache/huggingface",
    "faster_whisper": ".cache/huggingface",
    "whisper": ".cache/whisper",
    "nltk": "nltk_data",
    "playwright": ".cache/ms-playwright",
    "selenium": ".cache/selenium",
    "webdriver_manager": ".wdm",
    "undetected_chromedriver": ".local/share/undetected_chromedriver",
    "easyocr": ".EasyOCR",
    "paddleocr": ".paddleocr",
    "keras": ".keras",
    "tensorflow": ".keras",
    "torchvision": ".cache/torch",
    "timm": ".cache/huggingface",
    "ultralytics": ".config/Ultralytics",
    "deepface": ".deepface",
    "insightface": ".insightface",
    "rembg": ".u2net",
    "gensim": "gensim-data",
    "matplotlib": ".config/matplotlib",
    "chromadb": ".cache/chroma",
    "kaggle": ".kaggle",
    "gpt4all": ".cache/gpt4all",
    "TTS": ".local/share/tts",
    "yfinance": ".cache/py-yfinance",
}

# Calls that put a path together, give it as it was, make a temporary one, read the environment or a setting's default.
JOINS = frozenset({"os.path.join", "posixpath.join", "path.join", "safe_join", "werkzeug.utils.safe_join"})
SAME_PATH = frozenset(
    "str os.fspath os.path.abspath os.path.realpath os.path.normpath os.path.expandvars bytes repr "
    "pathlib.PurePath pathlib.PosixPath anyio.Path aiopath.AsyncPath pathlib.Path Path".split()
)
TEMPORARY = frozenset(
    "tempfile.gettempdir tempfile.mkdtemp tempfile.mkstemp tempfile.mktemp tempfile.NamedTemporaryFile "
    "tempfile.TemporaryDirectory tempfile.TemporaryFile tempfile.SpooledTemporaryFile NamedTemporaryFile "
    "TemporaryDirectory mkdtemp mkstemp gettempdir aiofiles.tempfile.NamedTemporaryFile".split()
)
ENVIRONMENT = frozenset({"os.getenv", "os.environ.get", "environ.get", "getenv"})
SETTINGS = frozenset("config env decouple.config env.str env.path starlette.config.Config environ.Env".split())
FIELDS = frozenset({"Field", "pydantic.Field", "field", "dataclasses.field", "Query", "Form"})
