//! Plays the story in the order of time: between two events the calls that ended are copied into the ledger with the
//! prices of that time, and each event is a change by an administrator, made by the product's own code and dated back.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::change::Actor;
use domain::ids::{KeyId, RequestId};
use domain::keys::KeyHasher;
use ledger::rollups::{self, Pace};
use ledger::{Database, prices};
use tokio_postgres::Client;

use crate::call::Call;
use crate::keys::{self, KEYS, Keys};
use crate::limits::Limits;
use crate::plan::Budget;
use crate::story::Story;
use crate::{corrections, limits, rows, upstreams};

pub(crate) struct Player {
    pub database: Database,
    pub client: Client,
    pub hasher: KeyHasher,
    pub admin: KeyId,
    pub story: Story,
    pub keys: Keys,
    pub limits: Limits,
    /// Of the mock provider.
    pub provider_base: String,
    /// The last entry of the audit log that has its date.
    pub dated_entry: i64,
}

/// What happens, besides calls.
#[derive(Debug, Clone, Copy)]
enum StoryEvent {
    CreateKey(usize),
    CreateLimits,
    RegisterUpstream,
    RevokeKey,
    AddWrongPrice,
    CorrectPrice,
    CorrectByMistake,
    UndoMistake,
    RaiseBudget,
}

impl Player {
    pub(crate) fn actor(&self) -> Actor {
        Actor {
            key_id: self.admin,
            user_label: None,
            models: None,
            ends_at: None,
            secret: None,
            request_id: RequestId::generate(),
        }
    }

    /// Dates the audit entries written since the last call of this.
    pub(crate) async fn backdate(&mut self, at: DateTime<Utc>) -> anyhow::Result<()> {
        let set = "update audit_log set at = $1 where id > $2";
        self.client.execute(set, &[&at, &self.dated_entry]).await?;
        let last = "select coalesce(max(id), 0) as id from audit_log";
        self.dated_entry = self.client.query_one(last, &[]).await?.get("id");
        Ok(())
    }

    pub(crate) async fn play(&mut self, calls: &[Call], budget: &Budget) -> anyhow::Result<()> {
        let mut left = calls;
        for (at, event) in self.events(budget) {
            let (before, after) = left.split_at(left.partition_point(|call| call.created_at < at));
            self.copy(before).await?;
            left = after;
            self.happen(event, at, budget).await?;
        }
        self.copy(left).await
    }

    /// What reads the sealed sums.
    pub(crate) async fn finish(&mut self) -> anyhow::Result<()> {
        keys::rotate(self).await?;
        keys::date_uses(self).await?;
        limits::finish(self).await
    }

    fn events(&self, budget: &Budget) -> Vec<(DateTime<Utc>, StoryEvent)> {
        let (start, story) = (self.story.start, self.story);
        let [_, corrected_at, undone_at] = story.undone_correction();
        let mut events: Vec<_> = (0..KEYS.len())
            .map(|index| (start + chrono::TimeDelta::seconds(-90), StoryEvent::CreateKey(index)))
            .collect();
        events.extend([
            (start, StoryEvent::CreateLimits),
            (start + chrono::TimeDelta::days(30), StoryEvent::RegisterUpstream),
            (story.revocation(), StoryEvent::RevokeKey),
            (story.wrong_price().start, StoryEvent::AddWrongPrice),
            (story.wrong_price().end, StoryEvent::CorrectPrice),
            (corrected_at, StoryEvent::CorrectByMistake),
            (undone_at, StoryEvent::UndoMistake),
        ]);
        events.extend(budget.raised_at.map(|at| (at, StoryEvent::RaiseBudget)));
        events.sort_by_key(|(at, _)| *at);
        events
    }

    async fn happen(&mut self, event: StoryEvent, at: DateTime<Utc>, budget: &Budget) -> anyhow::Result<()> {
        match event {
            StoryEvent::CreateKey(index) => keys::create(self, &KEYS[index], at).await,
            StoryEvent::CreateLimits => limits::create(self, budget, at).await,
            StoryEvent::RegisterUpstream => upstreams::register(self, at).await,
            StoryEvent::RevokeKey => keys::revoke(self, at).await,
            StoryEvent::AddWrongPrice => corrections::add_wrong_price(self, at).await,
            StoryEvent::CorrectPrice => corrections::correct(self, at).await,
            StoryEvent::CorrectByMistake => corrections::correct_by_mistake(self, at).await,
            StoryEvent::UndoMistake => corrections::undo_mistake(self, at).await,
            StoryEvent::RaiseBudget => limits::raise_budget(self, budget, at).await,
        }
    }

    async fn copy(&self, calls: &[Call]) -> anyhow::Result<()> {
        if !calls.is_empty() {
            let book = prices::load(&self.database).await?;
            rows::copy(&self.client, calls, &book, &self.keys).await?;
        }
        Ok(())
    }

    /// Builds the rollups, as maintenance does each minute.
    pub(crate) async fn seal(&self) -> anyhow::Result<()> {
        let pace = Pace { margin: Duration::ZERO, ..Pace::default() };
        while !rollups::seal(&self.database, pace).await?.is_complete {}
        Ok(())
    }
}
