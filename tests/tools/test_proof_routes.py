"""Routes that a project's source names."""

from __future__ import annotations

from pathlib import Path

from proof.routes import routes_in, secrets_in


def test_flask_express_and_django(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("@app.route('/login', methods=['GET', 'POST'])\ndef login(): ...\n")
    (tmp_path / "server.js").write_text("app.delete('/items/:id', x)\nrouter.put(\"/items/:id\", x)\n")
    (tmp_path / "urls.py").write_text("urlpatterns = [path('books/<int:pk>/', views.book)]\n")
    assert routes_in(tmp_path) == (
        "POST:/login",
        "GET:/books/<int:pk>/",
        "GET:/login",
        "PUT:/items/:id",
        "DELETE:/items/:id",
    )


def test_prefixes_are_tried_too(tmp_path: Path) -> None:
    (tmp_path / "app.js").write_text("app.use('/api', router)\nrouter.get('/x', y)\n")
    assert routes_in(tmp_path) == ("GET:/api/x", "GET:/x")


def test_tests_and_packages_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "x.js").write_text("app.get('/x', y)")
    assert routes_in(tmp_path) == ()


def test_view_sets_take_what_is_posted(tmp_path: Path) -> None:
    (tmp_path / "urls.py").write_text(
        "router.register(r'books', V)\nurlpatterns = [path('api/', include(router.urls))]\n"
    )
    assert "POST:/api/books/" in routes_in(tmp_path)


def test_keys_that_the_source_reads_get_a_value(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("os.environ['SECRET_KEY']\nos.getenv('API_TOKEN')\nos.environ['DATABASE_URL']\n")
    (tmp_path / "b.js").write_text("process.env.JWT_SECRET")
    assert [name for name, _ in secrets_in(tmp_path)] == ["API_TOKEN", "JWT_SECRET", "SECRET_KEY"]
