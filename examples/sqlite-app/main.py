import os
import sqlite3

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

DATABASE = "data/notes.db"

app = FastAPI()


class Note(BaseModel):
    text: str


def connect() -> sqlite3.Connection:
    os.makedirs("data", exist_ok=True)
    connection = sqlite3.connect(DATABASE)
    connection.execute("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
    return connection


@app.get("/")
def list_notes() -> list[str]:
    with connect() as connection:
        return [text for (text,) in connection.execute("SELECT text FROM notes ORDER BY id")]


@app.post("/notes", status_code=201)
def add_note(note: Note) -> Note:
    with connect() as connection:
        connection.execute("INSERT INTO notes (text) VALUES (?)", (note.text,))
    return note


if __name__ == "__main__":
    uvicorn.run(app, host="0.0.0.0", port=8000)
