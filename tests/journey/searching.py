"""Searches every file under a folder for words, as somebody with the disk in hand would."""

import mmap
from collections.abc import Iterable
from pathlib import Path


def files_with(folder: Path, words: Iterable[str]) -> dict[str, list[str]]:
    """Each word that is in some file, plain, as UTF-16 or as hexadecimal digits, with the files' names."""
    wanted = {word: (word.encode(), word.encode("utf-16-le"), word.encode().hex().encode()) for word in words}
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.stat().st_size == 0:
            continue
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            for word, forms in wanted.items():
                if any(content.find(form) >= 0 for form in forms):
                    found.setdefault(word, []).append(str(path.relative_to(folder)))
    return found
