"""Python sleeps to a moment of the monotonic clock, which libfaketime 0.9.10 moves by mistake: wait in another way."""

import select
import sys
import time

if sys.platform == "linux":
    time.sleep = lambda seconds: select.select((), (), (), seconds)[0] and None
