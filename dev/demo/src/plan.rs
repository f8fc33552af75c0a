//! Fits the calls to the amounts that the story names: the checkout bot's budget and the correction of a price.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use domain::pricing::PriceBook;

use crate::applications::{CHECKOUT_BOT, CORRECTED, INVOICES};
use crate::call::Call;
use crate::random::{float, whole};
use crate::story::{CHECKOUT_BUDGET, CHECKOUT_USED, CORRECTION, Story, USD, WRONG_PRICE_FACTOR};

/// Before its raise, the budget was this share of what it is now; it was raised at this share of that.
const BUDGET_BEFORE: f64 = 0.8;
const RAISED_AT: f64 = 0.95;
/// The team with a soft budget, and how much more it uses in the first month.
const TEAM: &str = "support";
const FIRST_MONTH_FACTOR: f64 = 1.9;
/// Pico-USD for an input token of the corrected model.
const INPUT_RATE: i64 = 150_000;
/// Enough for the calls that follow.
const LEAST_BUDGET: i64 = 5 * USD;
const CENT: i64 = USD / 100;

/// The budgets whose amounts follow from the calls: the checkout bot's and a team's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    pub team: i64,
    pub amount: i64,
    pub before: i64,
    /// When it was raised, unless too little of it is used.
    pub raised_at: Option<DateTime<Utc>>,
}

/// Scales the tokens of calls so that the sums are those of the story. `months` are the starts of the budget's months,
/// the current one last.
pub(crate) fn fit(story: &Story, book: &PriceBook, months: &[DateTime<Utc>], calls: &mut [Call]) -> Budget {
    fit_correction(story, book, calls);
    let team = fit_team(story, book, calls);
    Budget { team, ..fit_budget(story, book, months, calls) }
}

/// The team uses more in the first whole month than later, when its prompts are shorter, and passes its budget.
fn fit_team(story: &Story, book: &PriceBook, calls: &mut [Call]) -> i64 {
    let month = story.first_month();
    let mut used = 0;
    for call in calls.iter_mut().filter(|call| call.application.team == TEAM && call.ended_in(&month)) {
        call.scale(FIRST_MONTH_FACTOR);
        used += cost(call, book);
    }
    (used / 100 * 85 / USD).max(1) * USD
}

fn cost(call: &Call, book: &PriceBook) -> i64 {
    call.cost(book).unwrap_or_default()
}

/// A price that is ten times too high bills nine times too much.
fn fit_correction(story: &Story, book: &PriceBook, calls: &mut [Call]) {
    let range = story.wrong_price();
    let is_corrected = |call: &Call| {
        call.model.requested == CORRECTED && range.contains(&call.started_at) && call.created_at < range.end
    };
    let sum = |of_invoices: bool| -> i64 {
        let of = calls.iter().filter(|call| is_corrected(call) && call.is_of(INVOICES) == of_invoices);
        of.map(|call| cost(call, book)).sum()
    };
    let wanted = -CORRECTION / (WRONG_PRICE_FACTOR - 1) - sum(false);
    let factor = (float(wanted) / float(sum(true).max(1))).clamp(0.1, 10.0);
    let mut left = wanted;
    let mut longest: Option<&mut Call> = None;
    for call in calls.iter_mut().filter(|call| is_corrected(call) && call.is_of(INVOICES)) {
        call.scale(factor);
        left -= cost(call, book);
        if longest.as_ref().is_none_or(|known| call.usage.input_tokens > known.usage.input_tokens) {
            longest = Some(call);
        }
    }
    // What rounding left.
    if let Some(call) = longest {
        call.usage.input_tokens += (left / INPUT_RATE).max(-call.usage.uncached_tokens());
    }
}

fn fit_budget(story: &Story, book: &PriceBook, months: &[DateTime<Utc>], calls: &mut [Call]) -> Budget {
    let this_month = months.last().copied().unwrap_or(story.now);
    let used = sum_of(calls, book, &(this_month..story.now));
    let wanted = float(CHECKOUT_BUDGET) * CHECKOUT_USED;
    let factor = wanted / float(used.max(1));
    // Early in a month the bot has not had the time to use this much, so the budget follows its use.
    let is_enough = (0.4..=2.5).contains(&factor);
    let amount =
        if is_enough { CHECKOUT_BUDGET } else { rounded(float(used) / CHECKOUT_USED).max(LEAST_BUDGET) };
    let before = rounded(float(amount) * BUDGET_BEFORE);
    if is_enough {
        scale(calls, &(this_month..story.now), factor);
    }
    // The budget held in earlier months.
    for month in months.windows(2) {
        let range = month[0]..month[1];
        let used = sum_of(calls, book, &range);
        let most = float(before) * 0.86;
        if is_enough && float(used) > most {
            scale(calls, &range, most / float(used));
        }
    }
    let threshold = whole(float(before) * RAISED_AT);
    let mut sum = 0;
    let mut of_month = calls.iter().filter(|call| call.is_of(CHECKOUT_BOT) && call.created_at >= this_month);
    let last_before = of_month.find(|call| {
        sum += cost(call, book);
        sum >= threshold
    });
    let raised_at = last_before.map(|call| call.created_at + TimeDelta::microseconds(1));
    Budget { team: 0, amount, before, raised_at }
}

fn rounded(pico_usd: f64) -> i64 {
    (whole(pico_usd) / CENT).max(1) * CENT
}

fn sum_of(calls: &[Call], book: &PriceBook, range: &Range<DateTime<Utc>>) -> i64 {
    let of_bot = calls.iter().filter(|call| call.is_of(CHECKOUT_BOT) && call.ended_in(range));
    of_bot.map(|call| cost(call, book)).sum()
}

fn scale(calls: &mut [Call], range: &Range<DateTime<Utc>>, factor: f64) {
    for call in calls.iter_mut().filter(|call| call.is_of(CHECKOUT_BOT) && call.ended_in(range)) {
        call.scale(factor);
    }
}
