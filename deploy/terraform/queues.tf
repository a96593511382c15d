# A queue and its dead-letter queue: standard, or FIFO.

locals {
  dead_letter_retention_seconds = 1209600 # 14 days, all that SQS has
  ending                        = var.fifo ? ".fifo" : ""
  # Without these two a FIFO queue has 300 calls of a kind a second for all of its groups.
  deduplication_scope   = var.fifo ? "messageGroup" : null
  fifo_throughput_limit = var.fifo ? "perMessageGroupId" : null
}

resource "aws_sqs_queue" "queue" {
  name                       = "${var.name}${local.ending}"
  fifo_queue                 = var.fifo ? true : null
  deduplication_scope        = local.deduplication_scope
  fifo_throughput_limit      = local.fifo_throughput_limit
  message_retention_seconds  = var.retention_seconds
  visibility_timeout_seconds = var.visibility_timeout_seconds
  receive_wait_time_seconds  = var.receive_wait_seconds
  max_message_size           = var.max_message_bytes
  sqs_managed_sse_enabled    = var.kms_key_arn == null ? true : null
  kms_master_key_id          = var.kms_key_arn
  tags                       = var.tags

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = var.max_receive_count
  })
}

# A dead letter has its message's attributes and some more, so it may be the larger of the two; SQS
# has no more than 1 MiB to give.
resource "aws_sqs_queue" "dead_letters" {
  name                       = "${var.name}-dlq${local.ending}"
  fifo_queue                 = var.fifo ? true : null
  deduplication_scope        = local.deduplication_scope
  fifo_throughput_limit      = local.fifo_throughput_limit
  message_retention_seconds  = local.dead_letter_retention_seconds
  visibility_timeout_seconds = var.visibility_timeout_seconds
  receive_wait_time_seconds  = var.receive_wait_seconds
  max_message_size           = 1048576
  sqs_managed_sse_enabled    = var.kms_key_arn == null ? true : null
  kms_master_key_id          = var.kms_key_arn
  tags                       = var.tags
}

# No other queue's messages.
resource "aws_sqs_queue_redrive_allow_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.id

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.queue.arn]
  })
}

# Nobody without TLS, whatever else they may.
data "aws_iam_policy_document" "tls_only" {
  for_each = local.queues

  statement {
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value.arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sqs_queue_policy" "tls_only" {
  for_each = local.queues

  queue_url = each.value.id
  policy    = data.aws_iam_policy_document.tls_only[each.key].json
}

locals {
  queues = {
    queue        = aws_sqs_queue.queue
    dead_letters = aws_sqs_queue.dead_letters
  }
}
