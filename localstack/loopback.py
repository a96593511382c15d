"""Runs LocalStack on 127.0.0.1 only: its own server ignores the host in GATEWAY_LISTEN and would listen to the whole network."""

import os
import sys

from twisted.internet import endpoints


class LoopbackEndpoint(endpoints.TCP4ServerEndpoint):
    def __init__(self, reactor, port):
        super().__init__(reactor, port, interface="127.0.0.1")

    def listen(self, factory):
        return super().listen(factory).addErrback(give_up)


def give_up(failure):
    """LocalStack itself would go on without a port."""
    print(f"cannot listen: {failure.getErrorMessage()}", file=sys.stderr, flush=True)
    os._exit(1)


if __name__ == "__main__":
    endpoints.TCP4ServerEndpoint = LoopbackEndpoint
    from localstack.runtime.main import main

    main()
