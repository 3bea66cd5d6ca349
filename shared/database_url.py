"""The URL of a database, put together from settings in parts: where it is and, apart from it, the password.

So a manifest can hold the URL and no secret.
"""

from urllib.parse import quote, urlsplit, urlunsplit

from shared.environment import Environment


def database_url(name: str) -> str:
    """ATTUNE_<name>_URL with ATTUNE_<name>_PASSWORD put in, where there is one; each also as …_FILE or in the
    folder of secrets.

    Empty when there is no URL. Raises ValueError when a file can't be read, or there are two passwords.
    """
    env = Environment()
    url: str = env.str(f"ATTUNE_{name}_URL", "")
    password: str = env.str(f"ATTUNE_{name}_PASSWORD", "")
    if not url or not password:
        return url
    if urlsplit(url).password is not None:
        raise ValueError(
            f"ATTUNE_{name}_URL has a password, and there is ATTUNE_{name}_PASSWORD: leave one out"
        )
    if urlsplit(url).username is None:
        raise ValueError(
            f"ATTUNE_{name}_URL names no user for ATTUNE_{name}_PASSWORD: postgresql://USER@HOST/…"
        )
    return with_password(url, password)


def with_password(url: str, password: str) -> str:
    """`url`, which names a user and no password, with this password."""
    parts = urlsplit(url)
    user, _, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}"))
