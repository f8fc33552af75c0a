//! Makes the calls of the story, the same for the same seed and time.

use chrono::{DateTime, TimeDelta, Utc};
use domain::pricing::PriceBook;
use domain::usage::Usage;
use fastrand::Rng;
use uuid::Uuid;

use crate::applications::{
    ADOPTED, APPLICATIONS, Application, FADING, HOSTILE, Model, NIGHTLY_EVALS, SEARCH, UNPRICED,
    find_application, find_model,
};
use crate::call::{Call, Ending};
use crate::random::{float, id, is_one_in, log_normal, whole};
use crate::schedule::slots;
use crate::story::{RUNAWAY_LIMIT, Story, UNEXPLAINED_DAYS_AGO};
use crate::vendor::Vendor;

/// Calls for a model that does not exist.
const HOSTILE_CALLS: usize = 14;
/// More calls during the outage, which on a weekend has few.
const OUTAGE_CALLS: i32 = 24;
/// Calls come as conversations and batches: this many in the same quarter of an hour.
const CONVERSATION_CALLS: u64 = 8;
/// More than the limit lets through at any price.
const MOST_RUNAWAY_CALLS: usize = 10_000;
/// How many calls of a hundred streams are cut, which is 0.9 % of all calls.
const CUT_STREAMS: f64 = 0.0273;

pub(crate) struct Generator<'a> {
    pub story: &'a Story,
    pub seed: u64,
}

impl Generator<'_> {
    /// All calls, oldest first. Prices decide when the runaway key reaches its limit.
    pub(crate) fn calls(&self, book: &PriceBook) -> Vec<Call> {
        let mut calls = Vec::with_capacity(190_000);
        for (number, application) in (1..).zip(APPLICATIONS) {
            let mut rng = Rng::with_seed(self.seed.wrapping_mul(1_000_003).wrapping_add(number));
            for slot in slots(self.story, &application) {
                let length = (slot.range.end - slot.range.start).num_microseconds().unwrap_or(1).max(1);
                let mut conversation = 0..length;
                for number in 0..slot.calls {
                    if number.is_multiple_of(CONVERSATION_CALLS) {
                        let quarter = rng.i64(0..4);
                        conversation = length * quarter / 4..(length * (quarter + 1) / 4).max(1);
                    }
                    let at = slot.range.start + TimeDelta::microseconds(rng.i64(conversation.clone()));
                    calls.push(self.call(&mut rng, application, self.story.end_after_mistake(at)));
                }
            }
        }
        let mut rng = Rng::with_seed(self.seed ^ 0x0570_41e5);
        self.add_runaway(&mut rng, book, &mut calls);
        Self::add_hostile(&mut rng, &mut calls);
        self.add_outage(&mut Rng::with_seed(self.seed ^ 0x0e7a_9e00), &mut calls);
        calls.sort_by_key(|call| (call.created_at, call.id));
        calls
    }

    fn call(&self, rng: &mut Rng, application: Application, at: DateTime<Utc>) -> Call {
        let adopts = application.model == FADING && is_one_in(rng, self.story.adoption(at));
        let model = find_model(if adopts { ADOPTED } else { application.model });
        let is_outage = model.vendor == Vendor::OpenAi && self.story.outage().contains(&at);
        let stream = rng.u64(..100) < application.streams;
        let ending = self.ending(rng, at, stream, is_outage);
        let attempts = match ending {
            Ending::Abandoned => 1,
            _ if is_outage => rng.i16(2..=3),
            _ if is_one_in(rng, 0.02) => 2,
            _ => 1,
        };
        let usage = match ending {
            Ending::Failed(..) => Usage::default(),
            _ => tokens(rng, &application, model),
        };
        let slow = if is_outage { 9.0 } else { 1.0 };
        let first_byte = log_normal(rng, 420_000.0, 0.5) * slow;
        let rest = float(usage.output_tokens) * model.micros_per_token * log_normal(rng, 1.0, 0.3);
        let mut call = Call {
            id: Uuid::nil(),
            created_at: at,
            started_at: at,
            application,
            model,
            ending,
            usage,
            attempts,
            stream,
            first_byte_us: i32::try_from(whole(first_byte)).unwrap_or(i32::MAX),
            overhead_us: i32::try_from(whole(log_normal(rng, 900.0, 0.4))).unwrap_or(i32::MAX),
            has_tags: rng.u64(..100) < 85,
            request_id: rng.u128(..),
        };
        call.end_at(at, TimeDelta::microseconds(whole(first_byte + rest)));
        call.id = id(rng, call.started_at.timestamp_millis());
        call
    }

    fn ending(&self, rng: &mut Rng, at: DateTime<Utc>, stream: bool, is_outage: bool) -> Ending {
        if is_outage {
            return match rng.u64(..100) {
                0..24 => Ending::Failed(503, "server_error"),
                24..38 => Ending::Failed(504, "upstream_timeout"),
                38..52 => Ending::Abandoned,
                _ => Ending::Settled,
            };
        }
        let may_be_cut = stream && self.story.days_ago(at) != UNEXPLAINED_DAYS_AGO;
        match rng.u64(..1000) {
            0..6 => Ending::Failed(429, "rate_limit_exceeded"),
            6..9 => Ending::Failed(500, "server_error"),
            _ if may_be_cut && is_one_in(rng, CUT_STREAMS) => Ending::Estimated,
            _ => Ending::Settled,
        }
    }

    /// As many calls as its limit lets through, at an even pace.
    fn add_runaway(&self, rng: &mut Rng, book: &PriceBook, calls: &mut Vec<Call>) {
        let evals = find_application(NIGHTLY_EVALS);
        let range = self.story.runaway();
        let day = range.start.date_naive();
        let used_before: i64 = calls
            .iter()
            .filter(|call| call.is_of(NIGHTLY_EVALS) && call.created_at.date_naive() == day)
            .filter_map(|call| call.cost(book))
            .sum();
        let mut used = used_before;
        let mut added = Vec::new();
        while added.len() < MOST_RUNAWAY_CALLS {
            let call = self.call(rng, evals, range.start);
            used += call.cost(book).unwrap_or_default();
            if used > RUNAWAY_LIMIT {
                break;
            }
            added.push(call);
        }
        let count = i32::try_from(added.len()).unwrap_or(i32::MAX);
        let pace = (range.end - range.start) / count.max(1);
        for (number, mut call) in (1..).zip(added) {
            let latency = TimeDelta::microseconds(i64::from(call.first_byte_us) * 12);
            call.end_at(range.start + pace * number, latency);
            call.id = id(rng, call.started_at.timestamp_millis());
            calls.push(call);
        }
    }

    /// A caller that tries again and again, at an even pace.
    fn add_outage(&self, rng: &mut Rng, calls: &mut Vec<Call>) {
        let search = find_application(SEARCH);
        let range = self.story.outage();
        let pace = (range.end - range.start) / OUTAGE_CALLS;
        calls.extend((0..OUTAGE_CALLS).map(|number| self.call(rng, search, range.start + pace * number)));
    }

    fn add_hostile(rng: &mut Rng, calls: &mut Vec<Call>) {
        let mut sources: Vec<Call> =
            calls.iter().filter(|call| call.is_of("support-chat")).cloned().collect();
        rng.shuffle(&mut sources);
        for mut call in sources.into_iter().take(HOSTILE_CALLS) {
            call.model = find_model(HOSTILE);
            call.ending = Ending::Failed(404, "model_not_found");
            call.usage = Usage::default();
            call.end_at(call.created_at, TimeDelta::milliseconds(rng.i64(90..400)));
            call.id = id(rng, call.started_at.timestamp_millis());
            calls.push(call);
        }
    }
}

fn tokens(rng: &mut Rng, application: &Application, model: Model) -> Usage {
    let input_tokens = whole(log_normal(rng, application.input_tokens, 0.7)).max(1);
    let output_tokens = whole(log_normal(rng, application.output_tokens, 0.7));
    let reasoning = whole(float(output_tokens) * model.vendor.reasoning(model.requested));
    let mut usage = Usage {
        input_tokens,
        output_tokens,
        reasoning_tokens: reasoning.min(output_tokens),
        ..Usage::default()
    };
    model.vendor.divide_input(rng, &mut usage, model.requested != UNPRICED);
    usage
}

#[cfg(test)]
mod tests {
    use domain::money::Rate;
    use domain::pricing::Price;
    use domain::provider::Provider;

    use super::*;

    fn book() -> PriceBook {
        let rate = |pico| Rate::from_pico_per_token(pico).unwrap();
        let price = Price {
            id: 1,
            provider: Provider::OPENAI,
            model: "gpt-5".to_owned(),
            service_tier: "default".to_owned(),
            above_input_tokens: 0,
            effective_from: DateTime::UNIX_EPOCH,
            input: rate(1_250_000),
            cached_input: Some(rate(125_000)),
            cache_write: None,
            cache_write_long: None,
            output: rate(10_000_000),
            audio_input: None,
            cached_audio_input: None,
            audio_output: None,
            image_output: None,
        };
        PriceBook::new(1, vec![price], Vec::new())
    }

    #[test]
    fn same_seed_and_time_make_the_same_calls() {
        let story = Story::until("2026-11-30T00:43:10Z".parse().unwrap());
        let of = |seed| format!("{:?}", Generator { story: &story, seed }.calls(&book()));
        let first = of(1);
        assert_eq!(first, of(1));
        assert_ne!(first, of(2));
    }

    #[test]
    fn calls_begin_and_end_on_one_day_within_the_story() {
        let story = Story::until("2026-11-30T00:43:10Z".parse().unwrap());
        for call in (Generator { story: &story, seed: 1 }).calls(&book()) {
            assert!(call.started_at <= call.created_at && call.created_at < story.now, "{call:?}");
            assert_eq!(call.started_at.date_naive(), call.created_at.date_naive(), "{call:?}");
            assert!(call.usage.is_consistent(), "{call:?}");
        }
    }

    #[test]
    fn outage_fails_and_mistake_bills_no_call_on_any_weekday() {
        for day in 1..=7 {
            let story = Story::until(format!("2026-12-0{day}T15:23:10Z").parse().unwrap());
            let calls = Generator { story: &story, seed: 1 }.calls(&book());
            let ended = |range: std::ops::Range<DateTime<Utc>>| {
                calls.iter().filter(|call| call.ended_in(&range)).collect::<Vec<_>>()
            };
            let outage = ended(story.outage());
            let failed = outage.iter().filter(|call| matches!(call.ending, Ending::Failed(..))).count();
            let abandoned = outage.iter().filter(|call| call.ending == Ending::Abandoned).count();
            assert!(failed >= 8 && abandoned >= 2, "{} {failed} {abandoned} {}", story.now, outage.len());
            let [_, made, undone] = story.undone_correction();
            assert!(ended(made..undone).is_empty(), "{}", story.now);
        }
    }
}
