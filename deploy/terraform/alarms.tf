# What no consumer can tell: that none is there, and that SQS itself has given messages up.

locals {
  alarms = length(var.alarm_actions) > 0 ? {
    dead-letters = {
      queue       = aws_sqs_queue.dead_letters.name
      metric      = "ApproximateNumberOfMessagesVisible"
      above       = 0
      description = "There are dead letters: see `consumer dlq ls`."
    }
    age = {
      queue       = aws_sqs_queue.queue.name
      metric      = "ApproximateAgeOfOldestMessage"
      above       = var.alarm_age_seconds
      description = "Messages wait: are there consumers, and do they work?"
    }
  } : {}
}

resource "aws_cloudwatch_metric_alarm" "alarms" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = "AWS/SQS"
  metric_name         = each.value.metric
  dimensions          = { QueueName = each.value.queue }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.above
  period              = 60
  evaluation_periods  = 5
  # A queue that nobody uses says nothing.
  treat_missing_data = "notBreaching"
  alarm_actions      = var.alarm_actions
  ok_actions         = var.alarm_actions
  tags               = var.tags
}
