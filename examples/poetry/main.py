from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


async def todos(request):
    return JSONResponse(["write tests"])


app = Starlette(routes=[Route("/", todos)])
