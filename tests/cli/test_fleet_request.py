"""What a fleet's workers are told of the command line, by way of the database."""

from __future__ import annotations

import json

from dockerfix.cli.fleet.request import request_from, request_to_json
from dockerfix.cli.forge.requests import RequestOptions
from dockerfix.cli.options import Options


def test_what_is_asked_online_is_told_too() -> None:
    told = request_to_json(RequestOptions(repair=Options(online=True, pin_digests=True)))
    read = request_from(json.loads(json.dumps(told)))
    assert (read.repair.online, read.repair.pin_digests) == (True, True)


def test_a_run_that_an_older_version_began_asks_nothing() -> None:
    told = request_to_json(RequestOptions(repair=Options(online=True, pin_digests=True)))
    del told["online"], told["pin_digests"]
    read = request_from(told)
    assert (read.repair.online, read.repair.pin_digests) == (False, False)
