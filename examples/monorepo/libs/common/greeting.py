def greeting(name: str) -> dict[str, str]:
    return {"hello": name}
