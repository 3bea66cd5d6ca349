"""One page with every part of the look in every state. It is part of the tests."""

from datetime import UTC, datetime

from flask import Response
from werkzeug.datastructures import MultiDict

from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.charts import Band, Series, chart
from services.gateway.pages.frame import page
from services.gateway.pages.moments import Words

_AT = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)


@bp.get("/style")
def show_style() -> Response:
    texts, moment = page_texts(language()), Words(language())
    example = chart(
        id="example",
        most=27,
        bands=[
            Band(0, texts["style_band_0"]),
            Band(5, texts["style_band_1"]),
            Band(10, texts["style_band_2"]),
        ],
        series=[
            Series(
                "Sam",
                "circle",
                [(_AT.replace(month=month), score) for month, score in ((9, 13), (10, 9), (12, 6))],
            ),
            Series(
                "Noor", "diamond", [(_AT.replace(month=month), score) for month, score in ((9, 17), (11, 11))]
            ),
        ],
        words={
            "sentence": texts["style_chart"],
            "caption": texts["style_chart_table"],
            "when": texts["style_when"],
        },
        when=lambda at: moment.short_day(at, "America/Denver"),
    )
    rows = [
        {"side": "both", "at": _AT.isoformat(), "words": texts["kind_preparation"]},
        {"side": "circle", "at": _AT.isoformat(), "words": texts["kind_check_in"], "who": "Sam"},
        {"is_today": True},
        {"side": "diamond", "at": _AT.isoformat(), "words": texts["kind_integration"], "is_ahead": True},
    ]
    return page(
        "style.html",
        is_bare=True,
        at=_AT.isoformat(),
        zone="America/Denver",
        example=example,
        rows=rows,
        wrong={"email": texts["style_wrong"]},
        written=MultiDict({"email": "sam at example", "words": texts["style_written"], "ready": "partly"}),
    )
