"""boto3 and PyMySQL in threads: receive ten, one insert, one delete, again."""

import os
import threading
import urllib.parse
import uuid

import boto3
import pymysql

THREADS = 4
QUEUE_URL = os.environ["QUEUE_URL"]
DATABASE = urllib.parse.urlsplit(os.environ["DATABASE_URL"])


def connect():
    return pymysql.connect(
        host=DATABASE.hostname,
        port=DATABASE.port or 3306,
        user=DATABASE.username,
        password=DATABASE.password or "",
        database=DATABASE.path.lstrip("/"),
        autocommit=True,
    )


def poll():
    sqs, database = boto3.session.Session().client("sqs"), connect()
    while True:
        answer = sqs.receive_message(QueueUrl=QUEUE_URL, MaxNumberOfMessages=10, WaitTimeSeconds=20)
        messages = answer.get("Messages", [])
        if not messages:
            continue
        rows = [(uuid.UUID(message["MessageId"]).bytes, message["Body"]) for message in messages]
        with database.cursor() as cursor:
            # PyMySQL makes one statement of it.
            cursor.executemany("INSERT IGNORE INTO messages (id, message) VALUES (%s, %s)", rows)
        entries = [
            {"Id": str(position), "ReceiptHandle": message["ReceiptHandle"]}
            for position, message in enumerate(messages)
        ]
        sqs.delete_message_batch(QueueUrl=QUEUE_URL, Entries=entries)


threads = [threading.Thread(target=poll) for _ in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
