"""`programs` of root-user: what the configuration says of programs that the code runs."""

from __future__ import annotations

from command_line import Project, Run


def test_a_setting_names_a_program_that_needs_no_root(project: Project, run: Run) -> None:
    folder = project(
        {
            "Dockerfile": 'FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCMD ["python", "main.py"]\n',
            "main.py": 'import subprocess\n\nsubprocess.run(["vendor-tool"])\n',
            "dockerfix.toml": '[rules.root-user]\nprograms = ["vendor-tool"]\n',
        }
    )
    run("--write", "--select", "DF501", ".")
    assert "COPY --chown=app:app . ." in (folder / "Dockerfile").read_text()
