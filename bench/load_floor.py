"""The least that a scripted load test costs on Locust: the same request and checks, written by hand in Python:
``python bench/load_floor.py URL USERS ITERATIONS``."""

from __future__ import annotations

import sys

import gevent
import locust
from locust.env import Environment


class Handwritten(locust.HttpUser):
    wait_time = locust.constant(0)
    iterations = 0
    done = 0

    def on_start(self) -> None:
        self.left = self.iterations

    @locust.task
    def ask(self) -> None:
        if not self.left:
            type(self).done += 1
            gevent.sleep(3600)
        self.left -= 1
        with self.client.get("/ok", name="ok", catch_response=True) as response:
            if response.status_code != 200:
                response.failure("status is 200")
            elif response.json()["name"] != "Ann":
                response.failure("has a name")
            elif response.elapsed.total_seconds() > 5:
                response.failure("is quick")


def main(url: str, users: int, iterations: int) -> None:
    Handwritten.iterations = iterations
    environment = Environment(user_classes=[Handwritten], host=url, events=locust.events)
    runner = environment.create_local_runner()
    runner.start(users, users)
    while Handwritten.done < users:
        gevent.sleep(0.05)
    runner.quit()
    total = environment.stats.total
    if total.num_failures or total.num_requests != users * iterations:
        raise SystemExit(f"error: {total.num_requests} requests, {total.num_failures} failed")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
