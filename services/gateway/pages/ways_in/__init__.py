"""The pages of signing in: the ways there are, setting them up, showing that it is still you, getting back in."""

from services.gateway.pages.ways_in import (
    codes,
    means,
    openid,
    other_tab,
    proof,
    recovery,
    signing_in,
    staff,
    where,
)

__all__ = ["codes", "means", "openid", "other_tab", "proof", "recovery", "signing_in", "staff", "where"]
