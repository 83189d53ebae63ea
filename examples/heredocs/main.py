import configparser

import bottle

settings = configparser.ConfigParser()
settings.read("settings.ini")
app = bottle.Bottle()


@app.get("/")
def index():
    return dict(settings["app"])
