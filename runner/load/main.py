"""A load test from its beginning to its exit code, with Locust as a library."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from argparse import Namespace
from collections.abc import Callable
from time import monotonic
from typing import Any

import gevent
import locust
from locust.argument_parser import default_args_dict
from locust.env import Environment
from locust.exception import RPCError
from locust.runners import STATE_INIT, STATE_RUNNING, STATE_STOPPED, STATE_STOPPING, MasterRunner

from runner.errors import HtrunError, UsageError
from runner.load.files import Files
from runner.load.runtime import Runtime, runtime_of
from runner.load.scenario import Scenario
from runner.load.settings import LoadOptions
from runner.load.summary import progress_line, summary
from runner.load.thresholds import judge
from runner.load.user import CollectionUser

EXIT_FAILED, EXIT_INTERRUPTED = 1, 130
#: seconds between lines about how it is going, and between looks at whether the end has come
_PROGRESS, _LOOK = 5.0, 0.1
#: how many objects make it worth to look for garbage (Python's own choice is 700, 10, 10)
_GARBAGE = 10_000, 20, 50


class _Ended(Exception):
    """Somebody asked the process to end."""


class LoadTest:
    """One test in this process: all of it, its master, or a worker.

    Args:
        name: of the collection's file.
        say: takes the lines of the summary.
        tell: takes what happens meanwhile.
    """

    def __init__(
        self,
        options: LoadOptions,
        scenario: Scenario,
        name: str,
        say: Callable[[str], None],
        tell: Callable[[str], None],
    ) -> None:
        self._options, self._scenario = options, scenario
        self._say, self._tell = say, tell
        self._environment: Any = _environment(options, _user_class(options, scenario), name)
        self._runtime: Runtime = runtime_of(self._environment)
        self._runner: Any = None
        self._interrupted = False

    def run(self) -> int:
        """Runs the test and returns the exit code: 1 if a threshold is crossed, or without thresholds if a request
        has failed; 1 in any case if none was sent or a user came to grief; 130 if Ctrl-C ended it before its time.

        Raises:
            HtrunError: it cannot begin, or cannot go on.
        """
        # Ctrl-C reaches whatever greenlet runs, unless it is asked for here
        me = gevent.getcurrent()
        handlers = [gevent.signal_handler(number, self._on_signal, me) for number in (signal.SIGINT, signal.SIGTERM)]
        try:
            return self._work() if self._options.role == "worker" else self._lead()
        except _Ended:  # a second time, or before there was anything to end
            return EXIT_INTERRUPTED
        finally:
            for handler in handlers:
                handler.cancel()

    def _on_signal(self, main: Any) -> None:
        gevent.kill(main, _Ended)

    def _work(self) -> int:
        options = self._options
        place = f"{options.master_host}:{options.master_port}"
        self._tell(f"worker: looking for the master at {place}")
        try:
            self._runner = self._environment.create_worker_runner(options.master_host, options.master_port)
        except ConnectionError:
            raise HtrunError(
                f"no master answers at {place}: start it first (--master), or name it (--master-host)"
            ) from None
        self._begin()
        self._tell("worker: connected, the master starts and ends the test")
        try:
            while self._runtime.error is None and not self._runner.greenlet.join(_LOOK):
                pass
        except _Ended:
            self._interrupted = True
        if self._interrupted or self._runtime.error is not None:
            self._runner.stop()
            self._environment.events.quitting.fire(environment=self._environment, reverse=True)
            gevent.sleep(_LOOK)  # the master is told
        if self._runtime.error is not None:
            raise self._runtime.error
        return EXIT_INTERRUPTED if self._interrupted else 0

    def _lead(self) -> int:
        self._create_runner()
        files = Files(self._options, self._environment)
        self._begin()
        try:
            files.start()
            if self._options.web:
                self._serve(files)
            else:
                self._follow()
        except _Ended:
            self._interrupted = True
            self._tell("stopping")
        self._end()
        files.finish()
        return self._result()

    def _create_runner(self) -> None:
        if self._options.role == "local":
            self._runner = self._environment.create_local_runner()
            return
        host, port = self._options.master_bind_host, self._options.master_port
        try:
            self._runner = self._environment.create_master_runner(host, port)
        except (SystemExit, RPCError):  # Locust has said why, in its log
            raise UsageError(f"cannot listen at {host}:{port}: choose another port with --master-port") from None
        self._tell(f"master at {host}:{port}")

    def _begin(self) -> None:
        # What is there now stays and is not searched for garbage again and again; requests leave hardly any.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_GARBAGE)
        self._runtime.share.rate = self._options.rps
        self._runtime.share.iterations = self._scenario.iterations
        self._environment.events.init.fire(environment=self._environment, runner=self._runner, web_ui=None)

    def _serve(self, files: Files) -> None:
        host, port = self._options.web_host, self._options.web_port
        del sys.argv[1:]  # Locust would look for options of its own in it
        try:
            # asked for here, since it is a greenlet of Locust's that would fail
            socket.create_server((host, port)).close()
        except OSError as error:
            why = error.strerror or error
            raise UsageError(f"cannot listen at {host}:{port}: {why}; choose another port with --web-port") from None
        web = self._environment.create_web_ui(host, port, stats_csv_writer=files.for_web)
        self._tell(f"web interface at http://{host}:{port}/ (Ctrl-C ends it)")
        try:
            while self._runtime.error is None and not web.greenlet.ready():
                gevent.sleep(_LOOK)
        finally:
            web.stop()

    def _follow(self) -> None:
        """Starts the users, and returns when the end has come."""
        options, runner, runtime = self._options, self._runner, self._runtime
        if isinstance(runner, MasterRunner):
            self._wait_for_workers(runner)
        runner.start(options.users, options.spawn_rate)
        started = told = monotonic()
        while runtime.error is None:
            gevent.sleep(_LOOK)
            now = monotonic()
            if now - told >= _PROGRESS:
                told = now
                self._tell(progress_line(runner.stats, runner.user_count, now - started))
            if options.run_time is not None and now - started >= options.run_time:
                return
            if runner.state in (STATE_STOPPED, STATE_STOPPING):
                if runtime.error is None:
                    self._tell("no worker is left")
                return
            if runner.state == STATE_RUNNING and runtime.users_done >= runner.target_user_count:
                return

    def _wait_for_workers(self, runner: MasterRunner) -> None:
        wanted, told = self._options.expect_workers, float("-inf")
        while (there := len(runner.clients.ready)) < wanted:
            if monotonic() - told >= _PROGRESS:
                told = monotonic()
                self._tell(f"waiting for workers: {there} of {wanted}")
            gevent.sleep(_LOOK)

    def _end(self) -> None:
        """Stops the users; when this returns the statistics are complete."""
        runner = self._runner
        workers = [client.id for client in runner.clients.all] if isinstance(runner, MasterRunner) else []
        if runner.state != STATE_INIT:
            runner.stop()
        for worker in workers:  # Locust has forgotten those that have stopped
            runner.send_message("quit", client_id=worker)

    def _result(self) -> int:
        environment, runtime, stats = self._environment, self._runtime, self._runner.stats
        verdicts = [judge(one, stats, runtime.checks) for one in self._options.thresholds]
        for line in summary(stats, runtime.checks, verdicts):
            self._say(line)
        for problem in self._runner.exceptions.values():
            self._tell(f"a user came to grief: {problem['msg']}")
        environment.events.quitting.fire(environment=environment, reverse=True)
        if runtime.error is not None:
            raise runtime.error
        if self._interrupted and not self._options.web and self._has_an_end():
            return EXIT_INTERRUPTED
        if not stats.total.num_requests:
            raise HtrunError(self._nothing())
        failed = any(one.failed for one in verdicts) if verdicts else stats.total.num_failures > 0
        return EXIT_FAILED if failed or self._runner.exceptions else 0

    def _nothing(self) -> str:
        """Why there is nothing to count: a request counts when it has come to its end."""
        if not self._scenario.items:
            return "no request was sent: there is none to run"
        return "no request came to its end before the test did: --timeout-request gives up those without an answer"

    def _has_an_end(self) -> bool:
        return self._options.run_time is not None or self._scenario.iterations is not None


def _user_class(options: LoadOptions, scenario: Scenario) -> type[CollectionUser]:
    low, high = options.wait
    wait = locust.between(low, high) if high > low else locust.constant(low)
    made: type[CollectionUser] = type("HtrunUser", (CollectionUser,), {"wait_time": wait})
    made.use(scenario)
    return made


def _environment(options: LoadOptions, user_class: type[CollectionUser], name: str) -> Environment:
    parsed = Namespace(**default_args_dict())
    parsed.num_users, parsed.spawn_rate = options.users, options.spawn_rate
    parsed.run_time, parsed.headless = options.run_time, not options.web
    parsed.stop_timeout = options.stop_timeout
    parsed.enable_rebalancing = True  # what a dead worker did is done by the others
    return Environment(
        user_classes=[user_class],
        events=locust.events,
        stop_timeout=options.stop_timeout,
        parsed_options=parsed,
        locustfile=os.path.basename(name),
    )
