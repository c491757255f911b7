"""Locust's own reports: CSV files while the test runs, an HTML page at its end."""

from __future__ import annotations

import os
from typing import Any

import gevent
from locust import stats
from locust.html import get_html_report

from runner.errors import HtrunError
from runner.load.settings import LoadOptions


class Files:
    """The files of a test. That they can be written is found out before it begins.

    Raises:
        HtrunError: one of them cannot be written.
    """

    def __init__(self, options: LoadOptions, environment: Any) -> None:
        self._environment, self._html = environment, options.html
        self._writer: Any = stats.StatsCSV(environment, stats.PERCENTILES_TO_REPORT)
        self._greenlets: list[Any] = []
        self._csv = options.csv
        if options.csv is not None:
            try:
                os.makedirs(os.path.dirname(options.csv) or ".", exist_ok=True)
                self._writer = stats.StatsCSVFileWriter(environment, stats.PERCENTILES_TO_REPORT, options.csv)
            except OSError as error:
                raise HtrunError(f"cannot write {options.csv}_stats.csv: {error.strerror or error}") from None
        if options.html is not None:
            _write(options.html, "")

    @property
    def for_web(self) -> Any:
        """What the web interface offers for download."""
        return self._writer

    def start(self) -> None:
        """Has them written from now on."""
        self._greenlets.append(gevent.spawn(stats.stats_history, self._environment.runner))
        if self._csv is not None:
            self._greenlets.append(gevent.spawn(self._writer.stats_writer))

    def finish(self) -> None:
        """Writes what is still missing; to be called when nothing is sent any more."""
        if self._html is not None:
            make: Any = get_html_report
            _write(self._html, make(self._environment, show_download_link=False))
        if self._csv is not None:
            gevent.sleep(stats.CSV_STATS_INTERVAL_SEC + 0.2)  # the writer's next turn
        gevent.killall(self._greenlets)
        if self._csv is not None:
            self._writer.close_files()


def _write(path: str, text: str) -> None:
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise HtrunError(f"cannot write {path}: {error.strerror or error}") from None
