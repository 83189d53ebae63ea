from aiohttp import web


async def index(request):
    return web.json_response({"hello": "world"})


app = web.Application()
app.router.add_get("/", index)

if __name__ == "__main__":
    web.run_app(app, host="0.0.0.0", port=8000)
