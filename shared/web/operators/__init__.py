"""What an operator asks of one service over HTTP: how far it is, what it put aside, what is late. Every service has it.

Ids, times, types, enumerations and counts only, as `attune events` shows them, over all practices and without one:
no practice's rows. It works on the worker's tables under the worker's role, and never touches the log.
"""

from shared.web.operators.routes import operators_blueprint, operators_policy

__all__ = ["operators_blueprint", "operators_policy"]
