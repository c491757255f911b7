"""Starts the processes that are measured; a process of its own because it has to be small.

Linux counts what the parent had in memory at the start of a process into that process's peak, so a parent
that has ever been larger than the child would be measured instead of it. Reads one JSON object per line
(``command``, ``directory``, ``env``, ``output``) and answers each with one: ``code`` (negative: a signal),
``started`` and ``ended`` (seconds of ``time.perf_counter``), ``cpu`` (seconds, user and system) and
``memory`` (peak, MiB).
"""

import json
import os
import sys
import time

MIB = 1024 * 1024 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in KiB elsewhere


def main() -> None:
    for line in sys.stdin:
        job = json.loads(line)
        os.chdir(job["directory"])
        files = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, job["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
        started = time.perf_counter()
        process = os.posix_spawn(job["command"][0], job["command"], job["env"], file_actions=files)
        _, status, usage = os.wait4(process, 0)
        ended = time.perf_counter()
        answer = {
            "code": os.waitstatus_to_exitcode(status),
            "started": started,
            "ended": ended,
            "cpu": usage.ru_utime + usage.ru_stime,
            "memory": usage.ru_maxrss / MIB,
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        os._exit(130)  # run.py says what there is to say
