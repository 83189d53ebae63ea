"""Which calls read, serve or put a path together; tables of names, and where each takes its path.

Which calls write is told by the records of libraries (`libraries.py`).
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "APPS",
    "ENVIRONMENT",
    "FIELDS",
    "JOINS",
    "READERS",
    "RUNNERS",
    "SAME_PATH",
    "SERVERS",
    "SETTINGS",
    "TEMPORARY",
    "Argument",
]


class Argument(NamedTuple):
    """Where a call takes a path: position, keyword, and the kind of write or read that it is."""

    at: int
    keyword: str
    kind: str


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
