"""Creates the queues, or brings existing ones back to these settings, and prints the URL of the main one.

usage: queues.py ENDPOINT        e.g. queues.py http://127.0.0.1:4566
"""

import json
import sys
import urllib.error
import urllib.request

QUEUE = "hello-queue"
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
    """Creating without attributes succeeds whatever settings an existing queue has; they are set afterwards."""
    url = call(endpoint, "CreateQueue", QueueName=name)["QueueUrl"]
    attributes = {key: str(value) for key, value in attributes.items()}
    call(endpoint, "SetQueueAttributes", QueueUrl=url, Attributes=attributes)
    return url


def main(endpoint):
    dead_letters = ensure(endpoint, DEAD_LETTER_QUEUE, MessageRetentionPeriod=14 * DAY)
    arn = call(endpoint, "GetQueueAttributes", QueueUrl=dead_letters, AttributeNames=["QueueArn"])
    redrive = {"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": 10}
    url = ensure(
        endpoint,
        QUEUE,
        VisibilityTimeout=30,
        ReceiveMessageWaitTimeSeconds=20,
        MessageRetentionPeriod=4 * DAY,
        RedrivePolicy=json.dumps(redrive),
    )
    print(url)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        main(sys.argv[1])
    except urllib.error.HTTPError as error:
        sys.exit(f"queues: {sys.argv[1]} answered {error.code}: {error.read(500).decode(errors='replace')}")
    except OSError as error:
        sys.exit(f"queues: cannot reach {sys.argv[1]}: {error}")
