"""The proof of rule D1: the whole event path in real processes that are killed, stopped and starved, and a checker
that reads what was accepted and what each database holds, and knows nothing of the path in between.

`make soak SCALE=1` plays it long; `test_short.py` plays the same in half a minute on each log.
"""
