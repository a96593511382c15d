"""Asks ports what answers there, and waits until the right thing does.

usage: probe.py free PORT                              prints the first free port from PORT on
       probe.py localstack|queue|database PORT [PID [SECS]]
                                                       prints what answers; exit 1 with the reason when it is not healthy
With PID the port must be that process's own. With SECS it is asked again until then, or until the process has ended.
"""

import http.client
import json
import os
import socket
import sys
import time
import urllib.request

HOST = "127.0.0.1"
HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Unhealthy(Exception):
    pass


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def first_free(port):
    for candidate in range(port, 65536):
        if is_free(candidate):
            return candidate
    raise Unhealthy(f"no port from {port} on is free")


def has_ended(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def listens(pid, port):
    """Whether this very process, and not another program, listens on the port."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if os.path.exists(table):
            with open(table) as sockets:
                rows = [row.split() for row in sockets][1:]
            inodes |= {f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")}
    folder = f"/proc/{pid}/fd"
    for fd in os.listdir(folder):
        try:
            if os.readlink(f"{folder}/{fd}") in inodes:
                return True
        except FileNotFoundError:
            pass
    return False


def localstack(port):
    with HTTP.open(f"http://{HOST}:{port}/_localstack/health", timeout=2) as answer:
        health = json.load(answer)
    state = health.get("services", {}).get("sqs")
    if state not in ("available", "running"):
        raise Unhealthy(f"SQS is {state}")
    return f"LocalStack {health.get('version', '')}".strip()


def queue(port):
    """LocalStack keeps nothing: after a restart it is healthy and empty."""
    answer = localstack(port)
    HTTP.open(f"http://{HOST}:{port}/000000000000/hello-queue?Action=GetQueueAttributes", timeout=2).close()
    return answer


def database(port):
    """The server's first packet: length (3), number (1), protocol 10, version ended by NUL."""
    with socket.create_connection((HOST, port), timeout=2) as connection:
        packet = connection.recv(256)
    if packet[4:5] != b"\x0a":
        raise Unhealthy(f"no MySQL greeting but {packet[:80]!r}")
    version = packet[5:].split(b"\0")[0].decode(errors="replace").removeprefix("5.5.5-")
    return f"{'MariaDB' if 'MariaDB' in version else 'MySQL'} {version.split('-')[0]}"


def healthy(service, port, pid):
    if pid and not listens(pid, port):
        raise Unhealthy(f"process {pid} does not listen on port {port}")
    return service(port)


def wait(service, port, pid=None, seconds=0):
    deadline = time.monotonic() + seconds
    while True:
        try:
            return healthy(service, port, pid)
        except (Unhealthy, OSError, ValueError, http.client.HTTPException) as error:
            reason = error
        if pid and has_ended(pid):
            raise Unhealthy("its process has ended")
        if time.monotonic() >= deadline:
            raise Unhealthy(reason)
        time.sleep(0.1)


if __name__ == "__main__":
    services = {"localstack": localstack, "queue": queue, "database": database}
    asked, numbers = sys.argv[1], [int(number) for number in sys.argv[2:]]
    try:
        print(first_free(*numbers) if asked == "free" else wait(services[asked], *numbers))
    except Unhealthy as error:
        sys.exit(str(error))
