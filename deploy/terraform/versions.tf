terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # The first that lets a message have 1 MiB.
      version = ">= 6.8"
    }
  }
}
