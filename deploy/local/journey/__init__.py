"""The journey: two couples' whole way through a running platform, played over its public API and checked.

It knows nothing of the services but what the gateway shows. `play` tells the story in order; each module
beside it is one act, and `letters`, `views` and `clock` are how effects are looked at.
"""

from deploy.local.journey.command import journey

__all__ = ["journey"]
