variable "name" {
  description = "Name of the queue. The dead-letter queue's ends in -dlq. With fifo both end in .fifo beyond that."
  type        = string
  default     = "hello-queue"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,71}$", var.name))
    error_message = "name must be 1 to 71 letters, digits, hyphens and underscores: nine of SQS's 80 are for -dlq.fifo."
  }
}

variable "fifo" {
  description = "Whether the queues keep the order of message groups. A queue cannot be changed from one to the other: another is made."
  type        = bool
  default     = false
}

variable "retention_seconds" {
  description = "After which a message that nobody has stored is gone, 1 to 13 days."
  type        = number
  default     = 345600

  validation {
    condition     = var.retention_seconds >= 86400 && var.retention_seconds <= 1123200
    error_message = "retention_seconds must be 86400 to 1123200: messages ought to outlast an outage, and a dead letter, which keeps its age, its 14 days on the queue."
  }
}

variable "max_receive_count" {
  description = "After so many receives SQS gives a message up. Every restart that is not a clean one spends one."
  type        = number
  default     = 10

  validation {
    condition     = var.max_receive_count >= 5 && var.max_receive_count <= 1000
    error_message = "max_receive_count must be 5 to 1000: with fewer, restarts alone give healthy messages up."
  }
}

variable "visibility_timeout_seconds" {
  description = "For those who do not say; the consumer says its own with each receive."
  type        = number
  default     = 30

  validation {
    condition     = var.visibility_timeout_seconds >= 0 && var.visibility_timeout_seconds <= 43200
    error_message = "visibility_timeout_seconds must be 0 to 43200."
  }
}

variable "receive_wait_seconds" {
  description = "For those who do not say; the consumer says its own with each receive."
  type        = number
  default     = 20

  validation {
    condition     = var.receive_wait_seconds >= 0 && var.receive_wait_seconds <= 20
    error_message = "receive_wait_seconds must be 0 to 20."
  }
}

variable "max_message_bytes" {
  description = "Of a body with its attributes, up to 1 MiB."
  type        = number
  default     = 1048576

  validation {
    condition     = var.max_message_bytes >= 1024 && var.max_message_bytes <= 1048576
    error_message = "max_message_bytes must be 1024 to 1048576."
  }
}

variable "kms_key_arn" {
  description = "Key of KMS for both queues; its own policy must let their users in. Without it: a key of SQS's own."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key, not of an alias: policies name it."
  }
}

variable "alarm_actions" {
  description = "Whom to tell of dead letters and of messages that nobody takes, as ARNs such as a topic's. Empty: nobody."
  type        = list(string)
  default     = []
}

variable "alarm_age_seconds" {
  description = "How old the oldest message may get."
  type        = number
  default     = 900

  validation {
    condition     = var.alarm_age_seconds >= 60
    error_message = "alarm_age_seconds must be 60 or more: SQS says it once a minute."
  }
}

variable "tags" {
  description = "For everything that can have tags."
  type        = map(string)
  default     = {}
}
