//! Targets that have just failed: tried last for a while, by this process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::model_routes::RouteTarget;
use upstream::{Failover, FailoverCause};

/// How long one is avoided that refuses calls without saying for how long.
const RATE_LIMIT_PAUSE: Duration = Duration::from_secs(5);
/// The longest that one is avoided for a wait that it asks for.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// So many tries in a row without an answer, and one is avoided.
const UNANSWERED: u32 = 3;
const UNANSWERED_PAUSE: Duration = Duration::from_secs(30);
/// With more than this, those that have recovered are forgotten.
const MOST: usize = 1_000;

#[derive(Default)]
pub(crate) struct Cooldowns(Mutex<HashMap<RouteTarget, Cooldown>>);

#[derive(Default)]
struct Cooldown {
    until: Option<Instant>,
    unanswered: u32,
}

impl Cooldowns {
    pub(super) fn is_cooling(&self, target: &RouteTarget, now: Instant) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(target).and_then(|cooldown| cooldown.until).is_some_and(|until| now < until)
    }

    /// `None` is an answer of the target.
    pub(super) fn note(&self, target: &RouteTarget, failover: Option<Failover>, now: Instant) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(failover) = failover else {
            known.remove(target);
            return;
        };
        if known.len() >= MOST {
            known.retain(|_, cooldown| cooldown.until.is_some_and(|until| now < until));
        }
        let cooldown = known.entry(target.clone()).or_default();
        match failover.cause {
            FailoverCause::RateLimited(wait) => {
                let pause = wait.unwrap_or(RATE_LIMIT_PAUSE).min(LONGEST_PAUSE);
                cooldown.until = Some(now + pause);
                cooldown.unanswered = 0;
            }
            FailoverCause::NoAnswer => {
                cooldown.unanswered += 1;
                if cooldown.unanswered >= UNANSWERED {
                    cooldown.until = Some(now + UNANSWERED_PAUSE);
                }
            }
            // May be that of one request.
            FailoverCause::Error => cooldown.unanswered = 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::upstreams::UpstreamName;

    use super::*;

    fn failover(cause: FailoverCause) -> Failover {
        Failover { may_be_billed: false, cause }
    }

    #[test]
    fn rate_limit_pauses_a_target_for_as_long_as_it_says_and_silence_after_three_tries() {
        let target = |model: &str| RouteTarget {
            upstream: UpstreamName::parse("groq").unwrap(),
            model: model.to_owned(),
            timeout_seconds: None,
        };
        let (one, other) = (target("a"), target("b"));
        let (cooldowns, start) = (Cooldowns::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        let limited = |seconds| failover(FailoverCause::RateLimited(Some(Duration::from_secs(seconds))));
        cooldowns.note(&one, Some(limited(20)), start);
        assert!(cooldowns.is_cooling(&one, at(19)) && !cooldowns.is_cooling(&one, at(20)));
        assert!(!cooldowns.is_cooling(&other, start));
        cooldowns.note(&one, Some(limited(86_400)), start);
        assert!(cooldowns.is_cooling(&one, at(59)) && !cooldowns.is_cooling(&one, at(60)));
        for is_cooling in [false, false, true] {
            cooldowns.note(&other, Some(failover(FailoverCause::NoAnswer)), start);
            assert_eq!(cooldowns.is_cooling(&other, start), is_cooling);
        }
        cooldowns.note(&other, None, start);
        assert!(!cooldowns.is_cooling(&other, start));
        cooldowns.note(&other, Some(failover(FailoverCause::NoAnswer)), start);
        cooldowns.note(&other, Some(failover(FailoverCause::Error)), start);
        cooldowns.note(&other, Some(failover(FailoverCause::NoAnswer)), start);
        assert!(!cooldowns.is_cooling(&other, start), "three in a row");
    }
}
