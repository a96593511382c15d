"""Creates the queues, or brings existing ones back to these settings, and prints the URL of the main one; a FIFO pair beside them.

usage: queues.py ENDPOINT        e.g. queues.py http://127.0.0.1:4566
"""

import json
import sys
import urllib.error
import urllib.request

QUEUE = "hello-queue"
FIFO = ".fifo"
DEAD_LETTER_QUEUE = f"{QUEUE}-dlq"
DAY = 24 * 60 * 60

# Only a local emulator takes this: it reads the region and checks nothing else.
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=unsigned"
)


def call(endpoint, action, **parameters):
    request = urllib.request.Request(
        endpoint,
        data=json.dumps(parameters).encode(),
        headers={
            "Authorization": AUTHORIZATION,
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"AmazonSQS.{action}",
        },
    )
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with without_proxy.open(request, timeout=10) as response:
        return json.loads(response.read() or b"{}")


def ensure(endpoint, name, **attributes):
    """Creating with no more than the type succeeds whatever settings an existing queue has; they are set afterwards."""
    kind = {"FifoQueue": "true"} if name.endswith(FIFO) else {}
    url = call(endpoint, "CreateQueue", QueueName=name, Attributes=kind)["QueueUrl"]
    attributes = {key: str(value) for key, value in attributes.items()}
    call(endpoint, "SetQueueAttributes", QueueUrl=url, Attributes=attributes)
    return url


def pair(endpoint, ending=""):
    """The queue and its dead-letter queue, whose names end so."""
    dead_letters = ensure(endpoint, DEAD_LETTER_QUEUE + ending, MessageRetentionPeriod=14 * DAY)
    arn = call(endpoint, "GetQueueAttributes", QueueUrl=dead_letters, AttributeNames=["QueueArn"])
    redrive = {"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": 10}
    return ensure(
        endpoint,
        QUEUE + ending,
        VisibilityTimeout=30,
        ReceiveMessageWaitTimeSeconds=20,
        MessageRetentionPeriod=4 * DAY,
        RedrivePolicy=json.dumps(redrive),
    )


def main(endpoint):
    pair(endpoint, FIFO)
    print(pair(endpoint))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        main(sys.argv[1])
    except urllib.error.HTTPError as error:
        sys.exit(f"queues: {sys.argv[1]} answered {error.code}: {error.read(500).decode(errors='replace')}")
    except OSError as error:
        sys.exit(f"queues: cannot reach {sys.argv[1]}: {error}")
