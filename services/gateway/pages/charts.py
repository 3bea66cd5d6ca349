"""Where the lines, points and bands of a chart lie. The SVG itself is one macro (macros/charts.html)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

_TOP, _HEIGHT = 20.0, 230.0
_EDGE = 6.0  # per cent kept free left and right, for points and labels


@dataclass(frozen=True)
class Band:
    """A band of an instrument's scores: from `least` up to the next band."""

    least: float
    words: str


@dataclass(frozen=True)
class Series:
    """One person's scores. `shape` is circle, diamond or square; `points` are moments and scores."""

    name: str
    shape: str
    points: Sequence[tuple[datetime, float]]


def chart(
    *,
    id: str,
    most: float,
    bands: Sequence[Band],
    series: Sequence[Series],
    words: Mapping[str, str],
    when: Any,
) -> dict[str, Any]:
    """All that the macro needs. `most` is the highest score; `words` has sentence, caption and when; `when` puts a
    moment in words for the table."""
    moments = sorted({at for one in series for at, _ in one.points})
    first, last = (moments[0], moments[-1]) if moments else (None, None)

    def x(at: datetime) -> float:
        if first is None or last is None or first == last:
            return 50.0
        return round(_EDGE + (100 - 2 * _EDGE) * ((at - first) / (last - first)), 2)

    def y(score: float) -> float:
        return round(_TOP + _HEIGHT * (1 - score / most), 2)

    ends = [*[band.least for band in bands[1:]], most]
    shown_bands = [
        {
            "y": y(end),
            "height": round(y(band.least) - y(end), 2),
            "words": band.words,
            "opacity": round(0.1 * place / max(1, len(bands) - 1), 3),
        }
        for place, (band, end) in enumerate(zip(bands, ends, strict=True))
    ]
    shown_series = []
    for one in series:
        points = [{"x": x(at), "y": y(score)} for at, score in one.points]
        lines = [{"x1": a["x"], "y1": a["y"], "x2": b["x"], "y2": b["y"]} for a, b in pairwise(points)]
        shown_series.append({"name": one.name, "shape": one.shape, "points": points, "lines": lines})
    by_series = [dict(one.points) for one in series]
    rows = [{"when": when(at), "values": [scores.get(at) for scores in by_series]} for at in moments]
    return {
        "id": id,
        "bands": shown_bands,
        "grid": [{"y": y(band.least), "value": f"{band.least:g}"} for band in bands],
        "series": shown_series,
        "rows": rows,
        **words,
    }
