#!/usr/bin/env bash
# pygls 2.1.1 (Python's library for language servers), incremental synchronisation, its default: the server's copy of a
# buffer is cut into lines by `str.splitlines()`, which also cuts at a form feed, a vertical tab, U+0085, U+2028 and U+2029.
# In the protocol only \n, \r\n and \r end a line ("Text Documents"), and so they do in editors. Below such a character
# each change lands one line too high: from then on the server works on a text that the editor does not show.
#
# Seen: the editor replaces `c` in the second line of "a\x0cb\nc\n"; the server then holds "a\x0cX\nc\n".
# A form feed between sections is common in GNU sources; U+2028 comes with text that was pasted from a browser.
# A server that asks for full texts (`TextDocumentSyncKind.Full`) is not concerned.
#
# Exits with 0 while that is so.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pygls==2.1.1
cat > edit.py <<'PYTHON'
from lsprotocol import types
from pygls.workspace import TextDocument

wrong = 0
for name, sign in (("nothing", ""), ("form feed", "\x0c"), ("U+2028", "\u2028")):
    document = TextDocument("file:///notes.txt", source=f"a{sign}b\nc\n", version=1)
    place = types.Range(types.Position(1, 0), types.Position(1, 1))  # the `c`
    document.apply_change(types.TextDocumentContentChangePartial(range=place, text="X"))
    print(f"{name}: {document.source!r}")
    wrong += document.source != f"a{sign}b\nX\n"
raise SystemExit(0 if wrong == 2 else 1)
PYTHON
venv/bin/python edit.py
