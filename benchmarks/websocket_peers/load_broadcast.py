# mypy: ignore-errors
# Runs in the peers' environment, which the type checker does not see.
"""Members of one room: one of them speaks, all of them count what they hear.

``python load_broadcast.py PORT MEMBERS SECONDS``: prints a line when all members are connected,
waits for one on its input, prints one when the measuring begins; when it ends, the deliveries per
second and which part of the time this program was busy.
"""

import os
import resource
import sys
import time

from opening import KEY, connect, frame, poll_of, read

WARM_UP = 1.0
# Messages that are on their way at a time: the server must not wait for this side.
WINDOW = 8
PAYLOAD = b"m" * 32
ANSWER = len(frame(0x81, PAYLOAD))
# Bytes of one read: all that can be on its way.
READ = WINDOW * ANSWER


def main() -> None:
    port, members, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    files = [connect(port, "/room") for _ in range(members)]
    poll = poll_of(files).poll
    message, speaker = frame(0x81, PAYLOAD, KEY), files[-1]
    time.sleep(0.5)
    print("connected", flush=True)
    sys.stdin.readline()
    received = 0
    due = 0  # bytes that all members have to have before the next message is sent

    def run(seconds: float) -> None:
        nonlocal received, due
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for file, _ in poll(seconds):
                received += len(read(file, READ))
            while received >= due:
                due += members * ANSWER
                os.write(speaker, message)

    for _ in range(WINDOW - 1):
        os.write(speaker, message)
    run(WARM_UP)
    print("begin", flush=True)
    before, start, cpu = received, time.perf_counter(), time.process_time()
    run(seconds)
    passed = time.perf_counter() - start
    deliveries = (received - before) / ANSWER / passed
    print(deliveries, (time.process_time() - cpu) / passed, flush=True)
    os._exit(0)


main()
