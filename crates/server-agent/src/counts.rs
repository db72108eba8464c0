//! Asking the host for its counts, in a way that cannot hurt it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aboveboard_delivery::limits::MAX_COUNTING_TIME;
use aboveboard_types::event::Report;
use aboveboard_types::typed::Counted;

use crate::clock;

/// What a call of the host's closure becomes; `None` where it gave no counts.
type PendingReport = Pin<Box<dyn Future<Output = Option<Report<'static>>> + Send>>;

/// The host's closure, with its types erased.
#[derive(Clone)]
pub(crate) struct Counter(Arc<dyn Fn() -> PendingReport + Send + Sync>);

/// Why there are no counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoCounts {
    /// The closure returned `None` or an error.
    Withheld,
    /// It took longer than half a minute.
    TooSlow,
    /// It panicked.
    Panicked,
}

impl NoCounts {
    /// The word for it in `status`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Withheld => "withheld",
            Self::TooSlow => "too-slow",
            Self::Panicked => "panicked",
        }
    }
}

impl Counter {
    /// Takes the closure; its output is turned into a report as it arrives.
    pub(crate) fn new<Kind, F, C>(count: F) -> Self
    where
        F: Fn() -> C + Send + Sync + 'static,
        C: Future + Send + 'static,
        C::Output: Counted<Kind>,
    {
        let count = Arc::new(count);
        Self(Arc::new(move || {
            let count = Arc::clone(&count);
            // The closure itself runs inside the task too, so that its panic ends there.
            Box::pin(async move { count().await.report() })
        }))
    }

    /// Counts in a task of its own, so that a panic or a hang in it costs one report and nothing else.
    pub(crate) async fn count(&self) -> Result<Report<'static>, NoCounts> {
        self.count_within(MAX_COUNTING_TIME).await
    }

    async fn count_within(&self, limit: Duration) -> Result<Report<'static>, NoCounts> {
        let mut task = tokio::spawn((self.0)());
        match clock::within(limit, &mut task).await {
            Some(Ok(report)) => report.ok_or(NoCounts::Withheld),
            Some(Err(_)) => Err(NoCounts::Panicked),
            None => {
                task.abort();
                Err(NoCounts::TooSlow)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aboveboard_testkit::server_product::Tables;

    #[tokio::test]
    async fn counts_may_be_plain_perhaps_or_fallible_and_may_hang_or_panic() {
        let report = aboveboard_types::typed::Counts::report(Tables(3));
        let plain = Counter::new(|| async { Tables(3) });
        assert_eq!(plain.count().await, Ok(report.clone()));
        assert_eq!(Counter::new(|| async { Some(Tables(3)) }).count().await, Ok(report.clone()));
        assert_eq!(Counter::new(|| async { Ok::<_, std::fmt::Error>(Tables(3)) }).count().await, Ok(report));
        assert_eq!(Counter::new(|| async { None::<Tables> }).count().await, Err(NoCounts::Withheld));
        let endless = Counter::new(std::future::pending::<Tables>);
        assert_eq!(endless.count_within(Duration::from_millis(50)).await, Err(NoCounts::TooSlow));
        let panics = Counter::new(|| async { if true { panic!("in the host") } else { Tables(0) } });
        assert_eq!(panics.count().await, Err(NoCounts::Panicked));
        fn at_once() -> std::future::Ready<Tables> {
            panic!("before it began")
        }
        assert_eq!(Counter::new(at_once).count().await, Err(NoCounts::Panicked));
    }
}
