"""`dockerfix fleet` as the tests start it: the real command, in a hurry.

Arguments: those of the command. The pauses between looks are short, so that a dead worker is noticed within a second.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from dockerfix.bot.fleet import Pace
from dockerfix.cli import fleet, fleet_session

PACE = Pace(poll=0.03, beat=0.15, silence=1.2, back_off=0.05)

if __name__ == "__main__":
    run = fleet_session.run
    fleet_session.run = lambda options: run(replace(options, pace=PACE))
    fleet.app(args=sys.argv[1:], prog_name="dockerfix fleet")
