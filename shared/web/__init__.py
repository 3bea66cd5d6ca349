"""The HTTP chassis: every service's app is made here, with the same edge, policy and health endpoints."""
