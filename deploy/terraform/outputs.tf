output "queue_url" {
  description = "For QUEUE_URL."
  value       = aws_sqs_queue.queue.url
}

output "queue_arn" {
  description = "Of the queue."
  value       = aws_sqs_queue.queue.arn
}

output "dead_letter_queue_url" {
  description = "For DLQ_URL, where the redrive policy is not to be asked."
  value       = aws_sqs_queue.dead_letters.url
}

output "dead_letter_queue_arn" {
  description = "Of the dead-letter queue."
  value       = aws_sqs_queue.dead_letters.arn
}

output "policy_arns" {
  description = "Of the policies for roles, by what they are for: consumer, sender, operator, scaler."
  value       = { for name, policy in aws_iam_policy.roles : name => policy.arn }
}
