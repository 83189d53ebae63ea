import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


async def index(request):
    return JSONResponse({"weather": "sunny"})


app = Starlette(routes=[Route("/", index)])


def main():
    uvicorn.run(app, host="0.0.0.0", port=8000)
