//! Images, pods and units run the consumer as it wants to be run.

use std::time::Duration;

use acquit::cli::exit;
use clap::{Arg, Command};
use consumer::cli;

use crate::{read, value, values};

const DOCKERFILE: &str = "deploy/Dockerfile";
const DEPLOYMENT: &str = "deploy/kubernetes/deployment.yaml";
const OPTIONS: &str = "deploy/kubernetes/consumer.env";
const UNIT: &str = "deploy/systemd/consumer.service";

/// The options of the program and of its commands.
fn options(command: &Command) -> Vec<Arg> {
    let own = command.get_arguments().cloned();
    own.chain(command.get_subcommands().flat_map(options)).collect()
}

/// The option that a variable is the twin of.
fn option(variable: &str) -> Option<Arg> {
    let is_twin = |option: &Arg| option.get_env().is_some_and(|name| name == variable);
    options(&cli::command()).into_iter().find(is_twin)
}

/// How long the consumer takes to end, unless it is told otherwise.
fn grace() -> Duration {
    let grace = option("SHUTDOWN_GRACE").expect("the grace is an option");
    seconds(grace.get_default_values()[0].to_str().unwrap_or_default())
}

/// `25s`, or bare seconds.
fn seconds(text: &str) -> Duration {
    let number = text.strip_suffix('s').unwrap_or(text).parse();
    Duration::from_secs(number.unwrap_or_else(|_| panic!("{text:?} is no time in seconds")))
}

fn assignments(text: &str) -> Vec<(&str, &str)> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).collect()
}

#[test]
fn nobody_kills_the_consumer_before_its_grace_is_over() {
    let (pod, unit) = (read(DEPLOYMENT), read(UNIT));
    assert!(!read(OPTIONS).contains("SHUTDOWN_GRACE"));
    for given in [value(&pod, "terminationGracePeriodSeconds:"), value(&unit, "TimeoutStopSec=")] {
        assert!(seconds(given) >= grace() + Duration::from_secs(10), "{given}");
    }
}

#[test]
fn every_variable_is_one_that_the_consumer_knows() {
    let (pod, unit, image) = (read(DEPLOYMENT), read(UNIT), read(DOCKERFILE));
    let (pods, example) = (read(OPTIONS), read(".env.example"));
    let mut names: Vec<_> = assignments(&pods).into_iter().map(|(name, _)| name).collect();
    names.extend(assignments(&example).into_iter().map(|(name, _)| name));
    let is_variable = |name: &&str| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    names.extend(values(&pod, "- name:").into_iter().filter(is_variable));
    let set = values(&unit, "Environment=").into_iter().chain(values(&image, "ENV "));
    names.extend(set.filter_map(|text| text.split('=').next()));
    assert!(names.len() > 8, "{names:?}");
    let help = cli::command().render_long_help().to_string();
    for name in names {
        assert!(option(name).is_some() || help.contains(name), "{name}");
    }
}

#[test]
fn the_consumer_takes_the_options_of_the_pods() {
    let options = read(OPTIONS);
    let arguments = assignments(&options).into_iter().filter_map(|(name, value)| {
        option(name).map(|option| format!("--{}={value}", option.get_long().unwrap()))
    });
    let arguments: Vec<_> = ["consumer".to_owned()].into_iter().chain(arguments).collect();
    assert!(arguments.len() > 3, "{arguments:?}");
    cli::command().try_get_matches_from(arguments).unwrap();
}

#[test]
fn probes_and_scrapes_go_where_the_admin_server_listens() {
    let (options, pod) = (read(OPTIONS), read(DEPLOYMENT));
    let port = value(&options, "ADMIN_ADDR=").rsplit(':').next().unwrap();
    assert_eq!(value(&pod, "containerPort:"), port);
    assert_eq!(value(&pod, "prometheus.io/port:").trim_matches('"'), port);
    assert_eq!(value(&read("deploy/kubernetes/service.yaml"), "port:"), port);
    assert_eq!(value(&read(DOCKERFILE), "EXPOSE "), port);
    let backlog = read("deploy/kubernetes/components/scale-by-backlog/scaledobject.yaml");
    assert!(value(&backlog, "url:").ends_with(&format!(":{port}/status")));
    assert_eq!(values(&pod, "path:"), ["/livez", "/readyz"]);
}

#[test]
fn a_wrong_option_is_not_tried_again_and_again() {
    assert_eq!(value(&read(UNIT), "RestartPreventExitStatus="), exit::USAGE.to_string());
}

#[test]
fn the_image_is_built_with_the_workspaces_toolchain() {
    let toolchain = read("rust-toolchain.toml");
    assert_eq!(value(&read(DOCKERFILE), "ARG RUST="), value(&toolchain, "channel =").trim_matches('"'));
}
