//! What stands below the options in the help.

/// Examples, what lines are, and exit codes.
pub(crate) const AFTER: &str = r#"Examples:
  sender                              one message a second to hello-queue, until Ctrl-C
  sender --count 10 --interval 500ms  ten messages, two a second
  sender --rate 2000 --count 1000000  a million messages, 2,000 a second
  sender --rate max --count 100000    as fast as the queue takes them
  sender --count 10 --start 11        hello world 11 to hello world 20
  sender --lines orders.txt           each line of a file as a message, as fast as the queue takes them
  sender --lines orders.txt --start 5001 --count 1000 --rate 50
                                      lines 5001 to 6000 of it, 50 a second
  sender --jsonl orders.jsonl --rejects again.jsonl
                                      messages in JSON; what was not confirmed goes into again.jsonl
  sender --jsonl again.jsonl          and that once more, under the same names
  zcat day.gz | sender --lines - --source day-331
                                      a pipe, named so that it can be sent again
  sender relay                        what lies in the table outbox of DATABASE_URL, until Ctrl-C
  sender completions bash             what bash completes; also zsh, fish and others
  sender man | man -l -               the manual page

Region and credentials are found as by every AWS tool: AWS_REGION, AWS_PROFILE,
AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, the host's role.

Lines of a file:
  A line ends in LF or CRLF, which is no part of it; empty lines are skipped, and lines are up to 1 MiB.
  A message of --jsonl is {"body":TEXT}, and as far as wanted "attributes", "group", "dedup_id" and
  "delay_seconds"; an attribute is a TEXT, or {"type":"Number","text":"7"}, or
  {"type":"Binary","base64":"AAEC"}. What consumer dlq export and --rejects write can be read.
  What has no dedup_id gets one of the source's name, its place in bytes and the line: sent again, also
  after a crash, it takes effect once. A file that was written anew under its old name is another source:
  say so by --source. Ids of standard input without --source are new each time.

Exit codes:
  0  all messages are on the queue; without --count: stopped, and nothing is left over
  1  some could not be sent, a run with --count or of a file was stopped early, or access or queue is
     missing
  2  an option, a URL or a file must be changed first: the last line on stderr says which
  3  stopped, and SQS did not answer within 10 s (or a second signal): outcome unknown"#;
