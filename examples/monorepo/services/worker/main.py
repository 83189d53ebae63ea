import logging
import os
import signal
import sys
import time

import schedule

logging.basicConfig(level=logging.INFO)


def stop(signum, frame):
    logging.info("stopping")
    sys.exit(0)


def work():
    logging.info("working")


signal.signal(signal.SIGTERM, stop)
schedule.every(int(os.environ.get("INTERVAL", "5"))).seconds.do(work)
work()
while True:
    schedule.run_pending()
    time.sleep(0.5)
