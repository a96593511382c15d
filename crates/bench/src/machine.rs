//! What was measured on, in one line.

use std::process::Command;

use anyhow::Result;
use mysql_async::prelude::Queryable;

use crate::site::database;

/// Processors, system, database and programs.
pub async fn describe(with_npm: bool) -> Result<String> {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let system = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let server: Option<String> = database().await?.query_first("SELECT VERSION()").await?;
    let mut parts = vec![
        processors(&cpus),
        format!("Linux {}", number(&system)),
        server.as_deref().map(server_name).unwrap_or_default(),
    ];
    if with_npm {
        let node = Command::new("node").arg("--version").output()?;
        parts.push(format!(
            "Node.js {}",
            number(String::from_utf8_lossy(&node.stdout).trim_start_matches('v'))
        ));
    }
    parts.push("everything on this one machine".to_owned());
    Ok(parts.join(", "))
}

fn processors(cpuinfo: &str) -> String {
    let value = |line: &str| line.split_once(':').map(|(_, value)| value.trim().to_owned());
    let models = cpuinfo.lines().filter(|line| line.starts_with("model name")).filter_map(value);
    let models: Vec<_> = models.collect();
    match models.first() {
        Some(model) => {
            let model =
                ["(R)", "(TM)", " Processor"].iter().fold(model.clone(), |m, sign| m.replace(sign, ""));
            format!("{} × {model}", models.len())
        }
        None => "unknown processors".to_owned(),
    }
}

fn server_name(version: &str) -> String {
    let name = if version.contains("MariaDB") { "MariaDB" } else { "MySQL" };
    format!("{name} {}", number(version))
}

/// Without what its builders add.
fn number(version: &str) -> &str {
    version.split('-').next().unwrap_or(version).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_are_counted_and_named_once() {
        let cpuinfo = "processor: 0\nmodel name\t: Quick(R) 9\n\nprocessor: 1\nmodel name\t: Quick(R) 9\n";
        assert_eq!(processors(cpuinfo), "2 × Quick 9");
        assert_eq!(processors(""), "unknown processors");
    }

    #[test]
    fn a_server_is_named_without_its_build() {
        assert_eq!(server_name("10.11.19-MariaDB-0+deb12u1"), "MariaDB 10.11.19");
        assert_eq!(server_name("9.7.0"), "MySQL 9.7.0");
    }
}
