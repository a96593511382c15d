//! One run of the benchmark: what is asked for, in order, and what comes of it.

use anyhow::Result;

use crate::cli::{Cli, Section};
use crate::distance::{Distance, Distances};
use crate::drain::Drain;
use crate::emulator::Fauxqs;
use crate::fifo::Fifo;
use crate::findings::Findings;
use crate::growth::Growth;
use crate::idle::Idle;
use crate::latency::Latency;
use crate::losses::Losses;
use crate::mapping::Mapped;
use crate::memory::Memory;
use crate::producer::Producing;
use crate::record::{Drains, Record};
use crate::relay::RelayFigures;
use crate::rivals::Rivals;
use crate::say::{progress, result};
use crate::scale::Scale;
use crate::site::Site;
use crate::subject::Subject;
use crate::transactions::Transactions;
use crate::trickle::Trickle;
use crate::{budget, gauge, machine, subject};

/// LocalStack is slow, and only two are measured on it.
const FEW: usize = 5_000;

/// What is measured, and where.
#[derive(Debug)]
struct Run {
    cli: Cli,
    rivals: Rivals,
    localstack: Site,
    fauxqs: Option<Site>,
    findings: Findings,
}

/// Measures what is asked for, and prints it.
pub async fn measure(cli: Cli) -> Result<()> {
    if cli.section == Section::Picture {
        Distances::load()?.draw()?;
        return Drains::load()?.draw();
    }
    subject::check()?;
    let localstack = Site::localstack()?;
    let rivals = Rivals::install().await?;
    let fauxqs = if rivals.npm { Some(Site::fauxqs(Fauxqs::start().await?)) } else { None };
    let mut run = Run { cli, rivals, localstack, fauxqs, findings: Findings::default() };
    run.measure().await
}

impl Run {
    async fn measure(&mut self) -> Result<()> {
        let section = self.cli.section;
        if gauge::is_in_use().await? {
            progress("the machine is in use by others: figures will vary");
        }
        result(machine::describe(self.rivals.npm).await? + ".\n");
        if section.has(Section::Drain) {
            self.drain().await?;
        }
        if section.has(Section::Cost) {
            let idle = Idle::measure(self.fast(), self.cli.idle_time).await?;
            result(idle.table());
            self.findings.idle = Some(idle);
            result(Trickle::table(&Trickle::measure(self.fast()).await?));
        }
        if section.has(Section::Latency) {
            self.latency().await?;
        }
        if section.has(Section::Memory) {
            result(Memory::measure(self.fast()).await?.table());
        }
        if section.has(Section::Scale) {
            result(Scale::table(&Scale::measure(self.fast(), self.cli.messages).await?));
        }
        self.capabilities().await?;
        if section.has(Section::Losses) {
            return self.losses().await;
        }
        result(budget::table(&self.findings, section == Section::All));
        Ok(())
    }

    /// What more there is than a drain.
    async fn capabilities(&mut self) -> Result<()> {
        let section = self.cli.section;
        if section.has(Section::Tx) {
            self.transactions().await?;
        }
        if section.has(Section::Relay) {
            self.relay().await?;
        }
        if section.has(Section::Mapping) {
            self.mapping().await?;
        }
        if section.has(Section::Fifo) {
            self.fifo().await?;
        }
        if section.has(Section::Producer) {
            self.producing().await?;
        }
        if section.has(Section::Distance) {
            self.distance().await?;
        }
        if section.has(Section::Growth) {
            self.growth().await?;
        }
        Ok(())
    }

    /// Where the emulator is not what is measured, if there is such a one.
    fn fast(&self) -> &Site {
        self.fauxqs.as_ref().unwrap_or(&self.localstack)
    }

    async fn growth(&mut self) -> Result<()> {
        let Cli { rows, messages, rounds, .. } = self.cli;
        let growth = Growth::measure(self.fast(), rows, messages, rounds).await?;
        result(growth.table());
        self.findings.growth = Some(growth);
        Ok(())
    }

    async fn transactions(&mut self) -> Result<()> {
        let Cli { rounds, messages, .. } = self.cli;
        let transactions = Transactions::measure(self.fast(), rounds, messages).await?;
        result(transactions.table());
        self.findings.transactions = Some(transactions);
        Ok(())
    }

    async fn relay(&mut self) -> Result<()> {
        let Cli { rounds, messages, idle_time, .. } = self.cli;
        let relay = RelayFigures::measure(self.fast(), rounds, messages, idle_time).await?;
        result(relay.table());
        self.findings.relay = Some(relay);
        Ok(())
    }

    async fn mapping(&mut self) -> Result<()> {
        let Cli { rounds, messages, .. } = self.cli;
        let mapped = Mapped::measure(self.fast(), rounds, messages).await?;
        result(mapped.table());
        self.findings.mapped = Some(mapped);
        Ok(())
    }

    async fn fifo(&mut self) -> Result<()> {
        let Cli { rounds, messages, .. } = self.cli;
        let fifo = Fifo::measure(self.fast(), &self.localstack, rounds, messages).await?;
        fifo.tables().into_iter().for_each(result);
        self.findings.fifo = Some(fifo);
        Ok(())
    }

    async fn producing(&mut self) -> Result<()> {
        let Cli { rounds, messages, .. } = self.cli;
        let producing = Producing::measure(self.fast(), rounds, messages).await?;
        producing.tables().into_iter().for_each(result);
        self.findings.producing = Some(producing);
        Ok(())
    }

    async fn distance(&mut self) -> Result<()> {
        let seconds = usize::try_from(self.cli.latency_time.as_secs())?.div_ceil(3);
        let distance = Distance::measure(self.fast(), &self.rivals, self.cli.rounds, seconds).await?;
        distance.tables().into_iter().for_each(result);
        let machine = machine::describe(self.rivals.npm).await?;
        let record = Distances { machine, drains: distance.drains.clone() };
        record.save()?;
        self.findings.distance = Some(distance);
        record.draw()
    }

    async fn losses(&self) -> Result<()> {
        let mut subjects = self.wanted([own()?, self.rivals.subjects()].concat());
        subjects.retain(|subject| !subject.is_slow());
        result(Losses::measure(self.fast(), &subjects).await?.table());
        Ok(())
    }

    async fn drain(&mut self) -> Result<()> {
        let Cli { rounds, messages, .. } = self.cli;
        let own = self.wanted(own()?);
        let all = [own.clone(), self.wanted(self.rivals.subjects())].concat();
        if let Some(fauxqs) = &self.fauxqs {
            self.findings.drains.push(Drain::measure(fauxqs, &all, rounds, messages).await?);
        } else {
            progress("without fauxqs, LocalStack is what limits all of them");
        }
        let here = if self.fauxqs.is_some() { own } else { all };
        let few = messages.min(FEW);
        self.findings.drains.push(Drain::measure(&self.localstack, &here, rounds, few).await?);
        for drain in &self.findings.drains {
            result(drain.table());
        }
        // What is only a part of it is not for others to see.
        if !self.cli.only.is_empty() {
            return Ok(());
        }
        let machine = machine::describe(self.rivals.npm).await?;
        let record = Drains { machine, drains: self.findings.drains.clone() };
        record.save()?;
        record.draw()
    }

    fn wanted(&self, mut subjects: Vec<Subject>) -> Vec<Subject> {
        let only = &self.cli.only;
        subjects.retain(|subject| only.is_empty() || only.iter().any(|part| subject.name.contains(part)));
        subjects
    }

    async fn latency(&mut self) -> Result<()> {
        let seconds = usize::try_from(self.cli.latency_time.as_secs())?;
        for site in [Some(&self.localstack), self.fauxqs.as_ref()].into_iter().flatten() {
            for rate in [1, 100, 1_000] {
                let seconds = if rate == 1 { seconds } else { seconds.div_ceil(3) };
                self.findings.latencies.push(Latency::measure(site, rate, seconds).await?);
            }
        }
        result(Latency::table(&self.findings.latencies));
        Ok(())
    }
}

/// What needs no installing.
fn own() -> Result<Vec<Subject>> {
    Ok(vec![Subject::ours()?, Subject::bare()?])
}
