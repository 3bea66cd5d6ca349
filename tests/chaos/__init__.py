"""The whole stack under harm: journeys play on a real platform while its parts are killed, starved and cut off.

`run` harms and `checker` judges afterwards, from the databases, the event log, the mail as it was received and
what the drivers were promised. See docs/reliability.md.
"""
