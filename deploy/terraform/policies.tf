# What each role may, and no more. A right covers an action and its batch.

locals {
  policies = {
    consumer = data.aws_iam_policy_document.consumer.json
    sender   = data.aws_iam_policy_document.sender.json
    operator = data.aws_iam_policy_document.operator.json
    scaler   = data.aws_iam_policy_document.scaler.json
  }
  keys = var.kms_key_arn == null ? [] : [var.kms_key_arn]
}

resource "aws_iam_policy" "roles" {
  for_each = local.policies

  name   = "${var.name}-${each.key}"
  policy = each.value
  tags   = var.tags
}

# Runs `consumer` and `consumer doctor`.
data "aws_iam_policy_document" "consumer" {
  statement {
    sid       = "Consume"
    resources = [aws_sqs_queue.queue.arn]
    actions = [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ReceiveMessage",
    ]
  }

  statement {
    sid       = "DeadLetter"
    resources = [aws_sqs_queue.dead_letters.arn]
    actions = [
      "sqs:GetQueueAttributes", # only the doctor: how long letters stay
      "sqs:GetQueueUrl",
      "sqs:SendMessage",
    ]
  }

  dynamic "statement" {
    for_each = local.keys

    content {
      sid       = "Key"
      resources = [statement.value]
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    }
  }
}

# Runs `sender`, or whatever else fills the queue.
data "aws_iam_policy_document" "sender" {
  statement {
    sid       = "Send"
    resources = [aws_sqs_queue.queue.arn]
    actions = [
      "sqs:GetQueueUrl",
      "sqs:SendMessage",
    ]
  }

  dynamic "statement" {
    for_each = local.keys

    content {
      sid       = "Key"
      resources = [statement.value]
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    }
  }
}

# For people: `consumer dlq` and `consumer trace`.
data "aws_iam_policy_document" "operator" {
  statement {
    sid       = "Look"
    resources = [aws_sqs_queue.queue.arn, aws_sqs_queue.dead_letters.arn]
    actions = [
      "sqs:ChangeMessageVisibility",
      "sqs:GetQueueAttributes",
      "sqs:GetQueueUrl",
      "sqs:ReceiveMessage",
      "sqs:SendMessage",
    ]
  }

  statement {
    sid       = "Move"
    resources = [aws_sqs_queue.dead_letters.arn]
    actions   = ["sqs:DeleteMessage"]
  }

  dynamic "statement" {
    for_each = local.keys

    content {
      sid       = "Key"
      resources = [statement.value]
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    }
  }
}

# For KEDA, where it scales by the length of the queue.
data "aws_iam_policy_document" "scaler" {
  statement {
    sid       = "Measure"
    resources = [aws_sqs_queue.queue.arn]
    actions   = ["sqs:GetQueueAttributes"]
  }
}
