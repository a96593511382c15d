//! The admin server of a worker, if it has one.

#[cfg(feature = "admin")]
pub(crate) use with_admin::Shown;
#[cfg(not(feature = "admin"))]
pub(crate) use without_admin::Shown;

#[cfg(feature = "admin")]
mod with_admin {
    use std::sync::Arc;

    use admin::{Admin, Server, Token};
    use engine::monitor::Startup;
    use engine::pipeline::Pipeline;

    use crate::parts::{AdminServer, Parts};
    use crate::{Options, StartError};

    async fn own(options: &Options) -> Result<Option<Admin>, StartError> {
        let admin = Admin::open(options.admin).await;
        let admin = admin.map_err(|(address, error)| StartError::Admin(address, error))?;
        let token = options.admin_token.as_deref().and_then(Token::new);
        Ok(admin.map(|admin| admin.with_token(token)))
    }

    /// Shows the relay, too, where the worker has one.
    #[cfg(feature = "mysql")]
    fn with_relay(admin: Admin, parts: &Parts) -> Admin {
        if parts.relay.is_none() {
            return admin;
        }
        let (relayed, shown) = (parts.relayed.clone(), parts.relayed.clone());
        admin
            .with_families(move || relayed.get().map_or(Vec::new(), |stats| stats.families()))
            .with_status("outbox", move || shown.get().map(|stats| stats.status()))
    }

    #[cfg(not(feature = "mysql"))]
    fn with_relay(admin: Admin, _: &Parts) -> Admin {
        admin
    }

    /// Shows the start, and then the runs.
    pub(crate) struct Shown(Option<Server>);

    impl Shown {
        /// Begins to show the start.
        pub(crate) async fn open(
            options: &Options,
            parts: &mut Parts,
            startup: Arc<Startup>,
        ) -> Result<Self, StartError> {
            let admin = match std::mem::take(&mut parts.server) {
                AdminServer::Given(admin) => admin.map(|admin| *admin),
                AdminServer::Own => own(options).await?,
            };
            Ok(Self(admin.map(|admin| with_relay(admin, parts).begin(startup))))
        }

        /// Shows the runs from now on.
        pub(crate) fn show(&self, pipelines: &[(String, Pipeline)]) {
            if let Some(server) = &self.0 {
                let runs = pipelines.iter().map(|(name, pipeline)| (name.clone(), pipeline.monitor()));
                server.show_all(runs.collect());
            }
        }

        /// Ends once the answers under way are given.
        pub(crate) async fn end(self) {
            if let Some(server) = self.0 {
                server.end().await;
            }
        }
    }
}

#[cfg(not(feature = "admin"))]
mod without_admin {
    use std::sync::Arc;

    use engine::monitor::Startup;
    use engine::pipeline::Pipeline;

    use crate::parts::Parts;
    use crate::{Options, StartError};

    /// Shows nothing.
    pub(crate) struct Shown;

    impl Shown {
        #[expect(clippy::unused_async, reason = "with the feature `admin` it waits")]
        pub(crate) async fn open(_: &Options, _: &mut Parts, _: Arc<Startup>) -> Result<Self, StartError> {
            Ok(Self)
        }

        #[expect(clippy::unused_self, reason = "with the feature `admin` it is used")]
        pub(crate) fn show(&self, _: &[(String, Pipeline)]) {}

        #[expect(clippy::unused_async, reason = "with the feature `admin` it waits")]
        pub(crate) async fn end(self) {}
    }
}
